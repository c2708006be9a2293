import {
  type ChannelAdapter,
  type ChannelAnswer,
  type ChannelDoor,
  type ChannelMessage,
  type ChannelReply,
  type ChannelRequest,
  channelOf,
  Refusal,
} from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { SimulatedPeople } from './simulated-people.ts'
import { type Automatic, readRequest, type SimulatorRequest } from './simulator-request.ts'

/** The reports that a carrier would make by itself, one after the other. */
const AUTOMATIC: Readonly<Record<Automatic, readonly DeliveryStatus[]>> = {
  none: [],
  delivered: ['delivered'],
  read: ['delivered', 'read'],
}

/** Unreachable handset, as the vendor numbers it. */
const UNREACHABLE = 30003

/**
 * A carrier that exists in this process alone: phones and mailboxes that a developer reads and answers on a page. It speaks for whatever
 * address it is given, on every channel.
 */
export class Simulator implements ChannelAdapter {
  readonly name = 'simulator'
  readonly isForThisMachine = true as const
  readonly #people = new SimulatedPeople()
  readonly #now: () => number
  readonly #newId: () => string
  #door: ChannelDoor | undefined
  #automatic: Automatic = 'delivered'
  #isDown = false

  constructor({ now, newId }: { readonly now: () => number; readonly newId: () => string }) {
    this.#now = now
    this.#newId = newId
  }

  open(door: ChannelDoor): void {
    this.#door = door
  }

  async send({ id, from, to, channel, author, subject, body, files }: ChannelMessage): Promise<ChannelAnswer> {
    if (this.#isDown) return { outcome: 'failed' }
    // Sent again after a crash: the person has it.
    if (!this.#people.find(to, id)) {
      const shown = files.map(({ contentType, filename, size, url }) => ({ contentType, filename, size, url }))
      const said = { id, isReceived: true, proxyAddress: from, author, subject, body, files: shown }
      this.#people.add(to, channel, { ...said, status: 'sent', at: this.#now() })
    }
    void this.#reportAll(to, id, AUTOMATIC[this.#automatic])
    return { outcome: 'sent', id }
  }

  async handle(request: ChannelRequest): Promise<ChannelReply> {
    const asked = readRequest(request)
    return asked ? this.#answer(asked) : { status: 400, body: '{}' }
  }

  async #answer(asked: SimulatorRequest): Promise<ChannelReply> {
    switch (asked.about) {
      case 'state':
        return this.#state(asked.after)
      case 'settings':
        this.#automatic = asked.automatic ?? this.#automatic
        this.#isDown = asked.isDown ?? this.#isDown
        this.#people.changed()
        return json(200, {})
      case 'report':
        return json((await this.#report(asked.address, asked.id, asked.status)) ? 200 : 404, {})
      case 'message':
        return this.#write(asked)
    }
  }

  #state(after: number): ChannelReply {
    const { version } = this.#people
    if (after === version) return { status: 204 }
    return json(200, { version, automatic: this.#automatic, isDown: this.#isDown, people: this.#people.all() })
  }

  async #write(asked: Extract<SimulatorRequest, { about: 'message' }>): Promise<ChannelReply> {
    const { address, proxyAddress, body, subject, files } = asked
    const id = this.#newId()
    const received = await this.#door?.receive({ id, address, proxyAddress, body, subject, files })
    if (received instanceof Refusal) return json(422, received.body())
    const shown = files.map(({ filename, contentType = '', size = 0 }) => ({ filename, contentType, size, url: null }))
    const said = { id, isReceived: false, proxyAddress, author: address, subject, body: body || null, files: shown }
    this.#people.add(address, channelOf(address), { ...said, status: null, at: this.#now() })
    return json(200, { conversationSid: received?.conversationSid ?? null })
  }

  async #reportAll(address: string, id: string, statuses: readonly DeliveryStatus[]): Promise<void> {
    try {
      for (const status of statuses) await this.#report(address, id, status)
    } catch {
      // The store is away: a button on the page reports it again.
    }
  }

  async #report(address: string, id: string, status: DeliveryStatus): Promise<boolean> {
    const code = status === 'undelivered' || status === 'failed' ? { code: UNREACHABLE } : {}
    const isKnown = (await this.#door?.report({ id, status, ...code })) ?? false
    if (isKnown) this.#people.report(address, id, status)
    return isKnown
  }
}

function json(status: number, body: object): ChannelReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}
