import type { User as UserRecord } from '@conversa/protocol'
import { LiveObjects } from './live-objects.ts'
import type { Session } from './session.ts'
import { changedFields } from './update-reasons.ts'
import { cellOfUser, User, type UserUpdatedEvent } from './user.ts'

const FIELDS = ['friendlyName', 'attributes'] as const

const NOBODY: UserRecord = {
  sid: '',
  identity: '',
  friendlyName: null,
  attributes: '{}',
  roleSid: '',
  dateCreated: 0,
  dateUpdated: 0,
}

/** The users that the application holds. */
export class Users {
  readonly #session: () => Session
  readonly #updated: (event: UserUpdatedEvent) => void
  readonly #objects = new LiveObjects<string, User>()
  #own: User = new User(this, { record: NOBODY })

  /** @param updated hears of every change */
  constructor(session: () => Session, updated: (event: UserUpdatedEvent) => void) {
    this.#session = session
    this.#updated = updated
  }

  /** The signed-in user; without an identity before the first session. */
  get own(): User {
    return this.#own
  }

  /** Somebody signed in, or did so again. */
  signedIn(record: UserRecord): void {
    const { identity } = this.#own
    if (identity === '') cellOfUser(this.#own).record = record
    else if (identity !== record.identity) this.#own = new User(this, { record })
    this.#objects.set(record.identity, this.#own)
    this.#take(this.#own, record)
  }

  /** The signed-in user changed. */
  changed(changes: Partial<UserRecord>): void {
    this.#take(this.#own, { ...cellOfUser(this.#own).record, ...changes })
  }

  /** @returns a user as they are now; rejects when there is no such user */
  async get(identity: string): Promise<User> {
    if (identity === this.#own.identity) return this.#own
    const { user: record } = await this.#session().query({ type: 'user.get', identity })
    const known = this.#objects.get(identity)
    if (known) this.#take(known, record)
    return known ?? this.#objects.set(identity, new User(this, { record }))
  }

  /** Changes a profile; settles when the object shows it. */
  async update(user: User, changes: Partial<Pick<UserRecord, 'friendlyName' | 'attributes'>>): Promise<void> {
    const isOwn = user === this.#own
    await this.#session().run({ type: 'user.update', ...(!isOwn && { identity: user.identity }), ...changes })
    // Of others nothing is told: what was changed is asked for.
    if (!isOwn) await this.get(user.identity)
  }

  /** Keeps a user's object from being collected while somebody listens to it. */
  pin(user: User, isPinned: boolean): void {
    this.#objects.pin(user, isPinned)
  }

  #take(user: User, record: UserRecord): void {
    const cell = cellOfUser(user)
    const updateReasons = changedFields(FIELDS, cell.record, record)
    cell.record = record
    if (updateReasons.length === 0) return
    const event = { user, updateReasons }
    user.emit('updated', event)
    this.#updated(event)
  }
}
