import type { ConversationEvent } from '@conversa/protocol'

/**
 * What happened in a conversation while answers about it were under way. An answer is a picture of one revision; what was told since
 * is to be folded into it before anybody sees it.
 */
export class RecentEvents {
  #readers = 0
  #events: ConversationEvent[] = []
  #skippedTo = 0

  /** Whether what was known at a revision may have changed without an event, since a snapshot came after it. */
  isStale({ revision }: { readonly revision: number }): boolean {
    return revision < this.#skippedTo
  }

  /** An event was told. */
  add(event: ConversationEvent): void {
    if (this.#readers > 0) this.#events.push(event)
  }

  /** A snapshot came in the place of events: pictures from before it are of no use. */
  skippedTo(revision: number): void {
    this.#skippedTo = revision
  }

  /**
   * Asks for a picture.
   *
   * @param ask may be called again, if the answer is too old
   * @returns the answer, and the events that were told and are not in it
   */
  async read<T extends { readonly revision: number }>(ask: () => Promise<T>): Promise<{ answer: T; later: ConversationEvent[] }> {
    this.#readers++
    try {
      let answer = await ask()
      if (this.isStale(answer)) answer = await ask()
      return { answer, later: this.#events.filter(({ revision }) => revision > answer.revision) }
    } finally {
      if (--this.#readers === 0) this.#events = []
    }
  }
}
