import type { ConversationEvent, ConversationView, Query, Result, TypingStarted } from '@conversa/protocol'
import type { ClientEvents, SharedEvents } from '../client-events.ts'
import { Conversation } from '../conversation.ts'
import type { Emitter } from '../emitter.ts'
import type { Participant } from '../participant.ts'
import type { Keyless } from '../session/outbox.ts'
import type { Session } from '../session/session.ts'
import type { Stream } from '../sync/stream.ts'
import { conversationUpdateReasons } from '../update-reasons.ts'
import { LiveMessages } from './live-messages.ts'
import { LiveParticipants } from './live-participants.ts'
import { RecentEvents } from './recent-events.ts'
import { Typing } from './typing.ts'
import type { Users } from './users.ts'

/** What all conversations of a client share. */
export interface LiveContext {
  readonly session: Session
  readonly users: Users
  readonly client: Emitter<ClientEvents>
}

/** What says nothing of the conversation that it is about. */
type Here<R> = R extends { readonly conversationSid: string } ? Omit<R, 'conversationSid'> : never

/** What an object shows, and the revision that this is of. */
interface Cell<R> {
  record: R
  revision: number
}

/** What is right at one revision. */
type Picture = Query<'message.page' | 'participant.get' | 'participant.list'>

/** What stands behind one `Conversation`: it turns what happened into the application's objects and events. */
export class LiveConversation {
  readonly stream: Stream
  readonly conversation: Conversation
  readonly #context: LiveContext
  // Made when needed: most of ten thousand conversations are never looked into.
  #messages: LiveMessages | undefined
  #participants: LiveParticipants | undefined
  #typing: Typing | undefined
  #recent: RecentEvents | undefined

  constructor(context: LiveContext, stream: Stream) {
    this.#context = context
    this.stream = stream
    this.conversation = new Conversation(this)
  }

  get sid(): string {
    return this.stream.sid
  }

  get session(): Session {
    return this.#context.session
  }

  get users(): Users {
    return this.#context.users
  }

  get messages(): LiveMessages {
    this.#messages ??= new LiveMessages(this)
    return this.#messages
  }

  get participants(): LiveParticipants {
    this.#participants ??= new LiveParticipants(this)
    return this.#participants
  }

  get typing(): Typing {
    this.#typing ??= new Typing(this.session.clock)
    return this.#typing
  }

  /** Whether anything of what is in it was read, or the application listens to it. */
  get isInUse(): boolean {
    return this.#recent !== undefined || this.conversation.eventNames().length > 0
  }

  /** Carries a command to this conversation out; see `Session.run`. */
  run<C extends Here<Keyless>>(command: C): Promise<Result<C['type']>> {
    return this.session.run({ conversationSid: this.sid, ...command } as Keyless) as Promise<Result<C['type']>>
  }

  /** Asks something about this conversation; see `Session.query`. */
  query<Q extends Here<Query>>(query: Q): Promise<Result<Q['type']>> {
    return this.session.query({ conversationSid: this.sid, ...query } as Query) as Promise<Result<Q['type']>>
  }

  /** Asks for a picture of something in it. @returns that, and the events that were told since and are not in it */
  read<Q extends Here<Picture>>(query: Q): Promise<{ answer: Result<Q['type']>; later: ConversationEvent[] }> {
    return this.#recentEvents.read(() => this.query(query))
  }

  /** Makes the user a participant. */
  async join(): Promise<void> {
    const { session, sid } = this
    await this.run({ type: 'participant.add', identity: session.identity })
    // The answer was given on an earlier connection, and the user's own scope has not come to it yet.
    if (!this.stream.isJoined) void session.sync.loader.recheck(sid)
  }

  /** The view, if it is kept up to date in all its counts; a fresh one otherwise. */
  async counted(): Promise<ConversationView> {
    return this.stream.isJoined ? this.stream.view : this.session.sync.loader.peek(this.sid)
  }

