import type { ConversationPage, ListCursor, Query } from '@conversa/protocol'
import type { Doubt } from './doubt.ts'
import type { Loader } from './loader.ts'

export interface ListingOptions {
  readonly loader: Loader
  readonly doubt: Doubt
  /** Asks on the present connection; rejects when that is lost. */
  readonly ask: AskList
}

export type AskList = (query: Query<'conversation.list'>) => Promise<ConversationPage>

/** Conversations per page. */
const LIST_PAGE = 50

/**
 * Reads the list of the user's conversations, newest activity first, one page after the other. Activity moves conversations to the top
 * while it is being read; those show by their events. After an interruption it therefore begins anew.
 */
export class Listing {
  readonly #options: ListingOptions
  #run = 0
  /** Whether the whole list was read since the last interruption. */
  isComplete = false

  constructor(options: ListingOptions) {
    this.#options = options
  }

  /**
   * Reads the list.
   *
   * @param onFirstPage called when the newest conversations are known
   * @returns settles when all are known, or when another reading has begun; rejects when the connection is lost
   */
  async read(onFirstPage: () => void): Promise<void> {
    const run = ++this.#run
    this.isComplete = false
    let after: ListCursor | undefined
    do {
      const { next }: ConversationPage = await this.page(after, this.#options.ask)
      if (run !== this.#run) return
      if (!after) onFirstPage()
      after = next ?? undefined
    } while (after)
    this.isComplete = true
  }

  /**
   * Reads one page and takes its conversations in.
   *
   * @param after where the page before ended
   * @returns the page as the server gave it
   */
  async page(after: ListCursor | undefined, ask: AskList): Promise<ConversationPage> {
    const { loader, doubt } = this.#options
    const query = { type: 'conversation.list', limit: LIST_PAGE, ...(after && { after }) } as const
    const { answer, doubtful } = await doubt.ask(ask(query))
    for (const view of answer.conversations) {
      if (doubtful.has(view.sid)) loader.recheck(view.sid)
      else loader.admit(view)
    }
    return answer
  }
}
