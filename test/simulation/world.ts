import type { Conversation } from '@conversa/client'
import { Refusal } from '@conversa/core'
import type { Result } from '@conversa/protocol'
import { Cluster } from './cluster.ts'
import { History } from './history.ts'
import { judge } from './judge.ts'
import { NodesJudge, type Timed, TOLD } from './judge-nodes.ts'
import { CALM, Network, STORM } from './network.ts'
import { type Sabotage, SERVICE_SID } from './node.ts'
import { SeededRandom } from './random.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'
import { SimulatedUser } from './user.ts'

export interface WorldOptions {
  readonly seed: number
  readonly operations: number
  /** Where one node keeps everything; several ones share a database in memory. */
  readonly store: 'memory' | 'sqlite'
  readonly nodes?: number | undefined
  readonly sabotage?: Sabotage | undefined
}

const IDENTITIES = ['alice', 'bob', 'carol', 'dave']
/** Never sets a horizon but by advancing it. */
const ADVANCES_ONLY = 'dave'
/** Virtual milliseconds within which everything must be well again once the faults have ended (I15). */
const HEALING_TIME = 180_000
/** Milliseconds after which the conversations that time changes go inactive. */
const INACTIVE = 60_000
/** Operations of several nodes whose transactions overlap, with a pause of so many milliseconds at most after each. */
const OVERLAPPING = { operations: 25, pause: 250 }

/** A seeded world: people with devices, a network and servers that fail, and a judge. */
export class World {
  readonly #options: WorldOptions
  readonly #random: SeededRandom
  readonly #timeline = new Timeline()
  readonly #trace = new Trace(this.#timeline)
  readonly #history = new History()
  readonly #cluster: Cluster
  readonly #network: Network
  readonly #users: readonly SimulatedUser[]
  readonly #sids: string[] = []
  readonly #timed: Timed[] = []

