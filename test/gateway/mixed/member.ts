import { onTestFinished } from 'vitest'
import type { InProcessServer } from '../../end-to-end/in-process-server.ts'
import { nextOf } from '../../every-sdk/events.ts'
import type { Client, Conversation, Message, Sdk } from '../../every-sdk/sdks.ts'

/** Somebody in the room, with one SDK, and what it told. */
export class Member {
  readonly sdk: Sdk
  readonly identity: string
  readonly client: Client
  /** The conversation as this client has it; undefined while they are not in it. */
  conversation: Conversation | undefined
  #isUnderWay = false
  /** The messages that this client was told of and that it still has, as the SDK keeps them up to date. */
  readonly live = new Map<number, Message>()
  /** Indexes of the messages that were told, in order. */
  readonly told: number[] = []

  private constructor(sdk: Sdk, identity: string, client: Client) {
    this.sdk = sdk
    this.identity = identity
    this.client = client
    client.on('messageAdded', (message) => {
      this.told.push(message.index)
      this.live.set(message.index, message)
    })
    client.on('messageRemoved', ({ index }) => this.live.delete(index))
    client.on('conversationLeft', () => {
      this.conversation = undefined
    })
  }

  /** Somebody who is not in the room yet. */
  static async begin(sdk: Sdk, identity: string, server: InProcessServer): Promise<Member> {
    const client = await sdk.create(await server.token(identity), sdk.options(server.url))
    await sdk.loaded(client)
    onTestFinished(() => client.shutdown())
    return new Member(sdk, identity, client)
  }

  /**
   * Comes in, and has everything there loaded. Does nothing while they come or go already.
   *
   * @param bring makes the server take them in
   */
  comeIn(bring: () => Promise<unknown>): Promise<void> {
    return this.#alone(async () => {
      const joined = nextOf<Conversation>(this.client, 'conversationJoined')
      await bring()
      const conversation = await joined
      // What is told is complete from here on: the objects behind are open.
      await conversation.getParticipants()
      await conversation.getMessages(1)
      this.told.length = 0
      this.live.clear()
      this.conversation = conversation
    })
  }

  /** Goes out, or is taken out. Does nothing while they come or go already. */
  goOut(take: () => Promise<unknown>): Promise<void> {
    return this.#alone(async () => {
      const left = nextOf(this.client, 'conversationLeft')
      await take()
      await left
    })
  }

  async #alone(move: () => Promise<void>): Promise<void> {
    if (this.#isUnderWay) return
    this.#isUnderWay = true
    await move().finally(() => {
      this.#isUnderWay = false
    })
  }
}
