import { Refusal } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'
import { type Cluster, LARGEST_SKEW } from './cluster.ts'
import { logOf } from './judge.ts'
import { SERVICE_SID } from './node.ts'
import type { Timeline } from './timeline.ts'
import type { SimulatedUser } from './user.ts'

/** A conversation that time alone changes. */
export interface Timed {
  readonly sid: string
  /** When it is due to go inactive, virtual milliseconds. */
  readonly due: number
}

/** Virtual milliseconds after which everybody has heard of somebody who went with their node. */
const GONE = 30_000
/** The same of what passes by. */
const PASSES = 10_000

const NAMES = {
  'message.added': 'onMessageAdded',
  'message.removed': 'onMessageRemoved',
  'participant.joined': 'onParticipantAdded',
  'participant.left': 'onParticipantRemoved',
} as const

/** Events that the webhook is told. */
export const TOLD = [...Object.values(NAMES), 'onConversationStateUpdated'] as const

/** Judges what nodes do together, once everything is at rest and well (I11, I15 and I16). */
export class NodesJudge {
  readonly #cluster: Cluster
  readonly #timeline: Timeline
  readonly #users: readonly SimulatedUser[]

  constructor(cluster: Cluster, timeline: Timeline, users: readonly SimulatedUser[]) {
    this.#cluster = cluster
    this.#timeline = timeline
    this.#users = users
  }

