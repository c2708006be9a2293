import type { Channel, DeliveryStatus } from '@conversa/protocol'
import { channelTemplate } from '../commands/content-message.ts'
import { forgetGiven } from '../commands/opt-out-answer.ts'
import type { Executor } from '../execution/execute.ts'
import { submit } from '../execution/submit.ts'
import type { MediaFiles } from '../media/media-files.ts'
import type { Attempt, Courier, OutboxOutcome, Tenure } from '../outbox/outbox-courier.ts'
import type { After } from '../ports/ports.ts'
import type { Reads, Tx } from '../ports/store.ts'
import type { InquiryContext } from '../queries/inquiry.ts'
import { SYSTEM_IDENTITY } from '../records/actor.ts'
import { channelOf } from '../records/address.ts'
import type { AnswerPayload, MessagePayload, OutboxEntry, OutboxQueue } from '../records/outbox-entry.ts'
import type { MessageRecord, ParticipantRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { ChannelAdapter, ChannelAnswer, ChannelFile, ChannelMessage } from './channel.ts'
import { isLoop } from './channel-loop.ts'
import { channelSid } from './channel-sid.ts'
import type { ChannelTable } from './channel-table.ts'

type Entry = OutboxEntry<'channel'>

/** Tries until a message is given up: more than three hours. */
const TRIES = 30
/** People that one address of ours writes to at once. */
const AT_ONCE = 8
/** Milliseconds that a carrier may take to answer. */
const DEADLINE = 30_000

/** Codes of receipts (rest-and-semantics 3.9), as the vendor documents them. */
const CODES = { optedOut: 21610, senderUnknown: { sms: 21606, others: 63007 }, loop: 14107, givenUp: 30008 } as const

/** What is known of a try: what the carrier calls the message, and why it will not have it. */
export interface ChannelAttempt extends Attempt {
  readonly channelMessageSid?: string | undefined
  readonly status?: DeliveryStatus
  readonly code?: number | undefined
}

/** What sending to people outside of the app needs. */
export interface ChannelContext {
  readonly executor: Executor
  readonly inquiry: InquiryContext
  readonly table: ChannelTable
  readonly files: MediaFiles | undefined
  readonly after: After
  /** Under which lease an adapter sends; undefined for one that any node may use. */
  readonly tenureOf: (adapter: ChannelAdapter) => Tenure | undefined
}

/** Sends messages to people outside of the app, and writes down what became of each. */
export class ChannelCourier implements Courier<'channel', ChannelAttempt> {
  readonly kind = 'channel'
  readonly tries = TRIES
  readonly atOnce = AT_ONCE
  /** Where this server is; what carriers are to fetch is whole by it. */
  origin: string | undefined
  readonly #context: ChannelContext
  /** What is between the send and its receipt. */
  readonly #underWay = new Map<number, PromiseWithResolvers<void>>()

  constructor(context: ChannelContext) {
    this.#context = context
  }

  /** What goes by an adapter that runs on one node waits for that node. */
  tenure({ destination }: OutboxQueue): Tenure | undefined {
    const { table, tenureOf } = this.#context
    const tenures = table.adaptersAt(destination).flatMap((adapter) => tenureOf(adapter) ?? [])
    return tenures.find(({ token }) => token === undefined) ?? tenures[0]
  }

  /** Waits until every message that is being sent now has its receipt: a report may be faster than the answer to the send. */
  async answered(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ promise }) => promise))
  }

  async send(entry: Entry): Promise<ChannelAttempt> {
    this.#underWay.set(entry.id, Promise.withResolvers())
    try {
      return await this.#send(entry)
    } catch (error) {
      this.#answer(entry)
      throw error
    }
  }

  async #send(entry: Entry): Promise<ChannelAttempt> {
    const { executor, table } = this.#context
    const message = await executor.store.read((reads) => this.#compose(reads, entry))
    // Whoever removed the message or the participant wants nothing sent.
    if (!message) return { outcome: 'refused' }
    if (typeof message === 'number') return { outcome: 'refused', status: 'failed', code: message }
    const adapter = table.adapterOf(entry.accountSid, entry.destination)
    const { sms, others } = CODES.senderUnknown
    if (!adapter) return { outcome: 'refused', status: 'failed', code: message.channel === 'sms' ? sms : others }
    const answer = await this.#ask(() => adapter.send(message))
    if (answer.outcome === 'failed') return answer
    if (answer.outcome === 'refused') return { ...answer, status: 'failed' }
    const channelMessageSid = channelSid(executor.digest, adapter.name, message.channel, answer.id)
    return { outcome: 'arrived', channelMessageSid, status: answer.status ?? 'sent' }
  }

  async settle(
    entry: Entry,
    { answer, outcome }: { readonly answer: ChannelAttempt; readonly outcome: OutboxOutcome },
    write: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    try {
      if ('word' in entry.payload) return await this.#settleAnswer(write)
      const { status, code } = outcome === 'dead' ? { status: 'failed' as const, code: answer.code ?? CODES.givenUp } : answer
      let isWritten = false
      const alongside = async (tx: Tx) => {
        await write(tx)
        isWritten = true
      }
      if (status)
        await this.#record(entry, entry.payload, { status, code, channelMessageSid: answer.channelMessageSid }, alongside)
      // The service is gone, or there is nothing to be recorded.
      if (!isWritten) await this.#context.executor.store.transact([], write)
    } finally {
      this.#answer(entry)
    }
  }

  /** An answer is no message: nothing is kept of it but when it was given, and that for a while. */
  #settleAnswer(write: (tx: Tx) => Promise<void>): Promise<void> {
    const { store, now } = this.#context.executor
    return store.transact([], async (tx) => {
      await write(tx)
      forgetGiven(tx, now())
    })
  }

  #answer({ id }: Entry): void {
    this.#underWay.get(id)?.resolve()
    this.#underWay.delete(id)
  }

  async #record(
    { destination, eventId }: Entry,
    payload: MessagePayload,
    { status, code, channelMessageSid }: Pick<ChannelAttempt, 'code' | 'channelMessageSid'> & { readonly status: DeliveryStatus },
    alongside: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const { executor, inquiry } = this.#context
    const { serviceSid, ...place } = payload
    const channel = channelOf(destination)
    const command = {
      type: 'receipt.record',
      ...place,
      status,
      // What no carrier has called by a name is called by ours.
      channelMessageSid: channelMessageSid ?? channelSid(executor.digest, '', channel, eventId),
      ...(code !== undefined && { errorCode: code }),
    } as const
    const actor = { kind: 'back-end', serviceSid, identity: SYSTEM_IDENTITY, channel } as const
    const done = await submit<'receipt.record', object>(
      executor,
      actor,
      { about: {}, command: () => command, isTold: true, alongside },
      inquiry,
    )
    if (done instanceof Refusal && (done.name === 'unavailable' || done.name === 'storage-full'))
      throw new Error(`unable to record a receipt: ${done.name}`)
  }

  /** @returns the message as it is now; the code of the receipt when it may not be sent; undefined when there is nothing to send */
  async #compose(
    reads: Reads,
    { accountSid, destination, subject, eventId, payload }: Entry,
  ): Promise<ChannelMessage | number | undefined> {
    if ('word' in payload) return answerOf(payload, { id: eventId, from: destination, to: subject })
    const { serviceSid, conversationSid, index, participantSid } = payload
    const conversation = await reads.conversation(serviceSid, conversationSid)
    const message = conversation && (await reads.message(conversationSid, index))
    const participant = await reads.participant(conversationSid, participantSid)
    if (!conversation || !message || message.removed || !participant?.binding) return undefined
    if (await reads.optOut(accountSid, { address: subject, proxyAddress: destination })) return CODES.optedOut
    if (await isLoop(reads, message, participantSid)) return CODES.loop
    return {
      id: eventId,
      channel: channelOf(subject),
      from: destination,
      to: subject,
      ...addressedAs(participant),
      ...saidIn(message),
      senderName: conversation.email?.name ?? undefined,
      files: this.#filesOf(message, channelOf(subject)),
      template: channelOf(subject) === 'whatsapp' ? await channelTemplate(reads, accountSid, message) : undefined,
      conversationSid,
      conversationName: conversation.friendlyName,
      index,
      thread: participant.thread,
    }
  }

  #filesOf({ media }: MessageRecord, channel: Channel): readonly ChannelFile[] {
    const { files } = this.#context
    const sent = channel === 'email' ? media : media.filter(({ category }) => category === 'media')
    if (!files || sent.length === 0) return []
    const { link, expiresAt } = files.links()
    return sent.map(({ sid, category, contentType, filename, size }) => ({
      sid,
      category,
      contentType,
      filename,
      size,
      url: wholeUrl(link({ sid, member: undefined, expiresAt }), this.origin),
      read: () => files.read(sid),
    }))
  }

  /** A carrier that does not answer is one that does not take it now. */
  async #ask(send: () => Promise<ChannelAnswer>): Promise<ChannelAnswer> {
    const late = Promise.withResolvers<ChannelAnswer>()
    const cancel = this.#context.after(DEADLINE, () => late.resolve({ outcome: 'failed' }))
    try {
      return await Promise.race([send(), late.promise])
    } catch {
      return { outcome: 'failed' }
    } finally {
      cancel()
    }
  }
}

function answerOf({ answer }: AnswerPayload, to: Pick<ChannelMessage, 'id' | 'from' | 'to'>): ChannelMessage {
  const ofNone = { conversationSid: '', conversationName: null, index: 0, files: [] } as const
  return {
    ...to,
    ...ofNone,
    channel: channelOf(to.to),
    name: null,
    level: null,
    author: SYSTEM_IDENTITY,
    subject: null,
    body: answer,
  }
}

/** A link that says where it leads stays as it is. */
const wholeUrl = (link: string, origin: string | undefined) => (origin === undefined ? link : new URL(link, origin).href)

const addressedAs = ({ binding }: ParticipantRecord) => ({ name: binding?.name ?? null, level: binding?.level ?? null })

const saidIn = ({ author, subject, body }: MessageRecord) => ({ author, subject, body })
