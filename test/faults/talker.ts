import { Client, type Conversation } from '@conversa/client'
import type { Send } from '../simulation/history.ts'

/** Somebody with the public SDK who writes one message after another, and keeps what happened to each and what was told. */
export class Talker {
  readonly identity: string
  readonly sends: Send[] = []
  /** Indexes of the messages that were told, in the order in which they were. */
  readonly told: number[] = []
  /** Why sends failed. */
  readonly failures: unknown[] = []
  readonly #client: Client
  readonly #conversation: Conversation
  #talking: Promise<void> | undefined
  #isEnding = false

  private constructor(identity: string, client: Client, conversation: Conversation) {
    this.identity = identity
    this.#client = client
    this.#conversation = conversation
    conversation.on('messageAdded', ({ index }) => this.told.push(index))
  }

  /** @param url of the server, or of what stands before several */
  static async begin(identity: string, { url, token, conversationSid }: Record<'url' | 'token' | 'conversationSid', string>) {
    const client = await Client.create(token, { url })
    const conversation = await client.getConversationBySid(conversationSid)
    await conversation.getMessages(1)
    return new Talker(identity, client, conversation)
  }

  /** Begins to write. */
  talk(): void {
    this.#talking = this.#talk()
  }

  /** Begins nothing new, and settles when everything is answered. */
  async finish(): Promise<void> {
    this.#isEnding = true
    await this.#talking
  }

  leave(): Promise<void> {
    return this.#client.shutdown()
  }

  async #talk(): Promise<void> {
    const { author, conversationSid } = { author: this.identity, conversationSid: this.#conversation.sid }
    while (!this.#isEnding) {
      const body = `${author}-${this.sends.length}`
      const send: Send = {
        author,
        device: author,
        conversationSid,
        body,
        begun: performance.now(),
        ended: undefined,
        outcome: undefined,
      }
      this.sends.push(send)
      try {
        send.outcome = { index: await this.#conversation.sendMessage(body) }
      } catch (error) {
        send.outcome = 'refused'
        this.failures.push(error)
      }
      send.ended = performance.now()
    }
  }
}