  /** @returns what is violated, in words; nothing when all holds */
  async judge(sids: readonly string[], timed: readonly Timed[]): Promise<string[]> {
    const { nodes, database, bus } = this.#cluster
    const unfenced = (database?.unfenced ?? []).map((one) => `I16 ${one}`)
    const failed = nodes.flatMap(({ failures }) => failures.filter(isFault).map((one) => `a node met ${one}`))
    return [
      ...unfenced,
      ...failed,
      ...(await this.#judgeTimers(timed)),
      ...(await this.#judgeWebhook([...sids, ...timed.map(({ sid }) => sid)])),
      ...(await this.#judgeProfiles()),
      ...(bus ? await this.#judgeTyping() : []),
      ...(bus ? await this.#judgePresence() : []),
    ]
  }

  /** Every timer came to its end once, and not too early by any clock. */
  async #judgeTimers(timed: readonly Timed[]): Promise<string[]> {
    const violations: string[] = []
    for (const { sid, due } of timed) {
      const log = await this.#log(sid)
      const states = log.flatMap((event) => (event.type === 'conversation.updated' && event.changes.state ? [event] : []))
      const names = states.map(({ changes }) => changes.state)
      if (names.join() !== 'inactive') violations.push(`I16 the timer of ${sid} led to ${names.join() || 'nothing'}`)
      const [first] = states
      if (first && first.dateUpdated < due - 2 * LARGEST_SKEW) violations.push(`I16 a timer came to its end too early`)
    }
    return violations
  }

  /** The webhook heard every event of a conversation, the first time in the order in which they happened. */
  async #judgeWebhook(sids: readonly string[]): Promise<string[]> {
    const violations: string[] = []
    const contents = new Map<string, string>()
    for (const { eventId, fields } of this.#cluster.webhook.heard) {
      const { RetryCount: _, ...content } = fields
      const text = JSON.stringify(content)
      if ((contents.get(eventId) ?? text) !== text) violations.push(`I11 the webhook was told two things as ${eventId}`)
      contents.set(eventId, text)
    }
    for (const sid of sids) {
      const heard = [...contents.keys()].filter((id) => id.startsWith(`${sid}.`))
      const happened = toldOf(sid, await this.#log(sid))
      if (heard.join() === happened.join()) continue
      const at = happened.findIndex((id, place) => heard[place] !== id)
      violations.push(`I11 the webhook heard ${heard.length} of ${happened.length}, ${heard[at]} in place of ${happened[at]}`)
    }
    return violations
  }

  /** Whoever follows somebody sees what they are called now. */
  async #judgeProfiles(): Promise<string[]> {
    const violations: string[] = []
    for (const { device, client } of this.#users) {
      for (const { identity, friendlyName } of await client.getSubscribedUsers()) {
        const stored = (await this.#ask(0, identity))?.user.friendlyName
        if (stored !== friendlyName) violations.push(`I8 ${device} shows ${identity} as ${friendlyName}, stored is ${stored}`)
      }
    }
    return violations
  }

  /** Who types is told on all nodes, once more that they have stopped, and not to themselves. */
  async #judgeTyping(): Promise<string[]> {
    const typist = this.#users.find(({ joined }) => joined.size > 0)
    const [conversation] = typist?.joined.values() ?? []
    if (!typist || !conversation) return []
    await this.#timeline.pass(PASSES)
    const began = this.#timeline.now()
    await this.#timeline.until(conversation.typing())
    await this.#timeline.pass(PASSES)
    return this.#users.flatMap(({ device, identity, joined, typing }) => {
      const heard = typing.filter(({ at, conversationSid }) => at >= began && conversationSid === conversation.sid)
      const isOther = identity !== typist.identity && joined.has(conversation.sid)
      const expected = isOther ? 'true,false' : ''
      const got = heard.map(({ isTyping }) => isTyping).join()
      return got === expected ? [] : [`I15 ${device} was told of typing: ${got || 'nothing'} instead of ${expected || 'nothing'}`]
    })
  }

  /** Everybody is seen to be there while they are, on all nodes and devices, and not any more when they have gone. */
  async #judgePresence(): Promise<string[]> {
    await this.#timeline.pass(GONE)
    const violations = await this.#comparePresence(new Set(this.#users.map(({ identity }) => identity)))
    const [gone] = this.#users.slice(-1)
    if (!gone) return violations
    const others = this.#users.filter(({ identity }) => identity !== gone.identity)
    for (const { identity, client } of this.#users) if (identity === gone.identity) client.shutdown().catch(() => {})
    await this.#timeline.pass(GONE)
    return [...violations, ...(await this.#comparePresence(new Set(others.map(({ identity }) => identity))))]
  }

  async #comparePresence(present: ReadonlySet<string>): Promise<string[]> {
    const violations: string[] = []
    const compare = (who: string, identity: string, isOnline: boolean | null | undefined) => {
      if (isOnline !== present.has(identity)) violations.push(`I15 ${who} takes ${identity} for ${isOnline ? '' : 'not '}online`)
    }
    for (const identity of new Set(this.#users.map((user) => user.identity))) {
      for (const [at, { name }] of this.#cluster.nodes.entries()) {
        compare(name, identity, (await this.#ask(at, identity))?.reachability?.online)
      }
    }
    for (const { device, identity, client } of this.#users) {
      if (!present.has(identity)) continue
      for (const user of await client.getSubscribedUsers()) compare(device, user.identity, user.isOnline)
    }
    return violations
  }

  async #ask(node: number, identity: string) {
    const { core } = this.#cluster.nodes[node] ?? this.#cluster
    const actor = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    const answer = await this.#timeline.until(core.answer<'user.get'>(actor, { type: 'user.get', identity }))
    return answer instanceof Refusal ? undefined : answer
  }

  async #log(sid: string): Promise<readonly ConversationEvent[]> {
    return (await this.#timeline.until(logOf(this.#cluster.core, sid))) ?? []
  }
}

/** Ids of what the webhook is to be told of a conversation, in order. */
function toldOf(sid: string, log: readonly ConversationEvent[]): string[] {
  return log.flatMap((event) => {
    const isMove = event.type === 'conversation.updated' && event.changes.state !== undefined
    const name = isMove ? 'onConversationStateUpdated' : NAMES[event.type as keyof typeof NAMES]
    return name ? [`${sid}.${event.revision}.${name}`] : []
  })
}

/** A database that cannot be reached is no fault of a node. */
function isFault(error: unknown): boolean {
  return !(error instanceof Error && error.constructor.name === 'StoreUnavailable')
}
