import { Client, type Conversation } from '@conversa/client'
import type { History, Told } from './history.ts'
import type { Network } from './network.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

/** Somebody who was told to type, or to have stopped. */
export interface HeardTyping {
  readonly conversationSid: string
  readonly identity: string | null
  readonly isTyping: boolean
  readonly at: number
}

/** One device of a person, on the real SDK. */
export class SimulatedUser {
  readonly identity: string
  /** Names the device. */
  readonly device: string
  readonly client: Client
  readonly #history: History
  readonly #timeline: Timeline
  readonly #random: SeededRandom
  /** What this device was told in each of its stays in a conversation. */
  readonly #stays = new Map<string, Told>()
  /** Conversations as the SDK announced them. */
  readonly joined = new Map<string, Conversation>()
  readonly #shownFrom = new Map<string, number>()
  readonly unexpected: unknown[] = []
  readonly typing: HeardTyping[] = []
  #bodies = 0
  underWay = 0

  constructor(device: string, timeline: Timeline, random: SeededRandom, network: Network, history: History) {
    const [identity = ''] = device.split('/')
    this.identity = identity
    this.device = device
    this.#history = history
    this.#timeline = timeline
    this.#random = random
    this.client = new Client(identity, {
      url: 'ws://simulation',
      connect: (_url, events) => network.connect(device, events),
      clock: timeline,
      random: random.next,
      tokenProvider: () => identity,
    })
    this.client.on('conversationJoined', (conversation) => {
      this.joined.set(conversation.sid, conversation)
      this.#shownFrom.set(conversation.sid, (conversation.lastMessage?.index ?? -1) + 1)
    })
    this.client.on('conversationLeft', ({ sid }) => {
      this.joined.delete(sid)
      this.#stays.delete(sid)
    })
    for (const isTyping of [true, false]) {
      this.client.on(isTyping ? 'typingStarted' : 'typingEnded', (participant) => {
        const { conversation, identity: typist } = participant
        this.typing.push({ conversationSid: conversation.sid, identity: typist, isTyping, at: timeline.now() })
      })
    }
    this.client.on('messageAdded', ({ conversation, index }) => this.#stayIn(conversation.sid).indexes.push(index))
  }

  /** What this device was told during its present stay in a conversation. */
  toldOf(conversationSid: string): Told | undefined {
    return this.#stays.get(conversationSid)
  }

  /** The index of the first message that was not there yet when this device learnt that its user is in a conversation. */
  shownFrom(conversationSid: string): number {
    return this.#shownFrom.get(conversationSid) ?? 0
  }

  #stayIn(conversationSid: string): Told {
    const present = this.#stays.get(conversationSid)
    if (present) return present
    const told: Told = { identity: this.identity, device: this.device, conversationSid, indexes: [] }
    this.#stays.set(conversationSid, told)
    return told
  }

  /** Does something, without waiting for it. Refusals are part of life here; anything else is not. */
  attempt(what: string, action: () => Promise<unknown>): void {
    this.#history.steps.push(`${this.#timeline.now()} ${this.device} ${what}`)
    this.underWay++
    action()
      .catch((error) => {
        if (typeof error?.code !== 'number') this.unexpected.push(error)
      })
      .finally(() => this.underWay--)
  }

  send(conversation: Conversation): void {
    const body = `${this.device}-${this.#bodies++}`
    const send: History['sends'][number] = {
      author: this.identity,
      device: this.device,
      conversationSid: conversation.sid,
      body,
      begun: this.#timeline.now(),
      ended: undefined,
      outcome: undefined,
    }
    this.#history.sends.push(send)
    this.attempt(`send ${body}`, async () => {
      try {
        send.outcome = { index: await conversation.sendMessage(body) }
      } catch (error) {
        send.outcome = 'refused'
        this.#history.steps.push(`${this.#timeline.now()} ${body} is refused: ${error}`)
        throw error
      } finally {
        send.ended = this.#timeline.now()
      }
    })
  }

  edit(conversation: Conversation): void {
    this.attempt('edit', async () => {
      const page = await conversation.getMessages(5)
      const own = page.items.filter(({ author }) => author === this.identity)
      if (own.length > 0) await this.#random.pick(own).updateBody(`edited by ${this.identity} ${this.#bodies++}`)
    })
  }

  remove(conversation: Conversation): void {
    this.attempt('remove', async () => {
      const page = await conversation.getMessages(5)
      const own = page.items.filter(({ author }) => author === this.identity)
      if (own.length > 0) await this.#random.pick(own).remove()
    })
  }

  rename(): void {
    this.attempt('rename self', () => this.client.user.updateFriendlyName(`${this.identity} ${this.#bodies++}`))
  }

  advance(conversation: Conversation): void {
    const index = this.#random.below(30)
    this.attempt(`advance ${index}`, () => conversation.advanceLastReadMessageIndex(index))
  }
}
