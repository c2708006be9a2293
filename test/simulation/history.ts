/** A send as its author knows it. Moments are virtual milliseconds; an answer that never came leaves `outcome` open. */
export interface Send {
  readonly author: string
  /** The device of the author that sent it. */
  readonly device: string
  readonly conversationSid: string
  readonly body: string
  readonly begun: number
  ended: number | undefined
  outcome: { readonly index: number } | 'refused' | undefined
}

/** What one device of a user was told of a conversation, in the order in which it was told. */
export interface Told {
  readonly identity: string
  readonly device: string
  readonly conversationSid: string
  readonly indexes: number[]
}

/** Everything that was done and told in one world. */
export class History {
  readonly sends: Send[] = []
  readonly steps: string[] = []
}

/** A message as it is stored. */
export interface Stored {
  readonly index: number
  readonly author: string
  readonly body: string | null
  readonly removed: boolean
}

/**
 * Judges the sends of one conversation against what is stored (reliability 2: I1 to I7).
 *
 * @param stored every message and tombstone, by index
 * @param mayOvertake whether the disk failed now and then: a send that is refused for a moment is overtaken by what was under way
 *   behind it, since nobody waits for answers
 * @returns what is violated, in words; nothing when all holds
 */
export function judgeSends(sends: readonly Send[], stored: readonly Stored[], mayOvertake: boolean): string[] {
  const violations: string[] = []
  stored.forEach(({ index }, at) => {
    if (index !== at) violations.push(`I4 index ${index} stands at place ${at}`)
  })
  const byBody = Map.groupBy(stored, ({ body }) => body)
  for (const send of sends) {
    const copies = byBody.get(send.body) ?? []
    if (copies.length > 1) violations.push(`I2 ${send.body} is stored ${copies.length} times`)
    if (send.outcome === 'refused' && copies.length > 0) violations.push(`I3 ${send.body} was refused and is stored`)
    if (typeof send.outcome !== 'object') continue
    const at = stored[send.outcome.index]
    const isThere = at && at.author === send.author && (at.removed || at.body === send.body || isEdited(at))
    if (!isThere) violations.push(`I1 ${send.body} was acknowledged at ${send.outcome.index} and is not there`)
  }
  return [...violations, ...judgeOrder(sends, mayOvertake)]
}

/** Edits of the simulation keep the author and say so in the body. */
function isEdited({ body }: Stored): boolean {
  return body?.startsWith('edited') ?? false
}

type Acknowledged = Send & { readonly outcome: { readonly index: number } }

function judgeOrder(sends: readonly Send[], mayOvertake: boolean): string[] {
  const acknowledged = sends.filter((send): send is Acknowledged => typeof send.outcome === 'object')
  return [...(mayOvertake ? [] : judgeAuthors(acknowledged)), ...judgeAnswered(acknowledged)]
}

/** Holds each send against the one of the same device before it that went furthest. */
function judgeAuthors(acknowledged: readonly Acknowledged[]): string[] {
  const furthest = new Map<string, Acknowledged>()
  return acknowledged.flatMap((send) => {
    const before = furthest.get(send.device)
    const isInverted = before && before.outcome.index >= send.outcome.index
    if (!isInverted) furthest.set(send.device, send)
    return isInverted ? [`I6 ${before.body} before ${send.body} of the same author`] : []
  })
}

/** Holds each send against the one that went furthest of those that were answered before it began. */
function judgeAnswered(acknowledged: readonly Acknowledged[]): string[] {
  const byEnd = acknowledged.filter(({ ended }) => ended !== undefined).sort((a, b) => Number(a.ended) - Number(b.ended))
  let furthest: Acknowledged | undefined
  let at = 0
  return acknowledged
    .toSorted((a, b) => a.begun - b.begun)
    .flatMap((send) => {
      for (let answered = byEnd[at]; answered && Number(answered.ended) < send.begun; answered = byEnd[++at]) {
        if (!furthest || answered.outcome.index > furthest.outcome.index) furthest = answered
      }
      const isInverted = furthest && furthest.outcome.index >= send.outcome.index
      return isInverted ? [`I7 ${furthest?.body} ended before ${send.body} began`] : []
    })
}

/** Messages from an index on, up to below another one. */
export interface Stay {
  readonly from: number
  readonly until: number
}

/**
 * Judges what one device was told: every index once and upward (I5), nothing that it should have heard is missing (I8), and nothing of
 * what was said while its user was out (I13).
 */
export function judgeTold({ device, indexes }: Told, owed: readonly number[], stays: readonly Stay[]): string[] {
  const violations: string[] = []
  indexes.forEach((index, at) => {
    const before = indexes[at - 1] ?? -1
    if (index <= before) violations.push(`I5 ${device} was told ${index} after ${before}`)
  })
  const missing = owed.filter((index) => !indexes.includes(index))
  if (missing.length > 0) violations.push(`I8 ${device} was never told of ${missing.join(', ')}`)
  const foreign = indexes.filter((index) => !stays.some(({ from, until }) => index >= from && index < until))
  if (foreign.length > 0) violations.push(`I13 ${device} was told of ${foreign.join(', ')} from when it was not in`)
  return violations
}

/** A horizon as the log tells it. */
export interface Horizon {
  readonly participantSid: string
  readonly index: number | null
}

/** Judges the horizons of somebody who only ever advances: they never go back (G6). */
export function judgeAdvances(horizons: readonly Horizon[]): string[] {
  const reached = new Map<string, number>()
  return horizons.flatMap(({ participantSid, index }) => {
    const before = reached.get(participantSid) ?? -1
    reached.set(participantSid, index ?? -1)
    return (index ?? -1) < before ? [`I9 an advance lowered the horizon from ${before} to ${index}`] : []
  })
}