  constructor(options: WorldOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#cluster = new Cluster(options, this.#timeline, this.#random, this.#trace)
    this.#network = new Network(this.#timeline, this.#random, this.#cluster, this.#trace)
    // Among several nodes somebody has two devices.
    const devices = [...IDENTITIES, ...(this.#hasNodes ? [`${IDENTITIES[1]}/2`] : [])]
    this.#users = devices.map((device) => new SimulatedUser(device, this.#timeline, this.#random, this.#network, this.#history))
  }

  /**
   * Lives through the whole: beginning, faults, healing, what overlaps among nodes, judgement.
   *
   * @returns what was violated; nothing when all is well
   */
  async live(): Promise<string[]> {
    await this.#begin()
    this.#cluster.beginFaults()
    // Among several nodes there is time for one to take over what another one has.
    const pause = this.#hasNodes ? 700 : 120
    for (let done = 0; done < this.#options.operations; done++) {
      this.#operate()
      await this.#timeline.pass(this.#random.below(pause))
    }
    const violations = await this.#findings()
    for (const { client } of this.#users) client.shutdown().catch(() => {})
    await this.#timeline.pass(10_000)
    return violations
  }

  /** What was done, for whoever reads of a failure. */
  get steps(): readonly string[] {
    return this.#history.steps
  }

  /** Names all that went over any wire, with its moment. */
  digest(): string {
    return this.#trace.digest()
  }

  get #hasNodes(): boolean {
    return this.#cluster.nodes.length > 1
  }

  async #begin(): Promise<void> {
    this.#cluster.start()
    this.#network.weather = CALM
    await this.#timeline.pass(2000)
    if (this.#hasNodes) await this.#beginAmongNodes()
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

  /** A webhook that is told, conversations that time changes, and people who follow each other. */
  async #beginAmongNodes(): Promise<void> {
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    const { core } = this.#cluster
    const url = 'https://hook.example'
    const service = { about: {}, command: () => ({ type: 'service.update', reachabilityEnabled: true }) as const }
    await this.#timeline.until(core.submit(backEnd, service))
    const listening = { type: 'webhooks.update', level: 'service', postUrl: url, method: 'POST', filters: [...TOLD] } as const
    await this.#timeline.until(core.submit(backEnd, { about: {}, command: () => listening }))
    for (const name of ['three', 'four', 'five']) {
      const creation = {
        about: {},
        command: () => ({ type: 'conversation.create', friendlyName: name, key: name }) as const,
        given: { timers: { inactive: INACTIVE } },
        show:
          ({ conversation }: Result<'conversation.create'>) =>
          () =>
            conversation,
      }
      const made = await this.#timeline.until(core.submit<'conversation.create', { sid: string }>(backEnd, creation))
      if (made instanceof Refusal) throw new Error(made.name)
      this.#timed.push({ sid: made.sid, due: this.#timeline.now() + INACTIVE })
    }
    for (const user of this.#users) {
      for (const identity of IDENTITIES)
        if (identity !== user.identity) user.attempt(`follow ${identity}`, () => user.client.getUser(identity))
    }
  }

  #operate(): void {
    if (this.#random.chance(0.05)) this.#disturb()
    else this.#act()
  }

  #act(): void {
    const random = this.#random
    const user = random.pick(this.#users)
    const conversation = random.pick([...user.joined.values(), undefined])
    const dice = 5 + random.below(95)
    if (!conversation) this.#enter(user)
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
    else if (this.#hasNodes && dice < 99) user.rename()
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
    const note = (what: string) => this.#history.steps.push(`${this.#timeline.now()} ${what}`)
    if (dice < 4) {
      const cut = links.filter(() => this.#random.chance(0.5))
      note(`cut ${cut.map(({ owner }) => owner).join()}`)
      for (const link of cut) link.cut()
    } else if (dice < 6) {
      const frozen = links.filter(() => this.#random.chance(0.3))
      note(`freeze ${frozen.map(({ owner }) => owner).join()}`)
      for (const link of frozen) link.freeze()
    } else note(this.#cluster.disturb())
  }

  /** Ends all faults, and waits until every client is connected and nothing is under way. */
  async #heal(): Promise<boolean> {
    this.#cluster.endFaults()
    this.#network.weather = CALM
    await this.#timeline.pass(5000)
    for (const link of [...this.#network.links]) link.cut()
    return this.#rest()
  }

  /**
   * Lets people act while nodes hear of each other by the database alone, and its transactions overlap. The network is well and nobody comes
   * back afterwards: what a node passed over stays missing.
   */
  async #overlap(): Promise<boolean> {
    this.#cluster.slowDown()
    for (let done = 0; done < OVERLAPPING.operations; done++) {
      this.#act()
      await this.#timeline.pass(this.#random.below(OVERLAPPING.pause))
    }
    this.#cluster.endFaults()
    return this.#rest()
  }

  /** @returns whether everything came to rest in time */
  async #rest(): Promise<boolean> {
    const until = this.#timeline.now() + HEALING_TIME
    while (this.#timeline.now() < until) {
      await this.#timeline.pass(5000)
      if (!(await this.#isQuiet())) continue
      await this.#timeline.pass(5000)
      return true
    }
    return false
  }

  async #isQuiet(): Promise<boolean> {
    const isIdle = this.#users.every(({ client, underWay }) => client.connectionState === 'connected' && underWay === 0)
    if (!isIdle || !this.#cluster.nodes.every(({ isUp }) => isUp)) return false
    if (!this.#hasNodes) return true
    const { waiting, dead } = await this.#timeline.until(this.#cluster.core.outboxCounts('webhook'))
    const isTimeOver = this.#timed.every(({ due }) => due + 5000 < this.#timeline.now())
    return waiting + dead === 0 && isTimeOver
  }

  /** Judges after every phase, since a later one may heal what an earlier one broke. @returns what was found first */
  async #findings(): Promise<string[]> {
    const phases = this.#hasNodes ? [() => this.#heal(), () => this.#overlap()] : [() => this.#heal()]
    for (const phase of phases) {
      if (!(await phase())) return ['I15 not at rest in time after the faults had ended']
      const violations = await this.#judge()
      if (violations.length > 0) return violations
    }
    if (!this.#hasNodes) return []
    return new NodesJudge(this.#cluster, this.#timeline, this.#users).judge(this.#sids, this.#timed)
  }

  #judge(): Promise<string[]> {
    const evidence = {
      core: this.#cluster.core,
      users: this.#users,
      history: this.#history,
      sids: this.#sids,
      advancesOnly: ADVANCES_ONLY,
      hasNodes: this.#hasNodes,
      mayOvertake: this.#options.store === 'sqlite' || (this.#cluster.database?.refused ?? 0) > 0,
    }
    return this.#timeline.until(judge(evidence))
  }
}
