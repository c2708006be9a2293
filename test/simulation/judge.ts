import { type Core, Refusal } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'
import { type History, type Horizon, judgeAdvances, judgeSends, judgeTold, type Stay, type Stored } from './history.ts'
import { judgeView } from './judge-view.ts'
import { SERVICE_SID } from './node.ts'
import type { SimulatedUser } from './user.ts'

/** What there is to judge of a world that has come to rest. */
export interface Evidence {
  readonly core: Core
  readonly users: readonly SimulatedUser[]
  readonly history: History
  readonly sids: readonly string[]
  /** Who never sets a horizon but by advancing it. */
  readonly advancesOnly: string
  /** See `judgeSends`. */
  readonly mayOvertake: boolean
  /** Whether there are several nodes: what is said in a conversation may come to one before it hears that somebody came in. */
  readonly hasNodes: boolean
}

/**
 * Judges what people did and were told in all conversations (reliability 2: I1 to I10 and I13).
 *
 * @returns what is violated, in words; nothing when all holds
 */
export async function judge({ core, users, history, sids, advancesOnly, mayOvertake, hasNodes }: Evidence): Promise<string[]> {
  const violations = users.flatMap(({ device, unexpected }) => unexpected.map((error) => `${device} met ${error}`))
  for (const sid of sids) {
    const log = await logOf(core, sid)
    if (!log) return [...violations, `I8 the log of ${sid} has holes`]
    const stored = storedIn(log)
    const sends = history.sends.filter(({ conversationSid }) => conversationSid === sid)
    violations.push(...judgeSends(sends, stored, mayOvertake))
    violations.push(...judgeAdvances(horizonsIn(log, advancesOnly)))
    for (const user of users) {
      violations.push(...(await judgeView(core, SERVICE_SID, user, sid)))
      const told = user.toldOf(sid)
      const stays = staysIn(log, user.identity)
      // Who came in by another device or among nodes may have looked in here before it was told: what was said until then is there already.
      const isAlone = !hasNodes && users.every((other) => other === user || other.identity !== user.identity)
      if (told) violations.push(...judgeTold(told, owed(stored, stays, isAlone ? 0 : user.shownFrom(sid)), stays))
    }
  }
  return violations
}

/** Everything that happened in a conversation, as a back end may read it; undefined when it is not all there. */
export async function logOf(core: Core, sid: string): Promise<readonly ConversationEvent[] | undefined> {
  const answer = await core.answer<'conversation.resume'>(
    { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' },
    { type: 'conversation.resume', since: [{ conversationSid: sid, revision: 0 }] },
  )
  const [news] = answer instanceof Refusal ? [] : answer.conversations
  return news && 'delta' in news ? news.delta : undefined
}

function storedIn(log: readonly ConversationEvent[]): Stored[] {
  return log.flatMap((event) => {
    if (event.type !== 'message.added') return []
    const { index, author, body } = event.message
    return [{ index, author, body, removed: event.removed === true }]
  })
}

/** When a user was in the conversation; the last stay may be the present one. */
function staysIn(log: readonly ConversationEvent[], identity: string): Stay[] {
  const stays: Stay[] = []
  let nextIndex = 0
  let from: number | undefined
  for (const event of log) {
    if (event.type === 'message.added') nextIndex = event.message.index + 1
    if (event.type === 'participant.joined' && event.participant.identity === identity) from = nextIndex
    if (event.type === 'participant.left' && event.identity === identity && from !== undefined) {
      stays.push({ from, until: nextIndex })
      from = undefined
    }
  }
  return from === undefined ? stays : [...stays, { from, until: Number.POSITIVE_INFINITY }]
}

/**
 * What a device must have been told in the present stay of its user.
 *
 * @param shownFrom what was there before this index need not be told
 */
function owed(stored: readonly Stored[], stays: readonly Stay[], shownFrom: number): number[] {
  const present = stays.find(({ until }) => until === Number.POSITIVE_INFINITY)
  if (!present) return []
  const from = Math.max(present.from, shownFrom)
  return stored.filter(({ index, removed }) => index >= from && !removed).map(({ index }) => index)
}

function horizonsIn(log: readonly ConversationEvent[], identity: string): Horizon[] {
  const sids = new Set(
    log.flatMap((event) =>
      event.type === 'participant.joined' && event.participant.identity === identity ? event.participant.sid : [],
    ),
  )
  return log.flatMap((event) => {
    if (event.type !== 'participant.updated' || !sids.has(event.participantSid)) return []
    const index = event.changes.lastReadMessageIndex
    return index === undefined ? [] : [{ participantSid: event.participantSid, index }]
  })
}
