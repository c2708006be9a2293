import type { Reads, Tx } from '../ports/store.ts'
import type { AnswerPayload, OutboxDraft } from '../records/outbox-entry.ts'
import type { OptOutWord } from '../records/records.ts'
import type { InboundMessage } from './back-end-command.ts'
import { pairOf } from './non-chat-participant.ts'
import { wordIn } from './opt-out.ts'

/** Milliseconds in which the same word of the same person is answered once. */
const ONCE_WITHIN = 24 * 60 * 60 * 1000

/** What somebody is told who writes such a word; what is missing is not answered. */
export type OptOutTexts = { readonly [Word in OptOutWord]?: string | undefined }

/** Finds what one of an account's addresses says to whoever writes such a word; undefined when it says nothing. */
export type OptOutTextsOf = (accountSid: string, proxyAddress: string) => OptOutTexts | undefined

/** An answer on its way out. */
export type AnswerDraft = OutboxDraft<'channel'> & { readonly payload: AnswerPayload }

/**
 * Answers to the words by which people opt out and in. They are no messages of a conversation, and go to the person alone, even to
 * one who wants nothing more. No two machines can keep each other busy by them (reliability B43): a word is answered when it changes
 * something, help is, and each of them once a day, whichever node gets it.
 */
export class OptOutAnswers {
  readonly #textsOf: OptOutTextsOf

  constructor(textsOf: OptOutTextsOf) {
    this.#textsOf = textsOf
  }

  /**
   * What a message is to be answered with. To be asked in the transaction that takes it in, before that changes anything.
   *
   * @returns undefined when it is not to be answered
   */
  async due(reads: Reads, accountSid: string, inbound: InboundMessage, now: number): Promise<AnswerDraft | undefined> {
    const word = wordIn(inbound)
    if (!word || inbound.isAutomatic) return undefined
    const pair = pairOf(inbound)
    const answer = this.#textsOf(accountSid, pair.proxyAddress)?.[word]
    if (!answer) return undefined
    const given = await reads.optOutAnswer(accountSid, pair, word)
    if (given && given.dateCreated > now - ONCE_WITHIN) return undefined
    const isOut = (await reads.optOut(accountSid, pair)) !== undefined
    if (word !== 'help' && isOut === (word === 'out')) return undefined
    const queue = { kind: 'channel', destination: pair.proxyAddress, subject: pair.address } as const
    const eventId = `${inbound.channelMessageSid}.${word}`
    return { ...queue, eventId, accountSid, payload: { word, answer }, dateCreated: now }
  }
}

/** Keeps that an answer was given, in the transaction that it leaves with. */
export function keepGiven(tx: Tx, { accountSid, destination, subject, payload, dateCreated }: AnswerDraft): void {
  const pair = { proxyAddress: destination, address: subject }
  tx.saveOptOutAnswer({ accountSid, ...pair, word: payload.word, dateCreated })
}

/** Forgets answers that say nothing any more about what is answered. */
export function forgetGiven(tx: Tx, now: number): void {
  tx.removeOldOptOutAnswers(now - ONCE_WITHIN)
}
