import type { ConversationPage, ListCursor, Query } from '@conversa/protocol'
import type { Clock } from '../connection/clock.ts'
import type { Doubt } from './doubt.ts'
import type { Loader } from './loader.ts'

export interface ListingOptions {
  readonly clock: Clock
  readonly loader: Loader
  readonly doubt: Doubt
  /** Asks on the present connection; rejects when that is lost. */
  readonly ask: AskList
}

export type AskList = (query: Query<'conversation.list'>) => Promise<ConversationPage>

/** Conversations on a page of an application, and in the first window: few, to be there at once. */
const WINDOW = 50
/** Conversations per question behind the window: as many as the server allows, since each has it look at the whole list. */
const MOST_PER_QUERY = 100

/*
 * The list runs from the newest activity to the oldest, and activity moves conversations to its top while it is being read. A walk
 * through all of it therefore descends more than once: the first time to the end, then again from the top to where the first page
 * of the descent before ended, since whatever moved up meanwhile is above that. A descent of one page is a picture of one moment,
 * in which nothing can be missed: it ends the walk. So a walk may also pause, for the length of an outage or longer.
 */

/** A place on a walk through the list. */
export interface ListPlace {
  /** Where the page before ended; absent at the top. */
  readonly after?: ListCursor
  /** Where the first page of this descent ended. */
  readonly firstEnd?: ListCursor
  /** Where this descent ends; the end of the list when absent. */
  readonly floor?: ListCursor
}

/** Where every walk begins. */
export const LIST_TOP: ListPlace = {}

/** A page, and where the walk goes on; nowhere when all was read. */
export interface ListPage {
  readonly sids: readonly string[]
  readonly next: ListPlace | undefined
}

/** Reads the list of the user's conversations, newest activity first, one page after the other. */
export class Listing {
  readonly #options: ListingOptions
  #run = 0
  #place: ListPlace | undefined = LIST_TOP

  constructor(options: ListingOptions) {
    this.#options = options
  }

  /** Whether the whole list was read. */
  get isComplete(): boolean {
    return this.#place === undefined
  }

  /** Forgets what was read: the list may be another one. */
  restart(): void {
    this.#place = LIST_TOP
  }

  /**
   * Reads the list, from where the last reading was interrupted.
   *
   * @param onFirstPage called when the newest conversations are known
   * @returns settles when all are known, or when another reading has begun; rejects when the connection is lost
   */
  async read(onFirstPage: () => void): Promise<void> {
    const run = ++this.#run
    for (let place = this.#place; place; place = this.#place) {
      const { next } = await this.#page(place, place === LIST_TOP ? WINDOW : MOST_PER_QUERY, this.#options.ask)
      if (run !== this.#run) return
      this.#place = next
      if (place !== LIST_TOP) continue
      onFirstPage()
      // What the application asks for now goes first.
      await new Promise<void>((go) => this.#options.clock.after(0, go))
      if (run !== this.#run) return
    }
  }

  /**
   * Reads on for somebody who wants each conversation once. At the end of the list that is also what moved up since it was begun.
   *
   * @param given what was on the pages before
   */
  async readOn(place: ListPlace, given: ReadonlySet<string>, ask: AskList): Promise<ListPage> {
    const found = new Set<string>()
    let next: ListPlace | undefined = place
    do {
      const page: ListPage = await this.#page(next, WINDOW, ask)
      for (const sid of page.sids) if (!given.has(sid)) found.add(sid)
      next = page.next
    } while (next?.floor)
    return { sids: [...found], next }
  }

  /** Reads one page and takes its conversations in. */
  async #page(place: ListPlace, limit: number, ask: AskList): Promise<ListPage> {
    const { loader, doubt } = this.#options
    const { after } = place
    const query = { type: 'conversation.list', limit, ...(after && { after }) } as const
    const { answer, doubtful } = await doubt.ask(ask(query))
    for (const view of answer.conversations) {
      if (doubtful.has(view.sid)) await loader.recheck(view.sid)
      else loader.admit(view)
    }
    return { sids: answer.conversations.map(({ sid }) => sid), next: onward(place, answer.next) }
  }
}

function onward({ after, firstEnd, floor }: ListPlace, end: ListCursor | null): ListPlace | undefined {
  const first = firstEnd ?? end
  if (end && first && (!floor || isAbove(end, floor))) return { after: end, firstEnd: first, ...(floor && { floor }) }
  return after && first ? { floor: first } : undefined
}

function isAbove(one: ListCursor, other: ListCursor): boolean {
  return one.activity > other.activity || (one.activity === other.activity && one.conversationSid > other.conversationSid)
}
