import type { ChannelAnswer } from '@conversa/core'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { deliveryCode } from './delivery-code.ts'

/** The mail system that takes what goes out. */
export interface MailRelaySettings {
  readonly host: string
  readonly port: number
  /** `implicit` from the first byte on, `starttls` or not at all otherwise; usual is STARTTLS where the relay has it. */
  readonly tls?: 'implicit' | 'starttls' | 'none' | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Connections at once. */
  readonly connections?: number | undefined
  /** PEM of the authorities that its certificate may be from; those that the runtime trusts unless it says otherwise. */
  readonly ca?: string | undefined
}

/** Milliseconds until there is a connection; the core waits 30 s for all of it. */
const PATIENCE = 10_000
/** Milliseconds that a relay may say nothing while it looks at an e-mail. */
const LONG_PATIENCE = 25_000
/** Where an answer of the class 5 is about the message, not about how the relay is reached. */
const ABOUT_MESSAGE: readonly unknown[] = ['MAIL FROM', 'RCPT TO', 'DATA']

/** What the library calls failures of connections, of TLS and of the sign-in. */
const ABOUT_RELAY: readonly unknown[] = ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EPROTOCOL', 'EAUTH', 'ENOAUTH']

/** Hands e-mails to a mail system, over a few connections that stay open. */
export class MailRelay {
  readonly #transport: ReturnType<typeof transportTo>
  readonly #changed: (reason: Error | undefined) => void
  /** Why it takes nothing. */
  #trouble: string | undefined

  /** @param changed hears once why the relay takes nothing, and once that it does again */
  constructor(settings: MailRelaySettings, changed: (reason: Error | undefined) => void = () => {}) {
    this.#transport = transportTo(settings)
    this.#changed = changed
  }

  /** @returns what it answered; `id` is what the caller calls the e-mail */
  async send(mail: SendMailOptions, id: string): Promise<ChannelAnswer> {
    try {
      await this.#transport.sendMail(mail)
      this.#found(undefined)
      return { outcome: 'sent', id }
    } catch (error) {
      if (isAboutRelay(error as SmtpError)) this.#found(error as SmtpError)
      return answerOf(error as SmtpError)
    }
  }

  #found(reason: Error | undefined): void {
    if (this.#trouble === reason?.message) return
    this.#trouble = reason?.message
    this.#changed(reason)
  }

  close(): void {
    this.#transport.close()
  }
}

function transportTo({ host, port, tls, user, password, ca, connections = 4 }: MailRelaySettings) {
  return createTransport({
    pool: true,
    maxConnections: connections,
    host,
    port,
    secure: tls === 'implicit',
    // A password goes to nobody who could be listened to, unless that is wanted.
    requireTLS: tls === 'starttls' || (tls === undefined && password !== undefined),
    ignoreTLS: tls === 'none',
    ...(ca !== undefined && { tls: { ca } }),
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: LONG_PATIENCE,
    dnsTimeout: PATIENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

interface SmtpError extends Error {
  /** What the library calls it: that a message is too large for the relay, or an address none, it finds by itself. */
  readonly code?: string
  readonly responseCode?: number
  readonly response?: string
  readonly command?: string
}

/** Whether no other e-mail would go either. */
function isAboutRelay({ code, responseCode }: SmtpError): boolean {
  return responseCode === 530 || ABOUT_RELAY.includes(code)
}

/**
 * A mail system that says 4xx, or nothing, may take it later; what it says with 5xx about the message holds. That it wants to know
 * first who we are (530) is not about the message.
 */
function answerOf({ code, responseCode = 0, response = '', command }: SmtpError): ChannelAnswer {
  const isRefused = responseCode >= 500 && responseCode !== 530 && ABOUT_MESSAGE.includes(command)
  if (isRefused) return { outcome: 'refused', code: deliveryCode(response) }
  if (code === 'EMESSAGE' && !response) return { outcome: 'refused', code: deliveryCode('5.3.4') }
  if (code === 'EENVELOPE' && !response) return { outcome: 'refused', code: deliveryCode('5.1.3') }
  return responseCode >= 400 && responseCode < 500 ? { outcome: 'failed', code: deliveryCode(response) } : { outcome: 'failed' }
}
