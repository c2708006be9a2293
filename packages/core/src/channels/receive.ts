import type { AnyCommand, InboundMessage, ReceivedMessage } from '../commands/back-end-command.ts'
import { checkOthers, openPlaceOf } from '../commands/inbound-group.ts'
import { planOf } from '../commands/inbound-message.ts'
import { pairOf } from '../commands/non-chat-participant.ts'
import { chooseAlone, wordIn } from '../commands/opt-out.ts'
import { keepGiven } from '../commands/opt-out-answer.ts'
import { type Account, admitBackEnd } from '../execution/back-end.ts'
import type { Executor } from '../execution/execute.ts'
import { submit } from '../execution/submit.ts'
import type { Reads, Tx } from '../ports/store.ts'
import type { InquiryContext } from '../queries/inquiry.ts'
import { type BackEnd, SYSTEM_IDENTITY } from '../records/actor.ts'
import { channelOf, checkAddresses } from '../records/address.ts'
import { Refusal } from '../records/refusal.ts'

/** Times that a message is placed anew because somebody was faster; each time it was because another one had succeeded. */
const ATTEMPTS = 10

/**
 * The way in for channels: a message from somebody outside of the app finds the one open conversation of its addresses, or begins
 * one as the address that it came to is configured. A carrier that brings a message again gets the first answer. Webhooks hear of
 * it, before and after, without being asked for.
 *
 * @param account that the address belongs to
 * @param along what takes in the files that belong to it and says their SIDs, and what runs in its transaction
 * @returns where it went; undefined when nobody is there for it; or why it was refused
 * @throws when the store failed; nothing was stored then
 */
export async function receive(
  executor: Executor,
  account: Account,
  inbound: InboundMessage,
  context: InquiryContext,
  { attach = async () => [], alongside = async () => {} }: Partial<Along> = {},
): Promise<ReceivedMessage | Refusal | undefined> {
  const refusal = checkAddresses(inbound) ?? checkOthers(inbound)
  if (refusal) return refusal
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const place = await executor.store.read((reads) => placeOf(reads, account, inbound))
    if (!place) {
      if (wordIn(inbound)) await takeAtTheirWord(executor, account, inbound, alongside)
      return undefined
    }
    const done = await deliver(executor, account, inbound, { ...place, attach, alongside }, context)
    if (done instanceof Refusal) return done
    if (done.received) return done.received
  }
  throw new Error('unable to receive the message: its conversation changed each time it was looked for')
}

/** What they want holds, and is answered, where nobody is there for the message itself. */
async function takeAtTheirWord(
  { store, now, answers, queued }: Executor,
  { sid }: Account,
  inbound: InboundMessage,
  alongside: Along['alongside'],
): Promise<void> {
  const draft = await store.transact([{ addresses: pairOf(inbound) }], async (tx) => {
    await alongside(tx)
    const answer = await answers?.due(tx, sid, inbound, now())
    chooseAlone(tx, sid, inbound, now())
    if (answer) {
      tx.addEntry(answer)
      keepGiven(tx, answer)
    }
    return answer
  })
  if (draft) queued([draft])
}

/** Takes in the files of a message, as those of a back end of the service that it goes to. */
export type Attach = (actor: BackEnd) => Promise<readonly string[] | Refusal>

/** What comes with a message. */
interface Along {
  readonly attach: Attach
  /** Runs in the transaction of the message before it writes; what it throws is thrown. */
  readonly alongside: (tx: Tx) => Promise<void>
}

/** Where a message goes: into a conversation, or into a service where it begins one. */
interface Place {
  readonly conversationSid?: string
  /** Undefined is the default service. */
  readonly serviceSid: string | undefined
}

async function placeOf(reads: Reads, { sid: accountSid }: Account, inbound: InboundMessage): Promise<Place | undefined> {
  const open = await openPlaceOf(reads, { accountSid }, inbound)
  if (open) return { conversationSid: open.sid, serviceSid: open.serviceSid }
  const plan = await planOf(reads, { accountSid }, inbound)
  // A service that is gone is no place any more: the default one takes over.
  return plan && { serviceSid: plan.serviceSid && (await reads.service(plan.serviceSid))?.sid }
}

async function deliver(
  executor: Executor,
  account: Account,
  inbound: InboundMessage,
  { conversationSid, serviceSid, attach, alongside }: Place & Along,
  context: InquiryContext,
): Promise<{ readonly received: ReceivedMessage | null } | Refusal> {
  const { store, now, makeSid } = executor
  const admitted = await admitBackEnd(store, account, serviceSid, { now: now(), makeSid })
  if (admitted instanceof Refusal) return admitted
  const actor = { ...admitted, identity: SYSTEM_IDENTITY, channel: channelOf(inbound.address) }
  const media = await attach(actor)
  if (media instanceof Refusal) return media
  const said = { ...inbound, ...(media.length > 0 && { media }) }
  const command: AnyCommand<'message.receive' | 'message.begin'> =
    conversationSid === undefined ? { type: 'message.begin', ...said } : { type: 'message.receive', conversationSid, ...said }
  const submission = { about: {}, command: () => command, isTold: true, alongside }
  return submit<'message.receive' | 'message.begin', { readonly received: ReceivedMessage | null }>(
    executor,
    actor,
    { ...submission, show: (result) => () => result },
    context,
  )
}
