import { type ConversationRecord, type ParticipantRecord, type UserKey, type UserRecord, userName } from '@conversa/core'
import { BoundedMap } from '../../bounded-map.ts'
import type { MemberKey } from '../tables/participant-table.ts'

/** Conversations, users and members that are remembered, each. */
const REMEMBERED = 10_000

/** A conversation as a transaction found it when it locked its row. */
export interface LockedConversation {
  readonly record: ConversationRecord
  /** The transaction that wrote the row: nobody has written it since if it is the same. */
  readonly version: string
}

/** A conversation as this node left it. */
interface Room {
  version: string
  /** Whether another node wrote it before its last lock. Then its members are read with every lock, as they may be needed. */
  isShared: boolean
}

/** A member with one name for both of what they are found by. */
export interface Member extends MemberKey {
  readonly name: string
}

interface KnownMember {
  readonly room: Room
  /** The revision of the user: how they are told of a conversation changes with it and not with the conversation. */
  readonly userRevision: number
  readonly participant: ParticipantRecord
}

/**
 * What this node knows of who sends: users, and who they are in a conversation. A member is known as long as nobody else wrote the row of
 * the conversation, which a transaction finds out when it locks it, nor the user. So a group of sends reads nearly nothing: to read
 * and parse the rows of its senders took half of the time of a send.
 */
export class FactCache {
  readonly #rooms = new BoundedMap<string, Room>(REMEMBERED)
  readonly #users = new BoundedMap<string, UserRecord>(REMEMBERED)
  readonly #members = new BoundedMap<string, KnownMember>(REMEMBERED)

  /** A user as they were last read; whoever uses it checks the revision. */
  user(key: UserKey): UserRecord | undefined {
    return this.#users.get(userName(key))
  }

  /** Whether a member is probably known when the conversation is locked. */
  expects({ conversationSid, name }: Member): boolean {
    const room = this.#rooms.get(conversationSid)
    return room?.isShared === false && this.#members.get(name)?.room === room
  }

  /** Hears how a conversation was found when it was locked: what was known of its members before another node wrote it is void. */
  locked({ record: { sid }, version }: LockedConversation): void {
    const room = this.#rooms.get(sid)
    if (room?.version === version) room.isShared = false
    else this.#rooms.set(sid, { version, isShared: room !== undefined })
  }

  /** A member, when they are known as they are; the conversation is locked, and the user was read after that. */
  member({ conversationSid, name }: Member, user: UserRecord | undefined): ParticipantRecord | undefined {
    const member = this.#members.get(name)
    const isValid = member && member.room === this.#rooms.get(conversationSid) && member.userRevision === user?.revision
    return isValid ? member.participant : undefined
  }

  /** Hears of a conversation after a commit. @param version undefined when it is not there any more, or not known */
  left(sid: string, version: string | undefined): void {
    const room = this.#rooms.get(sid)
    if (version === undefined) this.#rooms.delete(sid)
    else if (room) room.version = version
  }

  rememberUser(user: UserRecord): void {
    this.#users.set(userName(user), user)
  }

  /** Remembers a member of a conversation that was locked, as of now. @param participant undefined when they are not known */
  rememberMember(
    { conversationSid, name }: Member,
    participant: ParticipantRecord | undefined,
    user: UserRecord | undefined,
  ): void {
    const room = this.#rooms.get(conversationSid)
    if (!room || !participant || !user) {
      this.#members.delete(name)
      return
    }
    const known = this.#members.get(name)
    if (known?.room === room && known.participant === participant && known.userRevision === user.revision) return
    this.#members.set(name, { room, participant, userRevision: user.revision })
  }
}
