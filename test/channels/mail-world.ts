import type { AddressInfo } from 'node:net'
import { EmailChannel, type EmailChannelOptions } from '@conversa/adapters/email'
import { IncomingFile } from '@conversa/server'
import { createTransport, type SendMailOptions } from 'nodemailer'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { onTestFinished, vi } from 'vitest'
import { ACCOUNTS, type InProcessOptions, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'

export const [BEN, EVE, DESK] = ['ben@example.org', 'eve@example.net', 'desk@example.com'] as const
export const MAIL_SECRET = 'a secret that names are signed with'
/** Milliseconds for what passes through several servers. */
export const SOON = { timeout: 15_000 }

/** An e-mail as the world's relay got it. */
export interface GotMail {
  readonly session: SMTPServerSession
  readonly raw: string
  readonly email: Email
}

/** How the world's relay is reached. */
export interface RelaySecurity {
  /** From the first byte on, or by STARTTLS; not at all unless it says so. */
  readonly tls?: 'implicit' | 'starttls'
  readonly key?: string
  readonly cert?: string
  /** Who has to sign in. */
  readonly login?: { readonly user: string; readonly password: string }
}

/** The mail system of the rest of the world: takes what is sent, on a socket of its own. */
export class WorldRelay {
  /** In the order in which they came; those that were not taken too. */
  readonly tried: GotMail[] = []
  /** What it took. */
  readonly got: GotMail[] = []
  /** An error with `responseCode` is what it answers with. */
  answer: (mail: GotMail) => Error | undefined = () => undefined
  /** Passwords that it was told, over whatever. */
  readonly passwords: string[] = []
  security: RelaySecurity = {}
  #server: SMTPServer | undefined
  #port = 0

  static async begin(security: RelaySecurity = {}): Promise<WorldRelay> {
    const relay = new WorldRelay()
    relay.security = security
    await relay.start()
    onTestFinished(() => relay.stop())
    return relay
  }

  get port(): number {
    return this.#port
  }

  /** At the port that it had before. */
  async start(): Promise<void> {
    const { tls, key, cert, login } = this.security
    const server = new SMTPServer({
      ...(tls && { secure: tls === 'implicit', key, cert }),
      authOptional: !login,
      allowInsecureAuth: true,
      disabledCommands: [...(login ? [] : ['AUTH']), ...(tls ? [] : ['STARTTLS'])],
      onAuth: ({ username, password }, _session, done) => {
        this.passwords.push(password ?? '')
        const isRight = username === login?.user && password === login?.password
        done(isRight ? undefined : new Error('that is not the password'), { user: username ?? '' })
      },
      disableReverseLookup: true,
      hideDSN: false,
      closeTimeout: 100,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => this.#take(Buffer.concat(chunks), session).then(done, done))
      },
    })
    // A sender may break off.
    server.on('error', () => {})
    this.#server = server
    const socket = await new Promise<ReturnType<SMTPServer['listen']>>((resolve) => {
      const listening = server.listen(this.#port, '127.0.0.1', () => resolve(listening))
    })
    this.#port = (socket.address() as AddressInfo).port
  }

  stop(): Promise<void> {
    return new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve()))
  }

  /** Their texts, without what quotes. */
  get texts(): (string | undefined)[] {
    return this.got.map(({ email }) => email.text?.trim())
  }

  async #take(bytes: Buffer, { envelope, ...session }: SMTPServerSession): Promise<Error | undefined> {
    const raw = bytes.toString('utf8')
    const mail = { session: { ...session, envelope: structuredClone(envelope) }, raw, email: await PostalMime.parse(bytes) }
    this.tried.push(mail)
    const error = this.answer(mail)
    if (!error) this.got.push(mail)
    return error
  }
}

/** What a relay says when it does not take an e-mail. */
export const smtpError = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

interface MailSceneOptions extends Partial<Omit<EmailChannelOptions, 'listen'>>, Pick<InProcessOptions, 'open'> {
  readonly listen?: Partial<EmailChannelOptions['listen']>
}

/** A server that speaks for a mailbox, the world's relay, and Ben by e-mail. */
export async function mailScene({ listen, open, ...options }: MailSceneOptions = {}) {
  const relay = await WorldRelay.begin()
  const channel = new EmailChannel({
    name: 'mail',
    addresses: [DESK, 'Sales@Example.com'],
    secret: MAIL_SECRET,
    relay: { host: '127.0.0.1', port: relay.port, tls: 'none' },
    listen: { host: '127.0.0.1', port: 0, ...listen },
    ...options,
  })
  const routes = [{ account: ACCOUNTS[0], adapter: channel, addresses: [DESK, 'Sales@Example.com'] }]
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  const server = await startInProcess({ channels: { routes, inspect }, ...(open && { open }) })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create({ friendlyName: 'Order 17' })
  const conversation = v1.conversations(sid)
  const add = (address: string, proxyAddress: string = DESK) =>
    conversation.participants.create({ 'messagingBinding.address': address, 'messagingBinding.proxyAddress': proxyAddress })
  const ben = await add(BEN)
  const say = (body: string, fields: object = {}) => conversation.messages.create({ author: 'anna', body, ...fields })
  const receipt = async (messageSid: string) => {
    const [found] = await conversation.messages(messageSid).deliveryReceipts.list()
    return found && { status: found.status, errorCode: found.errorCode }
  }
  const messages = () => conversation.messages.list()
  /** The parts and files of a message, which REST does not tell apart. */
  const parts = async (index: number) => {
    const range = { from: index, direction: 'forward', limit: 1 } as const
    const [message] = await server.store.read((reads) => reads.messages(sid, range))
    return message?.media.map(({ category, contentType, filename }) => [category, contentType, filename])
  }
  /** Brings an e-mail; what the server answered when it did not take it is thrown. */
  const bring = async (mail: SendMailOptions) => {
    const transport = createTransport({ host: '127.0.0.1', port: channel.port ?? 0, ignoreTLS: true })
    try {
      return (await transport.sendMail({ from: BEN, to: DESK, ...mail })).response
    } finally {
      transport.close()
    }
  }
  const raw = (text: string, envelope: { from?: string; to?: string } = {}) =>
    bring({ envelope: { from: BEN, to: DESK, ...envelope }, raw: text.replace(/\r?\n/g, '\r\n') })
  const arrived = (count: number) =>
    vi.waitFor(() => {
      if (relay.got.length < count) throw new Error(`${relay.got.length} of ${count} arrived`)
      return relay.got
    }, SOON)
  return { relay, channel, server, v1, conversation, sid, ben, add, say, receipt, messages, parts, bring, raw, arrived }
}
