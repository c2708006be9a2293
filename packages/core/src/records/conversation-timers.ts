import type { ConversationRecord, TimersRecord } from './records.ts'
import { Refusal } from './refusal.ts'

const MINUTE = 60_000

/** The shortest times that a conversation may be left alone, milliseconds (rest-and-semantics 3.1). */
const SHORTEST = { inactive: MINUTE, closed: 10 * MINUTE } as const

/** Timers as a back end gives them: milliseconds, null takes one away, what is undefined stays. */
export interface GivenTimers {
  readonly inactive?: number | null | undefined
  readonly closed?: number | null | undefined
}

/** A state that a timer leads to, and when. */
export interface Transition {
  readonly state: 'inactive' | 'closed'
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Refuses timers that are too short. */
export function checkTimers({ inactive, closed }: GivenTimers): Refusal | undefined {
  if (typeof inactive === 'number' && inactive < SHORTEST.inactive) return new Refusal('timer-inactive-too-short')
  if (typeof closed === 'number' && closed < SHORTEST.closed) return new Refusal('timer-closed-too-short')
  return undefined
}

/**
 * The timers after some were given: all of them count anew.
 *
 * @param before what holds where nothing is given
 * @param at milliseconds since 1970
 */
export function timersWith(before: GivenTimers | null, given: GivenTimers, at: number): TimersRecord | null {
  const { inactive = before?.inactive ?? null, closed = before?.closed ?? null } = given
  return inactive === null && closed === null ? null : { inactive, closed, since: at }
}

/** The timers after something was said: they count from then. */
export function restarted(timers: TimersRecord | null, at: number): TimersRecord | null {
  return timers && { ...timers, since: at }
}

/** What is still to come of the timers of a conversation: both count from the same moment, and closed is final. */
export function transitionsOf({ state, timers }: Pick<ConversationRecord, 'state' | 'timers'>): readonly Transition[] {
  if (!timers || state === 'closed') return []
  const { inactive, closed, since } = timers
  const toCome: Transition[] = []
  if (inactive !== null && state === 'active') toCome.push({ state: 'inactive', at: since + inactive })
  if (closed !== null) toCome.push({ state: 'closed', at: since + closed })
  return toCome
}

/** The transition that comes first; of two at the same time the one to closed, which ends it. */
export function nextTransition(conversation: Pick<ConversationRecord, 'state' | 'timers'>): Transition | undefined {
  return transitionsOf(conversation).reduce<Transition | undefined>(
    (first, each) => (first && first.at < each.at ? first : each),
    undefined,
  )
}
