import type { Event } from '@conversa/protocol'
import type { RawClient } from '../end-to-end/raw-client.ts'
import { readAll } from './read-all.ts'

/**
 * Somebody who reads along: live events, and after every reconnect exactly what was missed. Whoever missed more than is told in one
 * piece reads the messages, where that is expected.
 */
export class Reader {
  readonly told: number[] = []
  readonly holes: string[] = []
  readonly #conversationSid: string
  #revision: number
  /** Live events that wait until what was missed is known. */
  #held: Event[] | undefined = []

  readonly #mayMissMuch: boolean

  constructor(conversationSid: string, revision: number, mayMissMuch = false) {
    this.#conversationSid = conversationSid
    this.#revision = revision
    this.#mayMissMuch = mayMissMuch
  }

  /** Catches up over a new connection, and goes on. */
  async connected(client: RawClient): Promise<void> {
    this.#held = []
    client.onEvent = (event) => (this.#held ? this.#held.push(event) : this.#take(event))
    for (;;) {
      const since = [{ conversationSid: this.#conversationSid, revision: this.#revision }]
      const { conversations } = await client.ask({ type: 'conversation.resume', since })
      const [news] = conversations
      if (!news) break
      if ('snapshot' in news && this.#mayMissMuch) {
        this.#revision = news.snapshot.revision
        const stored = await readAll(client, this.#conversationSid)
        // What was added since comes as an event.
        this.told.push(...stored.map(({ index }) => index).slice(this.told.length, news.snapshot.messagesCount))
        continue
      }
      if (!('delta' in news)) {
        this.holes.push('a snapshot instead of a delta')
        break
      }
      for (const event of news.delta) this.#take(event)
    }
    const held = this.#held
    this.#held = undefined
    for (const event of held) this.#take(event)
  }

  #take(event: Event): void {
    if (!('conversationSid' in event) || !('revision' in event) || event.type.startsWith('membership.')) return
    if (event.conversationSid !== this.#conversationSid || event.revision <= this.#revision) return
    if (event.revision !== this.#revision + 1) this.holes.push(`${event.revision} came after ${this.#revision}`)
    this.#revision = event.revision
    if (event.type === 'message.added') this.told.push(event.message.index)
  }
}
