import type { Reads } from '../ports/store.ts'
import type { MessageRecord } from '../records/records.ts'

/** Milliseconds in which nobody writes as many messages by hand. */
const WITHIN = 30_000
/** Messages from and to the same person within that time, from which on two machines answer each other. */
const MOST = 15

/**
 * Whether a message is part of a loop: a machine outside answers each message of a machine here, and the other way round
 * (reliability B43). It follows from what is stored, so every node and every try says the same; when nothing is sent to them for a
 * while, the loop is over.
 *
 * @param participantSid of the one that it would be sent to
 */
export async function isLoop(reads: Reads, message: MessageRecord, participantSid: string): Promise<boolean> {
  const range = { from: message.index, direction: 'backwards', limit: 2 * MOST } as const
  const recent = (await reads.messages(message.conversationSid, range)).filter(
    ({ dateCreated }) => dateCreated > message.dateCreated - WITHIN,
  )
  const theirs = recent.filter((one) => one.participantSid === participantSid).length
  return theirs >= MOST && recent.length - theirs >= MOST
}
