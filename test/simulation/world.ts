import type { Conversation } from '@conversa/client'
import { Refusal } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'
import { type DiskFaults, faultySqliteDisk, memoryDisk } from './disks.ts'
import { History, type Horizon, judgeAdvances, judgeSends, judgeTold, type Stored } from './history.ts'
import { judgeView } from './judge-view.ts'
import { CALM, Network, STORM } from './network.ts'
import { type Disk, type Sabotage, SERVICE_SID, ServerNode } from './node.ts'
import { SeededRandom } from './random.ts'
import { Timeline } from './timeline.ts'
import { SimulatedUser } from './user.ts'

export interface WorldOptions {
  readonly seed: number
  readonly operations: number
  readonly store: 'memory' | 'sqlite'
  readonly sabotage?: Sabotage
}

const IDENTITIES = ['alice', 'bob', 'carol', 'dave']
/** Never sets a horizon but by advancing it. */
const ADVANCES_ONLY = 'dave'
/** Virtual milliseconds within which everything must be well again once the faults have ended (I15). */
const HEALING_TIME = 180_000

/** A seeded world: people with devices, a network and a server that fail, and a judge. */
export class World {
  readonly #options: WorldOptions
  readonly #random: SeededRandom
  readonly #timeline = new Timeline()
  readonly #history = new History()
  readonly #diskFaults: DiskFaults = { active: false }
  readonly #node: ServerNode
  readonly #network: Network
  readonly #users: SimulatedUser[]
  readonly #sids: string[] = []

  constructor(options: WorldOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    const disk: Disk = options.store === 'memory' ? memoryDisk() : faultySqliteDisk(this.#random, this.#diskFaults)
    this.#node = new ServerNode(this.#timeline, this.#random, disk, options.sabotage ?? {})
    this.#network = new Network(this.#timeline, this.#random, this.#node)
    this.#users = IDENTITIES.map(
      (identity) => new SimulatedUser(identity, this.#timeline, this.#random, this.#network, this.#history),
    )
  }

  /**
   * Lives through the whole: beginning, faults, healing, judgement.
   *
   * @returns what was violated; nothing when all is well
   */
  async live(): Promise<string[]> {
    await this.#begin()
    this.#diskFaults.active = true
    for (let done = 0; done < this.#options.operations; done++) {
      this.#operate()
      await this.#timeline.pass(this.#random.below(120))
    }
    const quiet = await this.#heal()
    const violations = quiet ? await this.#judge() : ['I15 not at rest in time after the faults had ended']
    for (const { client } of this.#users) client.shutdown().catch(() => {})
    await this.#timeline.pass(10_000)
    return violations
  }

  /** What was done, for whoever reads of a failure. */
  get steps(): readonly string[] {
    return this.#history.steps
  }

  async #begin(): Promise<void> {
    await this.#node.start()
    this.#network.weather = CALM
    await this.#timeline.pass(2000)
    const [first] = this.#users as [SimulatedUser]
    for (const name of ['one', 'two']) {
      first.attempt(`create ${name}`, async () => {
        const conversation = await first.client.createConversation({ friendlyName: name, uniqueName: name })
        this.#sids.push(conversation.sid)
        await conversation.join()
        for (const identity of IDENTITIES.slice(1)) await conversation.add(identity)
      })
      await this.#timeline.pass(3000)
    }
    this.#network.weather = STORM
  }

  #operate(): void {
    const random = this.#random
    const user = random.pick(this.#users)
    const conversation = random.pick([...user.joined.values(), undefined])
    const dice = random.below(100)
    if (dice < 5) this.#disturb()
    else if (!conversation) this.#enter(user)
    else if (dice < 55) user.send(conversation)
    else if (dice < 62) user.edit(conversation)
    else if (dice < 68) user.remove(conversation)
    else if (dice < 78) user.advance(conversation)
    else if (dice < 85 && user.identity === ADVANCES_ONLY) user.advance(conversation)
    else if (dice < 82) user.attempt('set horizon', () => conversation.updateLastReadMessageIndex(random.pick([null, 0, 3, 9])))
    else if (dice < 85) user.attempt('all unread', () => conversation.setAllMessagesUnread())
    else if (dice < 88) user.attempt('type', () => conversation.typing())
    else if (dice < 91) user.attempt('rename', () => conversation.updateFriendlyName(`name ${random.below(100)}`))
    else if (dice < 94) user.attempt('mute', () => conversation.setUserNotificationLevel(random.pick(['muted', 'default'])))
    else if (dice < 97) this.#leaveOrRemove(user, conversation)
    else user.attempt('attributes', () => conversation.updateAttributes({ number: random.below(100) }))
  }

  #enter(user: SimulatedUser): void {
    const sid = this.#random.pick(this.#sids)
    if (!user.joined.has(sid)) user.attempt('join', async () => (await user.client.getConversationBySid(sid)).join())
  }

