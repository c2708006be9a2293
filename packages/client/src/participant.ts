import type { Participant as ParticipantRecord } from '@conversa/protocol'
import { requireText } from './arguments.ts'
import { attributesText } from './attributes.ts'
import type { Conversation } from './conversation.ts'
import { Emitter, nameEvents } from './emitter.ts'
import { failure } from './errors.ts'
import type { LiveConversation } from './live/live-conversation.ts'
import { bindingsOf, type ParticipantBindings, type ParticipantType } from './participant-binding.ts'
import { Shown } from './shown.ts'
import type { User } from './user.ts'

/** What can change about a participant. */
export type ParticipantUpdateReason =
  | 'attributes'
  | 'dateCreated'
  | 'dateUpdated'
  | 'roleSid'
  | 'lastReadMessageIndex'
  | 'lastReadTimestamp'
  | 'bindings'

/** What `updated` of a participant and `participantUpdated` tell. */
export interface ParticipantUpdatedEvent {
  participant: Participant
  updateReasons: ParticipantUpdateReason[]
}

/** Events of a participant. */
export interface ParticipantEvents {
  updated: ParticipantUpdatedEvent
  typingStarted: Participant
  typingEnded: Participant
}

/** What a participant shows, and the revision of the conversation that it shows. */
export interface ParticipantCell {
  record: ParticipantRecord
  revision: number
}

/** Somebody in a conversation. It stays up to date. */
export class Participant extends Emitter<ParticipantEvents> {
  declare static readonly updated: 'updated'
  declare static readonly typingStarted: 'typingStarted'
  declare static readonly typingEnded: 'typingEnded'
  /** @internal What the object shows. (A static block would keep it private, but Safari knows those from 16.4 on.) */
  static readonly cellOf = (participant: Participant): ParticipantCell => participant.#cell

  readonly #live: LiveConversation
  readonly #cell: ParticipantCell
  readonly #shown = new Shown()

  /** @internal */
  constructor(live: LiveConversation, cell: ParticipantCell) {
    super()
    this.#live = live
    this.#cell = cell
  }

  /** The participant's unique system identifier. */
  get sid(): string {
    return this.#cell.record.sid
  }

  get identity(): string | null {
    return this.#cell.record.identity
  }

  /** SID of their role; empty for somebody without one. */
  get roleSid(): string {
    return this.#cell.record.roleSid ?? ''
  }

  /** The participant's custom attributes. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  get attributes(): any {
    return this.#shown.attributes(this.#cell.record.attributes)
  }

  /** The conversation that they are in. */
  get conversation(): Conversation {
    return this.#live.conversation
  }

  get dateCreated(): Date {
    return this.#shown.date(this.#cell.record, 'dateCreated')
  }

  get dateUpdated(): Date {
    return this.#shown.date(this.#cell.record, 'dateUpdated')
  }

  /** Index of the last message that they read; null when they never read any. */
  get lastReadMessageIndex(): number | null {
    return this.#cell.record.lastReadMessageIndex
  }

  get lastReadTimestamp(): Date | null {
    const { lastReadTimestamp } = this.#cell.record
    return lastReadTimestamp === null ? null : this.#shown.date({ lastReadTimestamp }, 'lastReadTimestamp')
  }

  /** Whether they are typing now. */
  get isTyping(): boolean {
    return this.#live.typing.isTyping(this.sid)
  }

  /** How they take part: in the app, or by what else. */
  get type(): ParticipantType {
    return this.#cell.record.binding?.type ?? 'chat'
  }

  /** How they are reached outside of the app, under their type; empty for who is in it. */
  get bindings(): ParticipantBindings {
    return this.#shown.of('bindings', this.#cell.record.binding, bindingsOf)
  }

  /** @returns the user who takes part; rejects for who is not in the app */
  async getUser(): Promise<User> {
    const { identity } = this
    if (identity === null) throw failure('userNotFound')
    return this.#live.users.get(identity)
  }

  /** Removes them from the conversation. Rejects when refused. */
  async remove(): Promise<void> {
    await this.#live.run({ type: 'participant.remove', participant: this.sid })
  }

  /** Replaces the custom attributes. @returns this participant; rejects when refused */
  async updateAttributes(attributes: unknown): Promise<Participant> {
    return this.#update({ attributes: attributesText(attributes) })
  }

  /**
   * Gives them another role: `Conversation.getRoles` says which ones the user may give, and so may take.
   *
   * @returns this participant; rejects when refused: 50107 when a permission is missing
   */
  async updateRole(roleSid: string): Promise<Participant> {
    requireText(roleSid, 'roleSid')
    return this.#update({ roleSid })
  }

  async #update(changes: { attributes: string } | { roleSid: string }): Promise<Participant> {
    await this.#live.run({ type: 'participant.update', participant: this.sid, ...changes })
    return this
  }
}

nameEvents(Participant, 'updated', 'typingStarted', 'typingEnded')

/** Types by their names of 1.x. */
export declare namespace Participant {
  export type Type = ParticipantType
  export type UpdateReason = ParticipantUpdateReason
  export type UpdatedEventArgs = ParticipantUpdatedEvent
}

export const cellOfParticipant = Participant.cellOf
