import { onTestFinished } from 'vitest'
import { nextOf } from '../every-sdk/events.ts'
import type { Client, Conversation, Message, Sdk } from '../every-sdk/sdks.ts'

/** Milliseconds between attempts to connect: an option that the vendor's client has for whoever does not want to wait for a second. */
const retryPolicy = { min: 20, max: 200, randomness: 0.2 }

/** Settles when a client of the vendor's is connected. */
async function connected(client: Client): Promise<void> {
  if (client.connectionState !== 'connected') await nextOf(client, 'connectionStateChanged', (state) => state === 'connected')
}

/**
 * An application on the vendor's SDK that sends texts one after another over a bad network. It does what docs/gateway.md says: where a
 * send failed, it looks when it is connected again, and sends again only what is not there.
 */
export class Application {
  readonly client: Client
  /** Bodies, in the order of their sending. */
  readonly sent: string[] = []
  /** What was told, by conversation: index and body. */
  readonly heard = new Map<string, [number, string | null][]>()
  /** Sends that failed, whatever became of them. */
  failures = 0
  #wanted: { readonly body: string; readonly found: () => void }[] = []

  private constructor(client: Client) {
    this.client = client
    client.on('messageAdded', ({ conversation, index, body }: Message) => {
      this.heard.set(conversation.sid, [...(this.heard.get(conversation.sid) ?? []), [index, body]])
      for (const { body: wanted, found } of this.#wanted) if (wanted === body) found()
    })
  }

  /** @param url of the server, or of a network before it */
  static async begin(sdk: Sdk, token: string, url: string): Promise<Application> {
    const client = await sdk.create(token, { ...sdk.options(url), retryPolicy })
    const application = new Application(client)
    await sdk.loaded(client)
    onTestFinished(() => client.shutdown())
    return application
  }

  /** The conversation as this client has it, when it follows it: what a back end says there was heard. */
  async followed(conversationSid: string, say: (body: string) => Promise<unknown>): Promise<Conversation> {
    const conversation = await this.client.getConversationBySid(conversationSid)
    await conversation.getParticipants()
    const heard = this.hears('follow me')
    await say('follow me')
    await heard
    return conversation
  }

  /** Settles when a message with this body is told. */
  hears(body: string): Promise<void> {
    return new Promise((found) => this.#wanted.push({ body, found }))
  }

  /** Sends until it is there. */
  async send(conversation: Conversation, body: string): Promise<void> {
    this.sent.push(body)
    const known = conversation.lastMessage?.index ?? 0
    for (;;) {
      try {
        await conversation.sendMessage(body)
        return
      } catch {
        this.failures++
        if (await this.#isThere(conversation, body, known)) return
      }
    }
  }

  /**
   * Looks through everything from a message on. Whoever has just come back is first told what they missed: until then the newest SDK
   * takes the last message that it knows for the last one that there is.
   */
  async #isThere(conversation: Conversation, body: string, from: number): Promise<boolean> {
    for (;;) {
      await connected(this.client)
      try {
        await conversation.getMessagesCount()
        for (let page = await conversation.getMessages(30, from, 'forward'); ; page = await page.nextPage()) {
          if (page.items.some((message) => message.body === body)) return true
          if (!page.hasNextPage) return false
        }
      } catch {
        // It was cut again.
      }
    }
  }
}
