import type { InboundMessage } from './back-end-command.ts'
import type { ChannelTable } from './channel-table.ts'
import { pairOf } from './non-chat-participant.ts'
import { type OptOutWord, wordIn } from './opt-out.ts'
import type { OutboxDraft } from './records.ts'
import type { Reads } from './store.ts'

/** Milliseconds in which the same word of the same person is answered once. */
const ONCE_WITHIN = 24 * 60 * 60 * 1000
/** Answers that are remembered; the oldest is forgotten for a new one. */
const REMEMBERED = 10_000

/** What somebody is told who writes such a word; what is missing is not answered. */
export type OptOutTexts = { readonly [Word in OptOutWord]?: string | undefined }

/** A word that was answered. */
interface Given {
  readonly until: number
  /** The message that it was the answer to: however often that is looked at, it has the same one. Undefined when it is sent for good. */
  readonly by: string | undefined
}

/**
 * Answers to the words by which people opt out and in. They are no messages of a conversation, and go to the person alone, even to
 * one who wants nothing more. No two machines can keep each other busy by them (reliability B43): a word is answered when it changes
 * something, help is, and each of them once a day.
 */
export class OptOutAnswers {
  readonly #table: ChannelTable
  readonly #given = new Map<string, Given>()

  constructor(table: ChannelTable) {
    this.#table = table
  }

  /**
   * What a message is to be answered with. To be asked in the transaction that takes it in, before that changes anything.
   *
   * @returns undefined when it is not to be answered
   */
  async due(reads: Reads, accountSid: string, inbound: InboundMessage, now: number): Promise<OutboxDraft<'channel'> | undefined> {
    const word = wordIn(inbound)
    if (!word || inbound.isAutomatic) return undefined
    const pair = pairOf(inbound)
    const answer = this.#table.routeOf(accountSid, pair.proxyAddress)?.answers?.[word]
    const { channelMessageSid } = inbound
    const key = keyOf(accountSid, pair, word)
    const given = this.#given.get(key)
    if (!answer || (given && given.until > now && given.by !== channelMessageSid)) return undefined
    const isOut = (await reads.optOut(accountSid, pair)) !== undefined
    if (word !== 'help' && isOut === (word === 'out')) return undefined
    this.#remember(key, { until: now + ONCE_WITHIN, by: channelMessageSid })
    const queue = { kind: 'channel', destination: pair.proxyAddress, subject: pair.address } as const
    return { ...queue, eventId: `${channelMessageSid}.${word}`, accountSid, payload: { word, answer }, dateCreated: now }
  }

  /** The answer is written, and nothing else that was: its message is not known again when it is brought once more. */
  written({ accountSid, destination, subject, payload }: OutboxDraft<'channel'>): void {
    if (!('word' in payload)) return
    const key = keyOf(accountSid, { address: subject, proxyAddress: destination }, payload.word)
    const given = this.#given.get(key)
    if (given) this.#given.set(key, { ...given, by: undefined })
  }

  #remember(key: string, given: Given): void {
    this.#given.delete(key)
    this.#given.set(key, given)
    if (this.#given.size > REMEMBERED) this.#given.delete(this.#given.keys().next().value as string)
  }
}

const keyOf = (accountSid: string, { address, proxyAddress }: ReturnType<typeof pairOf>, word: OptOutWord) =>
  `${accountSid} ${proxyAddress} ${address} ${word}`
