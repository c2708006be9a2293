import type { ChannelFile } from '@conversa/core'
import type { Channel, DeliveryStatus } from '@conversa/protocol'

/** One message on a simulated phone or in a simulated mailbox. */
export interface SimulatedMessage {
  readonly id: string
  /** Whether it came to the person, or is of theirs. */
  readonly isReceived: boolean
  readonly proxyAddress: string
  /** Who wrote it, as the sender is called in the conversation. */
  readonly author: string
  readonly subject: string | null
  readonly body: string | null
  /** Those of the person have no address: the server has them. */
  readonly files: readonly (Pick<ChannelFile, 'contentType' | 'filename' | 'size'> & { readonly url: string | null })[]
  /** Of one that came: what was reported of it last. */
  readonly status: DeliveryStatus | null
  readonly at: number
}

/** Somebody who exists in the simulator alone. */
export interface SimulatedPerson {
  readonly address: string
  readonly channel: Channel
  readonly messages: readonly SimulatedMessage[]
}

/** People that are remembered, and messages of each: a laptop is not to run full. */
const MOST_PEOPLE = 200
const MOST_MESSAGES = 500

/** The phones and mailboxes, in memory. */
export class SimulatedPeople {
  readonly #people = new Map<string, SimulatedPerson>()
  #version = 1

  /** Rises with every change. */
  get version(): number {
    return this.#version
  }

  /** Who was written to or wrote last comes first. */
  all(): readonly SimulatedPerson[] {
    return [...this.#people.values()].reverse()
  }

  find(address: string, id: string): SimulatedMessage | undefined {
    return this.#people.get(address)?.messages.find((message) => message.id === id)
  }

  add(address: string, channel: Channel, message: SimulatedMessage): void {
    const messages = [...(this.#people.get(address)?.messages ?? []), message].slice(-MOST_MESSAGES)
    this.#people.delete(address)
    this.#people.set(address, { address, channel, messages })
    const [longest] = this.#people.keys()
    if (this.#people.size > MOST_PEOPLE && longest !== undefined) this.#people.delete(longest)
    this.changed()
  }

  report(address: string, id: string, status: DeliveryStatus): void {
    const person = this.#people.get(address)
    if (!person) return
    const messages = person.messages.map((message) => (message.id === id ? { ...message, status } : message))
    this.#people.set(address, { ...person, messages })
    this.changed()
  }

  changed(): void {
    this.#version++
  }
}
