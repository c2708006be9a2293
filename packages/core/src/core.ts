import type { Command, CommandType, Query, QueryType, Result, User, UserCatchUp } from '@conversa/protocol'
import type { Actor } from './actor.ts'
import { type Executor, execute } from './execute.ts'
import { type Attachment, FanOut, type Listener } from './fan-out.ts'
import type { Context } from './handler.ts'
import type { Now, RandomBytes } from './ports.ts'
import { answer, watch } from './queries.ts'
import type { ServiceRecord, UserRecord } from './records.ts'
import type { Refusal } from './refusal.ts'
import { catchUpUser } from './resume.ts'
import { ensureService } from './service.ts'
import { sidMaker } from './sids.ts'
import { type SignIn, signIn } from './sign-in.ts'
import type { Store, UserKey } from './store.ts'
import { startTyping } from './typing.ts'
import { userView } from './views.ts'

/** What the core needs of the world. */
export interface Ports {
  readonly store: Store
  readonly now: Now
  readonly random: RandomBytes
  readonly digest: (text: string) => string
}

/** Everything that the doors may ask for. A façade: the rules stand in the files of the features. */
export class Core {
  readonly #store: Store
  readonly #executor: Executor
  readonly #fanOut: FanOut

  constructor({ store, now, random, digest }: Ports) {
    this.#store = store
    this.#fanOut = new FanOut(store)
    const publish: Executor['publish'] = (events) => this.#fanOut.publish(events)
    this.#executor = { store, now, makeSid: sidMaker(now, random), digest, publish }
  }

  /** Names the life of the store; what a client kept of another epoch is void. */
  get epoch(): string {
    return this.#store.epoch
  }

  /** Carries a command out; see `execute`. */
  execute<Name extends CommandType>(actor: Actor, command: Command<Name>): Promise<Result<Name> | Refusal> {
    return execute(this.#executor, actor, command)
  }

  /** Answers a query; see `answer`. */
  answer<Name extends QueryType>(actor: Actor, query: Query<Name>): Promise<Result<Name> | Refusal> {
    return answer(this.#store, actor, query)
  }

  /** Fetches a conversation and lets a session that is not in it hear of it, as far as the user may see; see `watch`. */
  watch(actor: Actor, query: Query<'conversation.get'>, attachment: Attachment): Promise<Result<'conversation.get'> | Refusal> {
    return watch(this.#store, actor, query, attachment)
  }

  /** Tells the others that somebody types; see `startTyping`. */
  startTyping(actor: Actor, conversationSid: string): Promise<{ timeout: number } | Refusal> {
    return startTyping(this.#store, this.#fanOut, actor, conversationSid)
  }

  /** Finds or makes the user of a token; see `signIn`. */
  signIn(grant: SignIn): Promise<UserRecord | Refusal> {
    return signIn(this.#executor, grant)
  }

  /** A signed-in user as they are now, and what they missed in their own scope; see `catchUpUser`. */
  catchUpUser(key: UserKey, after: number | undefined): Promise<{ user: User; news: UserCatchUp }> {
    return this.#store.read(async (reads) => {
      const user = await reads.user(key)
      if (!user) throw new Error('unable to catch up: the signed-in user is gone')
      return { user: userView(user), news: await catchUpUser(reads, user, after) }
    })
  }

  /** Lets a session hear everything that concerns a user; see `FanOut.attach`. */
  attach(key: UserKey, listener: Listener): Promise<Attachment> {
    return this.#fanOut.attach(key, listener)
  }

  /** Makes sure that a service is there; see `ensureService`. */
  ensureService(identity: Pick<ServiceRecord, 'sid' | 'accountSid' | 'friendlyName'>): Promise<ServiceRecord> {
    const context: Context = { now: this.#executor.now(), makeSid: this.#executor.makeSid }
    return ensureService(this.#store, identity, context)
  }

  /** The service with a SID, if there is one. */
  service(sid: string): Promise<ServiceRecord | undefined> {
    return this.#store.read((reads) => reads.service(sid))
  }

  /** Whether a write would succeed now. */
  writable(): Promise<boolean> {
    return this.#store.writable()
  }
}
