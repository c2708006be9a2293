import { type ChannelAdapter, type ChannelAnswer, type ChannelDoor, type ChannelMessage, Refusal } from '@conversa/core'

/** What came to a phone or mailbox outside of the app. */
export interface PhoneMessage {
  readonly id: string
  /** The address of the server that it came from. */
  readonly from: string
  readonly author: string
  readonly subject: string | null
  readonly body: string | null
  readonly files: readonly {
    readonly contentType: string
    readonly filename: string | null
    /** Bytes. */
    readonly size: number
    /** Where its bytes are, for some minutes. */
    readonly url: string
  }[]
}

/** A phone or a mailbox outside of the app, as a test has it in its hands. */
export interface TestPhone {
  readonly address: string
  /** What came, in its order, each once. */
  readonly messages: readonly PhoneMessage[]
  /** Whether its carrier takes nothing for now; the server tries again when time passes. */
  isDown: boolean
  /** The code with which its carrier refuses everything for good; undefined is not at all. */
  refuses: number | undefined
  /**
   * Writes to an address of the server.
   *
   * @returns the conversation that it went to; null when nobody is there for it
   * @throws when the server refuses it
   */
  write(body: string, options: { readonly to: string; readonly subject?: string }): Promise<string | null>
  /**
   * Reports what became of a message that came.
   *
   * @param code why, of what was not delivered
   */
  report(message: PhoneMessage, status: 'delivered' | 'read' | 'undelivered' | 'failed', code?: number): Promise<void>
}

/** All phones and mailboxes of a test server, behind one carrier for every address. */
export class Phones implements ChannelAdapter {
  readonly name = 'phones'
  readonly #phones = new Map<string, Phone>()
  readonly #written = { count: 0 }
  /** Where the server is; addresses of files are on it. */
  url = ''
  #door: ChannelDoor | undefined

  open(door: ChannelDoor): void {
    this.#door = door
  }

  async send({ id, from, to, author, subject, body, files }: ChannelMessage): Promise<ChannelAnswer> {
    const shown = files.map(({ contentType, filename, size, url }) => ({
      contentType,
      filename,
      size,
      url: new URL(url, this.url).href,
    }))
    return this.at(to).take({ id, from, author, subject, body, files: shown })
  }

  at(address: string): Phone {
    const known = this.#phones.get(address)
    if (known) return known
    const phone = new Phone(
      address,
      () => this.#openDoor(),
      () => `written ${++this.#written.count}`,
    )
    this.#phones.set(address, phone)
    return phone
  }

  #openDoor(): ChannelDoor {
    if (!this.#door) throw new Error('unable to write from a phone: the server does not run')
    return this.#door
  }
}

class Phone implements TestPhone {
  readonly address: string
  readonly messages: PhoneMessage[] = []
  isDown = false
  refuses: number | undefined
  readonly #door: () => ChannelDoor
  readonly #newId: () => string

  constructor(address: string, door: () => ChannelDoor, newId: () => string) {
    this.address = address
    this.#door = door
    this.#newId = newId
  }

  take(message: PhoneMessage): ChannelAnswer {
    if (this.isDown) return { outcome: 'failed' }
    if (this.refuses !== undefined) return { outcome: 'refused', code: this.refuses }
    if (!this.messages.some(({ id }) => id === message.id)) this.messages.push(message)
    return { outcome: 'sent', id: message.id }
  }

  async write(body: string, { to, subject }: { readonly to: string; readonly subject?: string }): Promise<string | null> {
    const said = { id: this.#newId(), address: this.address, proxyAddress: to, body, subject }
    const received = await this.#door().receive(said)
    if (received instanceof Refusal) throw new Error(`unable to write from ${this.address}: ${received.body().message}`)
    return received?.conversationSid ?? null
  }

  async report({ id }: PhoneMessage, status: Parameters<TestPhone['report']>[1], code?: number): Promise<void> {
    const isKnown = await this.#door().report({ id, status, code })
    if (!isKnown) throw new Error('unable to report: the server does not know the message, or it was removed')
  }
}
