import type {
  Command,
  CommandType,
  ConversationState,
  Event,
  Message,
  Participant,
  Query,
  QueryType,
  Result,
} from '@conversa/protocol'
import {
  COMMANDS,
  Event as EventSchema,
  inspectorOf,
  type Malformation,
  QUERIES,
  SESSION_REQUESTS,
} from '@conversa/protocol/schema'
import { onTestFinished } from 'vitest'
import type { AnyCommandType } from '../commands/back-end-command.ts'
import type { MediaLimits } from '../commands/media.ts'
import { Core, type Ports } from '../core.ts'
import type { Attempt } from '../execution/execute.ts'
import type { Submission } from '../execution/submit.ts'
import type { Attachment } from '../fan-out/attachment.ts'
import type { Bus } from '../ports/bus.ts'
import type { After } from '../ports/ports.ts'
import { sidMaker } from '../ports/sids.ts'
import type { Store } from '../ports/store.ts'
import { type Actor, type BackEnd, SYSTEM_IDENTITY } from '../records/actor.ts'
import type { Permission } from '../records/permissions.ts'
import type { ConversationRecord, RoleRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { linkOf, WorldBlobs } from './world-blobs.ts'

/** Opens an empty store. */
export type OpenStore = () => Store | Promise<Store>

/** One of several nodes on one store. */
export interface NodeOptions {
  /** Tells the SIDs that it makes from those of the others. */
  readonly node?: number
  readonly bus?: Bus | undefined
  /** What its core has besides. */
  readonly ports?: WorldPorts | undefined
}

type WorldPorts = Pick<Ports, 'limits' | 'hooks' | 'channels' | 'push'>

const BEGINNING = Date.UTC(2026, 0, 1)

const RESULTS = new Map(
  Object.entries({ ...COMMANDS, ...QUERIES, ...SESSION_REQUESTS }).map(([name, { result }]) => [name, inspectorOf(result)]),
)
const inspectEvent = inspectorOf(EventSchema)

/**
 * A core on a store, with a clock that stands still until it is moved and SIDs that count upward: the same commands make the
 * same world. Every answer and every event is held against its schema.
 */
export class CoreWorld {
  readonly store: Store
  readonly core: Core
  readonly serviceSid: string
  readonly backEnd: Person
  readonly blobs = new WorldBlobs()
  readonly #number: number
  readonly #node: number
  readonly #bus: Bus | undefined
  #now = BEGINNING
  #drawn = 0
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  private constructor(store: Store, number: number, { node = 0, bus, ports }: NodeOptions) {
    const serviceSid = sid('IS', number)
    this.store = store
    this.serviceSid = serviceSid
    this.#number = number
    this.#node = node
    this.#bus = bus
    this.core = this.coreWith({}, ports)
    this.backEnd = new Person(this, { kind: 'back-end', serviceSid, identity: SYSTEM_IDENTITY })
  }

  /** A world that lasts for the test that runs. */
  static async begin(open: OpenStore, ports: NodeOptions['ports'] = {}): Promise<CoreWorld> {
    const store = await open()
    onTestFinished(() => store.close())
    return CoreWorld.on(store, 1, { ports })
  }

  /**
   * A world on a store that somebody else closes.
   *
   * @param number tells services in one store apart
   */
  static async on(store: Store, number = 1, node: NodeOptions = {}): Promise<CoreWorld> {
    const world = new CoreWorld(store, number, node)
    await world.core.ensureService({ sid: world.serviceSid, accountSid: sid('AC', number), friendlyName: `service ${number}` })
    return world
  }

  /** Another core on the same store, clock and files, with other limits for files, and limits and webhooks if they are given. */
  coreWith(mediaLimits: Partial<MediaLimits>, ports: WorldPorts = {}): Core {
    const media = { blobs: this.blobs, link: linkOf, limits: mediaLimits }
    const clock = { now: () => this.#now, after: this.#after }
    const world = { store: this.store, ...clock, random: this.#random, bus: this.#bus }
    return new Core({ ...world, digest: (text) => text, media, ...ports })
  }

  get now(): number {
    return this.#now
  }

  /** Moves the clock, and begins what is due by then. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)) {
      if (this.#timers.delete(timer)) timer.run()
    }
  }

  /** Lets the back end of the world do something. @throws Refused */
  async submit<Name extends AnyCommandType, Shown extends object>(submission: Submission<Name, Shown>): Promise<Shown> {
    return orThrow(await this.core.submit(this.backEnd.actor as BackEnd, submission))
  }

  /** A user who is signed in, with the default service role or another one. */
  async user(identity: string, roleSid?: string): Promise<Person> {
    const user = await this.core.signIn({ serviceSid: this.serviceSid, identity, roleSid })
    if (user instanceof Refusal) throw new Refused(user)
    return new Person(this, { kind: 'user', serviceSid: this.serviceSid, identity })
  }

  /** A user with the service role that may do everything a service role may. */
  async serviceAdmin(identity = 'admin'): Promise<Person> {
    return this.user(identity, await this.roleSid('service admin'))
  }

  /** A user with a service role of just these permissions. */
  async userWith(identity: string, permissions: readonly Permission[]): Promise<Person> {
    return this.user(identity, await this.role({ type: 'service', permissions }))
  }

  /** Makes a role. */
  async role({ type, permissions }: Pick<RoleRecord, 'type' | 'permissions'>): Promise<string> {
    const role = {
      sid: this.#makeSid('role'),
      friendlyName: permissions.join(' '),
      dateCreated: this.#now,
      dateUpdated: this.#now,
    }
    await this.store.transact([], (tx) => tx.saveRole({ ...role, type, permissions, serviceSid: this.serviceSid }))
    return role.sid
  }

  async roleSid(friendlyName: string): Promise<string> {
    const roles = await this.store.read((reads) => reads.roles(this.serviceSid))
    const role = roles.values().find((one) => one.friendlyName === friendlyName)
    if (!role) throw new Error(`there is no role ${friendlyName}`)
    return role.sid
  }

  /** The row of a conversation. */
  async conversation(conversationSid: string): Promise<ConversationRecord> {
    const found = await this.store.read((reads) => reads.conversation(this.serviceSid, conversationSid))
    if (!found) throw new Error('there is no such conversation')
    return found
  }

  /** Brings a conversation into a state. */
  async setState(conversationSid: string, state: ConversationState): Promise<void> {
    await this.backEnd.do({ type: 'conversation.update', conversationSid, state })
  }

  readonly #after: After = (milliseconds, run) => {
    const timer = { at: this.#now + milliseconds, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  readonly #random = (bytes: Uint8Array): Uint8Array => {
    let rest = ++this.#drawn
    for (let at = bytes.length - 1; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
    bytes[2] = this.#number
    bytes[3] = this.#node
    return bytes
  }

  readonly #makeSid = sidMaker(() => this.#now, this.#random)
}

/** Somebody who acts in a world, and what they hear. */
export class Person {
  readonly world: CoreWorld
  readonly actor: Actor

  constructor(world: CoreWorld, actor: Actor) {
    this.world = world
    this.actor = actor
  }

  get identity(): string {
    return this.actor.identity
  }

  /** Carries a command out. @throws Refused */
  async do<C extends Command>(command: C): Promise<Result<C['type']>> {
    return orThrow(await this.try(command))
  }

  /** Carries a command out, or says why not. */
  async try<C extends Command>(command: C, attempt?: Attempt): Promise<Result<C['type']> | Refusal> {
    const answer = await this.world.core.execute<CommandType>(this.actor, command, attempt)
    return inspected(command.type, answer) as Result<C['type']> | Refusal
  }

  /** Asks. @throws Refused */
  async ask<Q extends Query>(query: Q): Promise<Result<Q['type']>> {
    return orThrow(await this.tryToAsk(query))
  }

  /** Asks, or says why there is no answer. */
  async tryToAsk<Q extends Query>(query: Q): Promise<Result<Q['type']> | Refusal> {
    const answer = await this.world.core.answer<QueryType>(this.actor, query)
    return inspected(query.type, answer) as Result<Q['type']> | Refusal
  }

  /** Attaches a session that keeps what it hears. */
  async listen(): Promise<Recorder> {
    return Recorder.attach(this)
  }

  /** Creates a conversation and joins it. */
  async converse(naming: Omit<Command<'conversation.create'>, 'type'> = {}): Promise<string> {
    const { conversation } = await this.do({ type: 'conversation.create', ...naming })
    await this.join(conversation.sid)
    return conversation.sid
  }

  async join(conversationSid: string): Promise<Participant> {
    return (await this.do({ type: 'participant.add', conversationSid, identity: this.identity })).participant
  }

  async add(conversationSid: string, ...others: Person[]): Promise<void> {
    for (const { identity } of others) await this.do({ type: 'participant.add', conversationSid, identity })
  }

  async leave(conversationSid: string): Promise<void> {
    await this.do({ type: 'participant.remove', conversationSid, participant: this.identity })
  }

  /** Sends a text. */
  async send(conversationSid: string, body: string, key?: string): Promise<{ index: number; sid: string }> {
    return this.do({ type: 'message.send', conversationSid, body, ...(key !== undefined && { key }) })
  }

  async view(conversationSid: string): Promise<Result<'conversation.get'>['conversation']> {
    return (await this.ask({ type: 'conversation.get', conversationSid })).conversation
  }

  /** The newest messages, oldest first. */
  async messages(conversationSid: string): Promise<Message[]> {
    return (await this.ask({ type: 'message.page', conversationSid, limit: 100 })).messages
  }
}

/** A session that keeps what it hears. */
export class Recorder {
  readonly person: Person
  readonly heard: Event[] = []
  #attachment: Attachment | undefined

  constructor(person: Person) {
    this.person = person
  }

  static async attach(person: Person): Promise<Recorder> {
    const recorder = new Recorder(person)
    recorder.#attachment = await person.world.core.attach(person.actor, recorder)
    return recorder
  }

  get attachment(): Attachment {
    if (!this.#attachment) throw new Error('the recorder is not attached')
    return this.#attachment
  }

  deliver(event: Event): void {
    complain(event.type, inspectEvent(event), event)
    this.heard.push(event)
  }

  lost(): void {
    throw new Error('events were missed that are not kept')
  }

  /** What was heard since this was asked last. */
  take(): Event[] {
    return this.heard.splice(0)
  }

  /** The types of what was heard since this was asked last. */
  takeTypes(): Event['type'][] {
    return this.take().map(({ type }) => type)
  }
}

/** A refusal where none was expected. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(`refused: ${refusal.body().message}`)
    this.refusal = refusal
  }
}

/** A SID of a number. */
export function sid(prefix: string, number: number): string {
  return prefix + number.toString(16).padStart(32, '0')
}

/** The name of a refusal, or what was answered instead. */
export function refusalOf(answer: object): unknown {
  return answer instanceof Refusal ? answer.name : answer
}

function orThrow<T extends object>(answer: T | Refusal): T {
  if (answer instanceof Refusal) throw new Refused(answer)
  return answer
}

function inspected<T extends object>(type: string, answer: T | Refusal): T | Refusal {
  if (!(answer instanceof Refusal)) complain(type, RESULTS.get(type)?.(answer), answer)
  return answer
}

function complain(type: string, malformation: Malformation | undefined, value: object): void {
  if (!malformation) return
  throw new Error(`${type} is not of its schema: ${malformation.field} ${malformation.reason} in ${JSON.stringify(value)}`)
}
