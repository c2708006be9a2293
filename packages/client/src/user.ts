import type { Reachability, User as UserRecord } from '@conversa/protocol'
import { requireStringOrNull } from './arguments.ts'
import { attributesText } from './attributes.ts'
import { Emitter, nameEvents } from './emitter.ts'
import type { Users } from './live/users.ts'
import { Shown } from './shown.ts'

/** What can change about a user. */
export type UserUpdateReason = 'friendlyName' | 'attributes' | 'reachabilityOnline' | 'reachabilityNotifiable'

/** What `updated` of a user and `userUpdated` of the client tell. */
export interface UserUpdatedEvent {
  user: User
  updateReasons: UserUpdateReason[]
}

/** Events of a user. */
export interface UserEvents {
  updated: UserUpdatedEvent
  userSubscribed: User
  userUnsubscribed: User
}

/** What a user shows. */
export interface UserCell {
  record: UserRecord
  /** Null while the service does not tell. */
  reachability: Reachability | null
}

/** A user. The signed-in one stays up to date, and the others do while they are subscribed: `getUser` subscribes them. */
export class User extends Emitter<UserEvents> {
  declare static readonly updated: 'updated'
  declare static readonly userSubscribed: 'userSubscribed'
  declare static readonly userUnsubscribed: 'userUnsubscribed'
  /** @internal What the object shows. (A static block would keep it private, but Safari knows those from 16.4 on.) */
  static readonly cellOf = (user: User): UserCell => user.#cell

  readonly #users: Users
  readonly #cell: UserCell
  readonly #shown = new Shown()

  /** @internal */
  constructor(users: Users, cell: UserCell) {
    super()
    this.#users = users
    this.#cell = cell
  }

  get identity(): string {
    return this.#cell.record.identity
  }

  get friendlyName(): string | null {
    return this.#cell.record.friendlyName
  }

  /** The user's custom attributes. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  get attributes(): any {
    return this.#shown.attributes(this.#cell.record.attributes)
  }

  /** Whether the user is connected; null while the service does not tell. */
  get isOnline(): boolean | null {
    return this.#cell.reachability?.online ?? null
  }

  /** Whether the user can be reached by push; null while the service does not tell. */
  get isNotifiable(): boolean | null {
    return this.#cell.reachability?.notifiable ?? null
  }

  /** Whether the object stays up to date. */
  get isSubscribed(): boolean {
    return this.#users.isSubscribed(this)
  }

  /** Lets the object be as it is now, and frees its place among the subscribed users. Of the signed-in user it does nothing. */
  async unsubscribe(): Promise<void> {
    this.#users.unsubscribe(this)
  }

  /** Renames the user; null removes the name. @returns this user; rejects when refused */
  async updateFriendlyName(friendlyName: string | null): Promise<User> {
    requireStringOrNull(friendlyName, 'friendlyName')
    await this.#users.update(this, { friendlyName })
    return this
  }

  /** Replaces the custom attributes. @returns this user; rejects when refused */
  async updateAttributes(attributes: unknown): Promise<User> {
    await this.#users.update(this, { attributes: attributesText(attributes) })
    return this
  }

  protected override observed(isObserved: boolean): void {
    this.#users.pin(this, isObserved)
  }
}

nameEvents(User, 'updated', 'userSubscribed', 'userUnsubscribed')

/** Types by their names of 1.x. */
export declare namespace User {
  export type UpdateReason = UserUpdateReason
  export type UpdatedEventArgs = UserUpdatedEvent
}

export const cellOfUser = User.cellOf
