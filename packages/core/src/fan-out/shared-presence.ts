import type { PresenceMessage } from '../ports/bus.ts'
import type { After } from '../ports/ports.ts'
import type { UserKey } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'
import { LocalPresence, type Presence } from './presence.ts'

/** Milliseconds between two signs of life. */
const ALIVE = 5000
/** Signs of life that may be missing before a node counts as gone. */
const MISSING = 3
/** Users in one message. */
const LARGEST_LIST = 1000

/** What another node has said. */
interface OtherNode {
  /** How many changes of it are known here. */
  version: number
  readonly users: Map<string, UserKey>
  /** Signs of life that it may still miss. */
  patience: number
}

/** Presence on many nodes: each tells who comes and goes, and everything when it is asked. */
export class SharedPresence implements Presence {
  readonly #node: string
  readonly #after: After
  readonly #send: (...messages: readonly PresenceMessage[]) => void
  readonly #local = new LocalPresence()
  readonly #here = new Map<string, UserKey>()
  readonly #others = new Map<string, OtherNode>()
  readonly #watchers: ((key: UserKey) => void)[] = []
  #version = 0
  #cancel: (() => void) | undefined

  /** @param node names this node among the others */
  constructor(node: string, after: After, send: (...messages: readonly PresenceMessage[]) => void) {
    this.#node = node
    this.#after = after
    this.#send = send
    this.#local.watch((user) => this.#movedHere(user))
  }

  enter(key: UserKey): void {
    this.#local.enter(key)
  }

  leave(key: UserKey): void {
    this.#local.leave(key)
  }

  isPresent(key: UserKey): boolean {
    const name = userName(key)
    return this.#local.isPresent(key) || this.#others.values().some(({ users }) => users.has(name))
  }

  watch(moved: (key: UserKey) => void): void {
    this.#watchers.push(moved)
  }

  /** Begins to show that this node lives, and asks the others who they have. */
  start(): void {
    this.#send({ about: 'who', node: this.#node })
    this.#showLife()
  }

  /** Says that this node goes. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#send({ about: 'left', node: this.#node })
  }

  /** Hears another node. */
  hear(message: PresenceMessage): void {
    if (message.about === 'who') this.#list()
    else if (message.about === 'left') this.#forget(message.node)
    else if (message.about === 'present') this.#replace(message)
    else this.#follow(message)
  }

  /** Another node lives, or somebody came or went there. */
  #follow(message: Extract<PresenceMessage, { about: 'moved' | 'alive' }>): void {
    const known = this.#others.get(message.node)
    const isNext = message.about === 'moved' && known?.version === message.version - 1
    if (known) known.patience = MISSING
    if (known && message.about === 'moved' && isNext) {
      known.version = message.version
      this.#moved(message.user, () => {
        if (message.isPresent) known.users.set(userName(message.user), message.user)
        else known.users.delete(userName(message.user))
      })
    } else if (known?.version !== message.version) this.#send({ about: 'who', node: this.#node })
  }

  #movedHere(user: UserKey): void {
    const isPresent = this.#local.isPresent(user)
    if (isPresent) this.#here.set(userName(user), user)
    else this.#here.delete(userName(user))
    this.#version++
    this.#send({ about: 'moved', node: this.#node, version: this.#version, user, isPresent })
    const isElsewhere = this.#others.values().some(({ users }) => users.has(userName(user)))
    if (!isElsewhere) this.#tell(user)
  }

  /** Everybody who is here. More than one message can hold is told in the first one as far as it goes, and the rest as it moves. */
  #list(): void {
    const users = [...this.#here.values()]
    const first = users.slice(0, LARGEST_LIST)
    const rest = users.slice(LARGEST_LIST)
    const version = this.#version
    this.#version += rest.length
    const moved = rest.map(
      (user, at) => ({ about: 'moved', node: this.#node, version: version + at + 1, user, isPresent: true }) as const,
    )
    this.#send({ about: 'present', node: this.#node, version, users: first }, ...moved)
  }

  #replace({ node, version, users }: Extract<PresenceMessage, { about: 'present' }>): void {
    const before = this.#others.get(node)?.users ?? new Map<string, UserKey>()
    const now = new Map(users.map((user) => [userName(user), user]))
    const changed = [...[...before].filter(([name]) => !now.has(name)), ...[...now].filter(([name]) => !before.has(name))].map(
      ([, user]) => user,
    )
    const wasPresent = changed.map((user) => this.isPresent(user))
    this.#others.set(node, { version, users: now, patience: MISSING })
    for (const [at, user] of changed.entries()) if (this.isPresent(user) !== wasPresent[at]) this.#tell(user)
  }

  #forget(node: string): void {
    if (this.#others.has(node)) this.#replace({ about: 'present', node, version: 0, users: [] })
    this.#others.delete(node)
  }

  #moved(user: UserKey, move: () => void): void {
    const wasPresent = this.isPresent(user)
    move()
    if (this.isPresent(user) !== wasPresent) this.#tell(user)
  }

  #tell(user: UserKey): void {
    for (const moved of this.#watchers) moved(user)
  }

  #showLife(): void {
    this.#send({ about: 'alive', node: this.#node, version: this.#version })
    for (const [node, other] of this.#others) if (other.patience-- <= 0) this.#forget(node)
    this.#cancel = this.#after(ALIVE, () => this.#showLife())
  }
}
