import type { ChannelAdapter, ChannelAnswer, ChannelDoor, ChannelMessage } from '@conversa/core'
import { IncomingMails } from './incoming-mails.ts'
import { MailListener, type MailListenerSettings } from './mail-listener.ts'
import { MailRelay, type MailRelaySettings } from './mail-relay.ts'
import { MessageNames } from './message-name.ts'
import { composeMail } from './outgoing-mail.ts'

export interface EmailChannelOptions {
  readonly name: string
  /** The mailboxes that it speaks for; it takes e-mail in for no others. */
  readonly addresses: readonly string[]
  /** What the names of its e-mails are signed with. */
  readonly secret: string
  /** Where e-mail goes out. */
  readonly relay: MailRelaySettings
  /** Where it comes in; without it nothing does. */
  readonly listen?: MailListenerSettings | undefined
  /** The relay takes nothing, and why; or it does again. */
  readonly changed?: ((reason: Error | undefined) => void) | undefined
}

/** People with a mailbox: SMTP in both directions (rest-and-semantics 3.1, 3.9; reliability B43). */
export class EmailChannel implements ChannelAdapter {
  readonly name: string
  readonly #options: EmailChannelOptions
  readonly #names: MessageNames
  readonly #relay: MailRelay
  #listener: MailListener | undefined

  constructor(options: EmailChannelOptions) {
    this.name = options.name
    this.#options = options
    this.#names = new MessageNames(options.secret)
    this.#relay = new MailRelay(options.relay, options.changed)
  }

  async send(message: ChannelMessage): Promise<ChannelAnswer> {
    return this.#relay.send(await composeMail(message, this.#names), message.id)
  }

  /** @throws when the port cannot be had */
  async open(door: ChannelDoor): Promise<void> {
    const { listen, addresses } = this.#options
    if (!listen) return
    const mails = new IncomingMails(door, this.#names, listen.authentication)
    this.#listener = await MailListener.open(listen, addresses, (envelope, bytes) => mails.take(envelope, bytes))
  }

  /** The port that e-mail comes in by; undefined when none does. */
  get port(): number | undefined {
    return this.#listener?.port
  }

  async close(): Promise<void> {
    await this.#listener?.close()
    this.#relay.close()
  }
}