  /** Tells the listeners of the conversation, then those of the client. */
  tell<Name extends keyof SharedEvents>(name: Name, payload: SharedEvents[Name]): void {
    const emitters: Emitter<SharedEvents>[] = [this.conversation as never, this.#context.client as never]
    for (const emitter of emitters) emitter.emit(name, ...([payload] as never))
  }

  /** Whether events keep something up to date that was right at a revision. */
  isFollowed(known: { readonly revision: number }): boolean {
    return this.stream.isJoined && !this.#recentEvents.isStale(known)
  }

  /**
   * Folds an event into what an object shows, unless that is newer.
   *
   * @returns whether the event is to be told: when changes were missed before it, reading anew tells of all together
   */
  folds<R>(cell: Cell<R>, event: ConversationEvent, fold: (record: R, event: ConversationEvent) => R): boolean {
    if (!this.isFollowed(cell)) return false
    const { revision } = event
    if (revision > cell.revision) Object.assign(cell, { record: fold(cell.record, event), revision })
    return true
  }

  /** Whether anybody listens, here or at the client. */
  isHeard(name: keyof SharedEvents): boolean {
    return this.conversation.listenerCount(name) + this.#context.client.listenerCount(name) > 0
  }

  /** An event of the conversation; the view shows it already. */
  happened(event: ConversationEvent): void {
    this.#recent?.add(event)
    switch (event.type) {
      case 'message.added':
        this.#endTypingOf(event.message.participantSid)
        this.messages.happened(event)
        break
      case 'message.updated':
      case 'receipt.recorded':
      case 'message.removed':
        this.messages.happened(event)
        break
      case 'participant.joined':
      case 'participant.updated':
      case 'participant.left':
        this.participants.happened(event)
    }
  }

  /** The view differs from before. */
  changed(before: ConversationView): void {
    const updateReasons = conversationUpdateReasons(before, this.stream.view)
    if (updateReasons.length === 0) return
    const event = { conversation: this.conversation, updateReasons }
    this.conversation.emit('updated', event)
    this.#context.client.emit('conversationUpdated', event)
  }

  /** Events were missed: what the application holds is read anew. */
  jumped(isNewLife: boolean): void {
    if (this.#messages || this.#participants) this.#recentEvents.skippedTo(this.stream.view.revision)
    for (const refreshed of [this.#messages?.refresh(isNewLife), this.#participants?.refresh(isNewLife)]) {
      refreshed?.catch(() => {
        // Refused: the conversation is gone, and its end is told.
      })
    }
  }

  /** The user is not in the conversation any more. */
  removed(): void {
    this.#typing?.clear()
    this.#participants?.clear()
    this.#context.client.emit('conversationRemoved', this.conversation)
    this.conversation.emit('removed', this.conversation)
  }

  /** Somebody types. */
  typed({ participantSid, timeout }: TypingStarted): void {
    const started = (participant: Participant) => {
      this.typing.started(participantSid, timeout, () => this.#tellTyping('typingEnded', participant))
      this.#tellTyping('typingStarted', participant)
    }
    const known = this.participants.known(participantSid)
    if (known) started(known)
    else if (this.isHeard('typingStarted')) {
      this.participants.find(participantSid).then(started, () => {
        // They have left already.
      })
    }
  }

  /** Somebody types no more, if they did. */
  typingEnded(participant: Participant): void {
    if (this.#typing?.ended(participant.sid)) this.#tellTyping('typingEnded', participant)
  }

  get #recentEvents(): RecentEvents {
    this.#recent ??= new RecentEvents()
    return this.#recent
  }

  #endTypingOf(participantSid: string | null): void {
    const typist = participantSid !== null && this.#typing?.isTyping(participantSid) && this.participants.known(participantSid)
    if (typist) this.typingEnded(typist)
  }

  #tellTyping(name: 'typingStarted' | 'typingEnded', participant: Participant): void {
    participant.emit(name, participant)
    this.tell(name, participant)
  }
}
