/** How many buckets a comparison sorts conversations into. */
export const COMPARED_BUCKETS = 64

/** Where somebody stands in one conversation. */
export interface KnownRevision {
  readonly conversationSid: string
  readonly revision: number
}

/** Multipliers of the two halves of a hash; odd, so that no step loses anything. */
const [HIGH, LOW, FINISH] = [0x01000193, 0x85ebca6b, 0xc2b2ae35]

/** The bucket that a conversation is in: the same on both sides of the socket. */
export function bucketOf(conversationSid: string): number {
  return Number(hash(conversationSid, HIGH) % BigInt(COMPARED_BUCKETS))
}

/**
 * One digest per bucket of what is known of a user's conversations, in whatever order. Two sides with the same digest know the same
 * conversations at the same revisions; that it says so of different ones has a chance of one in 2^64, and then the next event of
 * the conversation shows the hole.
 *
 * @returns up to 16 hexadecimal digits each
 */
export function revisionDigests(known: readonly KnownRevision[]): string[] {
  const sums = Array<bigint>(COMPARED_BUCKETS).fill(0n)
  for (const { conversationSid, revision } of known) {
    const text = `${conversationSid}:${revision}`
    sums[bucketOf(conversationSid)]! += hash(text, HIGH) * 2n ** 32n + hash(text, LOW)
  }
  return sums.map((sum) => BigInt.asUintN(64, sum).toString(16))
}

/** 32 bits of a text, each of which depends on all of it: sums of weaker ones would meet when two neighbours change alike. */
function hash(text: string, multiplier: number): bigint {
  let state = multiplier
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), multiplier)
    state ^= state >>> 15
  }
  state = Math.imul(state, FINISH)
  state = Math.imul(state ^ (state >>> 13), FINISH)
  return BigInt((state ^ (state >>> 16)) >>> 0)
}
