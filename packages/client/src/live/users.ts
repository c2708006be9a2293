import type { ProfileUpdated, Reachability, ReachabilityUpdated, Result, User as UserRecord } from '@conversa/protocol'
import type { ClientEvents } from '../client-events.ts'
import type { Emitter } from '../emitter.ts'
import type { ConversaError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import { cellOfUser, User, type UserCell, type UserUpdateReason } from '../user.ts'
import { LiveObjects } from './live-objects.ts'

/** The value behind each reason. */
const VALUES: { readonly [Reason in UserUpdateReason]: (cell: UserCell) => unknown } = {
  friendlyName: ({ record }) => record.friendlyName,
  attributes: ({ record }) => record.attributes,
  reachabilityOnline: ({ reachability }) => reachability?.online,
  reachabilityNotifiable: ({ reachability }) => reachability?.notifiable,
}

const REASONS = Object.keys(VALUES) as UserUpdateReason[]

const NOBODY: UserRecord = {
  sid: '',
  identity: '',
  friendlyName: null,
  attributes: '{}',
  roleSid: '',
  dateCreated: 0,
  dateUpdated: 0,
}

/** A question about a user that is not answered yet. */
interface Question {
  readonly answered: Promise<User>
  /** Whether the application waits for it. */
  isWanted: boolean
  /** What was told since it was asked, which is not older than the answer. */
  heard: Partial<UserCell>
}

/** The users that the application holds. Those that it asked for stay up to date until they are unsubscribed. */
export class Users {
  readonly #session: () => Session
  readonly #client: Emitter<ClientEvents>
  readonly #objects = new LiveObjects<string, User>()
  readonly #subscribed = new Map<string, User>()
  readonly #questions = new Map<string, Question>()
  #own: User = new User(this, { record: NOBODY, reachability: null })

  constructor(session: () => Session, client: Emitter<ClientEvents>) {
    this.#session = session
    this.#client = client
  }

  /** The signed-in user; without an identity before the first session. */
  get own(): User {
    return this.#own
  }

  /** The others that are kept up to date, in the order of their subscription. */
  get subscribed(): User[] {
    return [...this.#subscribed.values()]
  }

  /** Whether a user is kept up to date. */
  isSubscribed(user: User): boolean {
    return user === this.#own || this.#subscribed.get(user.identity) === user
  }

  /** Somebody signed in, or did so again: what is known of the others is asked for anew. */
  signedIn(record: UserRecord, reachability: Reachability | null): void {
    const { identity } = this.#own
    if (identity === '') Object.assign(cellOfUser(this.#own), { record, reachability })
    else if (identity !== record.identity) {
      this.#own = new User(this, { record, reachability })
      this.#questions.clear()
      for (const user of this.subscribed) this.#end(user)
    }
    this.#objects.set(record.identity, this.#own)
    this.#take(this.#own, { record, reachability })
    // They are asked again on this connection; what was told on the last one is older than the answers.
    for (const question of this.#questions.values()) question.heard = {}
    for (const user of this.subscribed) this.#askAnew(user)
  }

  /** The signed-in user changed. */
  changed(changes: Partial<UserRecord>): void {
    this.#take(this.#own, { record: { ...cellOfUser(this.#own).record, ...changes } })
  }

  /** Somebody, or how they can be reached, is like this now. */
  told(event: ProfileUpdated | ReachabilityUpdated): void {
    const isProfile = event.type === 'profile.updated'
    const { identity } = isProfile ? event.user : event
    const news = isProfile ? { record: event.user } : { reachability: event.reachability }
    Object.assign(this.#questions.get(identity)?.heard ?? {}, news)
    const user = identity === this.#own.identity ? this.#own : this.#subscribed.get(identity)
    if (user) this.#take(user, news)
  }

  /** @returns a user, who is kept up to date from then on; rejects when there is no such user */
  async get(identity: string): Promise<User> {
    if (identity === this.#own.identity) return this.#own
    const known = this.#subscribed.get(identity)
    if (known) return known
    const question = this.#ask(identity)
    question.isWanted = true
    return question.answered
  }

  /** Lets a user be as they are now. */
  unsubscribe(user: User): void {
    if (user === this.#own || !this.isSubscribed(user)) return
    this.#end(user)
    this.#session().unsubscribeUser(user.identity)
  }

  /** Changes a profile; settles when the object shows it. */
  async update(user: User, changes: Partial<Pick<UserRecord, 'friendlyName' | 'attributes'>>): Promise<void> {
    const isOwn = user === this.#own
    await this.#session().run({ type: 'user.update', ...(!isOwn && { identity: user.identity }), ...changes })
    // Who is subscribed was told of it, unless on a connection that is lost: then they are asked for already.
    const question = this.isSubscribed(user) ? this.#questions.get(user.identity) : this.#ask(user.identity)
    await question?.answered
  }

  /** Keeps a user's object from being collected while somebody listens to it. */
  pin(user: User, isPinned: boolean): void {
    this.#objects.pin(user, isPinned)
  }

  #ask(identity: string): Question {
    const known = this.#questions.get(identity)
    if (known) return known
    const asked = this.#session().query({ type: 'user.get', identity })
    const done = () => {
      if (this.#questions.get(identity) === question) this.#questions.delete(identity)
    }
    const answered = asked.finally(done).then((answer) => this.#answered(question, answer))
    const question: Question = { answered, isWanted: false, heard: {} }
    this.#questions.set(identity, question)
    return question
  }

  #askAnew(user: User): void {
    this.#ask(user.identity).answered.catch(({ status }: ConversaError) => {
      if (status === 404 && this.isSubscribed(user)) this.#end(user)
    })
  }

  #answered({ heard, isWanted }: Question, { user: record, reachability, unsubscribed }: Result<'user.get'>): User {
    const { identity } = record
    const cell = { record, reachability, ...heard }
    const user = this.#objects.get(identity) ?? this.#objects.set(identity, new User(this, cell))
    this.#take(user, cell)
    if (isWanted && !this.isSubscribed(user)) {
      this.#subscribed.set(identity, user)
      user.emit('userSubscribed', user)
      this.#client.emit('userSubscribed', user)
    } else if (!this.isSubscribed(user)) this.#session().unsubscribeUser(identity)
    const lost = unsubscribed === undefined ? undefined : this.#subscribed.get(unsubscribed)
    if (lost) this.#end(lost)
    return user
  }

  #end(user: User): void {
    this.#subscribed.delete(user.identity)
    user.emit('userUnsubscribed', user)
    this.#client.emit('userUnsubscribed', user)
  }

  #take(user: User, news: Partial<UserCell>): void {
    const cell = cellOfUser(user)
    const before = { ...cell }
    Object.assign(cell, news)
    const updateReasons = REASONS.filter((reason) => VALUES[reason](before) !== VALUES[reason](cell))
    if (updateReasons.length === 0) return
    const event = { user, updateReasons }
    user.emit('updated', event)
    this.#client.emit('userUpdated', event)
  }
}
