import type { ChannelAdapter, ChannelAnswer, ChannelDoor, ChannelMessage } from '../channels/channel.ts'

/** A carrier that keeps what it was sent, and answers as a test says. */
export class WorldCarrier implements ChannelAdapter {
  readonly name: string
  isSingle: true | undefined
  /** Every try, in the order in which they came. */
  readonly tried: ChannelMessage[] = []
  answer: (message: ChannelMessage) => ChannelAnswer | Promise<ChannelAnswer> = ({ id }) => ({ outcome: 'sent', id })
  isOpen = false
  #door: ChannelDoor | undefined

  constructor(name = 'carrier') {
    this.name = name
  }

  get door(): ChannelDoor {
    if (!this.#door) throw new Error('the carrier was never open')
    return this.#door
  }

  open(door: ChannelDoor): void {
    this.#door = door
    this.isOpen = true
  }

  async close(): Promise<void> {
    this.isOpen = false
  }

  async send(message: ChannelMessage): Promise<ChannelAnswer> {
    this.tried.push(message)
    return this.answer(message)
  }

  /** What was sent since this was asked last: to whom, and which text. */
  take(): [string, string | null][] {
    return this.tried.splice(0).map(({ to, body }) => [to, body])
  }
}
