import { applyConversationEvent, type ConversationEvent, type ConversationView } from '@conversa/protocol'

/** What a stream waits for before it goes on, and who waits for the stream. */
export interface Behind {
  /** Events that came meanwhile; a bounded number. */
  readonly held: ConversationEvent[]
  /** The highest revision that was seen, held or not. */
  seen: number
  /** Answers in a row that brought nothing new. */
  fruitless: number
  readonly waiters: (() => void)[]
}

/**
 * One conversation as the client knows it: its view, and up to which revision the application was told. The view may be ahead: a
 * conversation that is loaded because of an event is newer than that event.
 */
export class Stream {
  readonly sid: string
  view: ConversationView
  /** Events up to this revision were told, each once. */
  told: number
  /** The highest index of a message that was told, or that was there when the conversation was loaded. */
  lastIndex: number
  /** Up to this index there are messages to be read and told, because a snapshot passed over them. */
  owed: number | undefined
  /** Set while events cannot be told as they come. */
  behind: Behind | undefined
  /** Whether the server was asked to tell of it although the user is not in it. */
  isWatched = false
  /** The store was restored to another life: everything that is known is to be read anew. */
  isVoid = false
  /** Gone for this user. The application may still hold its object. */
  isRemoved = false

  /** @param told the revision that the application is at; that of the view unless events before it are still to be told */
  constructor(view: ConversationView, told: number = view.revision) {
    this.sid = view.sid
    this.view = view
    this.told = told
    this.lastIndex = lastIndexOf(view)
  }

  /** Whether the user is in the conversation. */
  get isJoined(): boolean {
    return this.view.membership !== null && !this.isRemoved
  }

  /** Begins anew with another view, of a conversation that was gone or that the user was not in. */
  restart(view: ConversationView, told: number = view.revision): void {
    this.view = view
    this.told = told
    this.lastIndex = lastIndexOf(view)
    this.owed = undefined
    this.isVoid = false
    this.isRemoved = false
    this.current()
  }

  /** Takes a view in the place of events that were missed; messages that nobody was told of are owed. */
  skipTo(view: ConversationView): void {
    this.view = view
    this.told = view.revision
    const last = lastIndexOf(view)
    if (this.isVoid) this.lastIndex = last
    else if (last > this.lastIndex) this.owed = last
    this.isVoid = false
  }

  /**
   * Folds an event that is to be told now.
   *
   * @returns whether the conversation is still there
   */
  fold(event: ConversationEvent): boolean {
    this.told = event.revision
    if (event.type === 'message.added') this.lastIndex = Math.max(this.lastIndex, event.message.index)
    if (event.revision <= this.view.revision) return true
    const view = applyConversationEvent(this.view, event)
    if (view) this.view = view
    return view !== null
  }

  /** Holds events back from now on. Who waited already goes on waiting. */
  fallBehind(seen = 0): Behind {
    this.behind = { held: [], seen, fruitless: 0, waiters: this.behind?.waiters ?? [] }
    return this.behind
  }

  /** Events are told as they come again. */
  current(): void {
    const waiters = this.behind?.waiters ?? []
    this.behind = undefined
    for (const go of waiters) go()
  }

  /** Runs something as soon as everything that is known to have happened was told. */
  whenCurrent(go: () => void): void {
    if (this.behind) this.behind.waiters.push(go)
    else go()
  }
}

function lastIndexOf(view: ConversationView): number {
  return view.lastMessage?.index ?? -1
}