  #leaveOrRemove(user: SimulatedUser, conversation: Conversation): void {
    if (user.identity === IDENTITIES[0]) {
      const other = this.#random.pick(IDENTITIES.slice(1))
      user.attempt(`remove ${other}`, () => conversation.removeParticipant(other))
    } else user.attempt('leave', () => conversation.leave())
  }

  #disturb(): void {
    const links = [...this.#network.links]
    const dice = this.#random.below(10)
    this.#history.steps.push(`${this.#timeline.now()} disturbance ${dice}`)
    if (dice < 5) {
      for (const link of links.filter(() => this.#random.chance(0.5))) link.cut()
    } else if (dice < 7) {
      for (const link of links.filter(() => this.#random.chance(0.3))) link.freeze()
    } else if (this.#node.isUp) {
      this.#node.crash()
      this.#timeline.after(this.#random.below(3000), () => this.#restart())
    }
  }

  /** A start that meets a failing disk is tried again, as whoever watches over a process would do. */
  #restart(): void {
    this.#node.start().catch(() => {
      this.#node.crash()
      this.#timeline.after(500, () => this.#restart())
    })
  }

  /** Ends all faults, and waits until every client is connected and nothing is under way. */
  async #heal(): Promise<boolean> {
    this.#diskFaults.active = false
    this.#network.weather = CALM
    const until = this.#timeline.now() + HEALING_TIME
    await this.#timeline.pass(5000)
    for (const link of [...this.#network.links]) link.cut()
    while (this.#timeline.now() < until) {
      await this.#timeline.pass(5000)
      const quiet = this.#users.every(({ client, underWay }) => client.connectionState === 'connected' && underWay === 0)
      if (quiet) {
        await this.#timeline.pass(5000)
        return true
      }
    }
    return false
  }

  async #judge(): Promise<string[]> {
    const violations = this.#users.flatMap(({ identity, unexpected }) => unexpected.map((error) => `${identity} met ${error}`))
    for (const sid of this.#sids) {
      const log = await this.#logOf(sid)
      if (!log) return [...violations, `I8 the log of ${sid} has holes`]
      const stored = storedIn(log)
      const sends = this.#history.sends.filter(({ conversationSid }) => conversationSid === sid)
      violations.push(...judgeSends(sends, stored, this.#options.store === 'sqlite'))
      violations.push(...judgeAdvances(horizonsIn(log, ADVANCES_ONLY)))
      for (const user of this.#users) violations.push(...(await this.#judgeUser(user, sid, stored)))
    }
    return violations
  }

  async #judgeUser(user: SimulatedUser, sid: string, stored: readonly Stored[]): Promise<string[]> {
    const reading = judgeView(this.#node.core, SERVICE_SID, user, sid)
    let done = false
    const result = reading.finally(() => {
      done = true
    })
    result.catch(() => {})
    for (let round = 0; round < 50 && !done; round++) await this.#timeline.pass(200)
    const { violations, owedFrom } = await result
    const told = user.toldOf(sid)
    if (!told || owedFrom === undefined) return violations
    const owed = stored.filter(({ index, removed }) => index >= owedFrom && !removed).map(({ index }) => index)
    return [...violations, ...judgeTold(told, owed)]
  }

  /** Everything that happened in a conversation, as a back end may read it. */
  async #logOf(sid: string): Promise<readonly ConversationEvent[] | undefined> {
    const reading = this.#node.core.answer<'conversation.resume'>(
      { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' },
      { type: 'conversation.resume', since: [{ conversationSid: sid, revision: 0 }] },
    )
    await this.#timeline.pass(100)
    const answer = await reading
    const [news] = answer instanceof Refusal ? [] : answer.conversations
    return news && 'delta' in news ? news.delta : undefined
  }
}

function storedIn(log: readonly ConversationEvent[]): Stored[] {
  return log.flatMap((event) => {
    if (event.type !== 'message.added') return []
    const { index, author, body } = event.message
    return [{ index, author, body, removed: event.removed === true }]
  })
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
