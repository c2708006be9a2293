import type { Reachability } from '@conversa/protocol'
import type { FanOut } from '../fan-out/fan-out.ts'
import type { Presence } from '../fan-out/presence.ts'
import type { After } from '../ports/ports.ts'
import type { Reads, Store, UserKey } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'

/** Milliseconds for which a user whose last session ended still counts as online: whoever reconnects does not flicker. */
const GRACE = 2000

/** What telling of reachability needs. */
export interface ReachabilityContext {
  readonly store: Store
  readonly presence: Presence
  readonly after: After
  readonly fanOut: FanOut
}

/** A look at one user that is under way. */
interface Check {
  /** Something may have changed since it began. */
  isStale: boolean
  /** The service may have stopped to tell: that is told too. */
  isSwitched: boolean
  /** Settles when it is told. */
  done: Promise<void>
}

/**
 * Who is online and who can be reached by push, where the service tells it (rest-and-semantics 3.12). It is nowhere stored: it
 * follows from the sessions and from the push registrations, and passes by like typing.
 */
export class UserReachability {
  readonly #context: ReachabilityContext
  /** Users who went a moment ago, with what calls their end off. */
  readonly #leaving = new Map<string, () => void>()
  readonly #checks = new Map<string, Check>()

  constructor(context: ReachabilityContext) {
    this.#context = context
    context.presence.watch((key) => this.#moved(key))
  }

  /** How a user can be reached; null where the service does not tell. */
  async of(reads: Reads, key: UserKey): Promise<Reachability | null> {
    const service = await reads.service(key.serviceSid)
    if (!service?.reachabilityEnabled) return null
    const registrations = await reads.pushRegistrations(key, 1)
    const online = this.#context.presence.isPresent(key) || this.#leaving.has(userName(key))
    return { online, notifiable: registrations.length > 0 }
  }

  /** Users got their first push registration or lost their last one. */
  registered(keys: readonly UserKey[]): void {
    for (const key of keys) this.#check(key)
  }

  /** The service begins to tell, or stops: everybody who hears of one of its users is told how they are now. */
  checkAll(serviceSid: string): void {
    for (const key of this.#context.fanOut.heardOf(serviceSid)) this.#check(key, true)
  }

  /** Waits until everything that was found out is told. */
  async settled(): Promise<void> {
    while (this.#checks.size > 0) await Promise.all(this.#checks.values().map(({ done }) => done))
  }

  #moved(key: UserKey): void {
    const { presence, after } = this.#context
    const name = userName(key)
    const callOff = this.#leaving.get(name)
    callOff?.()
    this.#leaving.delete(name)
    if (!presence.isPresent(key)) {
      const gone = () => {
        this.#leaving.delete(name)
        this.#checkForOthers(key)
      }
      this.#leaving.set(name, after(GRACE, gone))
    } else if (!callOff) this.#checkForOthers(key)
  }

  /** Whoever is connected knows that they are online. */
  #checkForOthers(key: UserKey): void {
    if (this.#context.fanOut.isFollowed(key)) this.#check(key)
  }

  /** One look at a time for each user, so that what is told last is how they are. */
  #check(key: UserKey, isSwitched = false): void {
    const name = userName(key)
    const check = this.#checks.get(name)
    if (check) Object.assign(check, { isStale: true, isSwitched: check.isSwitched || isSwitched })
    else if (this.#context.fanOut.isHeardOf(key)) {
      const begun: Check = { isStale: true, isSwitched, done: Promise.resolve() }
      this.#checks.set(name, begun)
      begun.done = this.#run(key, begun)
    }
  }

  async #run(key: UserKey, check: Check): Promise<void> {
    while (check.isStale) {
      check.isStale = false
      const reachability = await this.#look(key)
      if (reachability === undefined || (reachability === null && !check.isSwitched)) continue
      this.#context.fanOut.tellOf(key, { type: 'reachability.updated', identity: key.identity, reachability })
    }
    this.#checks.delete(userName(key))
  }

  /** @returns undefined when the store cannot be read now: it is told at the next change, and to whoever asks */
  async #look(key: UserKey): Promise<Reachability | null | undefined> {
    try {
      return await this.#context.store.read((reads) => this.of(reads, key))
    } catch {
      return undefined
    }
  }
}
