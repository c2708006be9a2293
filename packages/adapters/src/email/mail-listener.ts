import { BlockList, isIPv6 } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { MailAnswer } from './mail-answer.ts'

const MEGABYTE = 1024 * 1024
/** Bytes of one e-mail. */
const LARGEST = 25 * MEGABYTE
const CONNECTIONS = 16
const RECIPIENTS = 20
/** Milliseconds for which a relay may say nothing. */
const PATIENCE = 60_000
/** Milliseconds that connections have to end by themselves. */
const FAREWELL = 2000

export interface MailListenerSettings {
  readonly host: string
  readonly port: number
  /** Addresses and networks (`192.0.2.0/24`) that e-mail is taken from; usual is this machine alone. */
  readonly relays?: readonly string[] | undefined
  /** Bytes of one e-mail at most. */
  readonly maxBytes?: number | undefined
  /** PEM; with them the listener offers STARTTLS. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
  /** The name by which the relay in front signs what it found about a sender; with it, senders that it did not find right are refused. */
  readonly authentication?: string | undefined
}

/** Who an e-mail is from and for, as the relay says. */
export interface MailEnvelope {
  /** Empty for what machines say about e-mails. */
  readonly from: string
  readonly to: readonly string[]
}

/** Takes an e-mail; it is the sender's until this has ended. @throws a MailAnswer when it is not taken, anything else when it is to be brought again */
type TakeMail = (envelope: MailEnvelope, bytes: Uint8Array) => Promise<void>

/** The port by which relays bring e-mail for our mailboxes. */
export class MailListener {
  readonly port: number
  readonly #server: SMTPServer

  private constructor(server: SMTPServer, port: number) {
    this.#server = server
    this.port = port
  }

  /** @throws when the port cannot be had */
  static async open(settings: MailListenerSettings, addresses: readonly string[], take: TakeMail): Promise<MailListener> {
    const server = createServer(settings, new Set(addresses.map((address) => address.toLowerCase())), take)
    const opened = Promise.withResolvers<void>()
    server.once('error', opened.reject)
    const socket = server.listen(settings.port, settings.host, opened.resolve)
    await opened.promise
    server.off('error', opened.reject)
    // A connection that broke: its relay comes again.
    server.on('error', () => {})
    const address = socket.address()
    return new MailListener(server, typeof address === 'object' && address ? address.port : settings.port)
  }

  /** Takes nothing more, and waits for what is being taken. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve))
  }
}

type Done = (error?: Error | null) => void

function createServer(
  { maxBytes = LARGEST, relays, tls }: MailListenerSettings,
  ours: ReadonlySet<string>,
  take: TakeMail,
): SMTPServer {
  const allowed = relayList(relays ?? ['127.0.0.1', '::1'])
  return new SMTPServer({
    size: maxBytes,
    rejectOversized: true,
    ...(tls && { key: tls.key, cert: tls.cert }),
    // The library has a certificate of its own, whose key everybody knows.
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    // Whoever says that it can do this has to report each delivery.
    hideDSN: true,
    hideENHANCEDSTATUSCODES: true,
    logger: false,
    maxClients: CONNECTIONS,
    maxRecipients: RECIPIENTS,
    socketTimeout: PATIENCE,
    closeTimeout: FAREWELL,
    onConnect({ remoteAddress }: SMTPServerSession, done: Done) {
      const isAllowed = allowed.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4')
      done(isAllowed ? null : new MailAnswer(554, '5.7.1 This server takes e-mail from its own relays only'))
    },
    onRcptTo({ address }: { address: string }, _session: SMTPServerSession, done: Done) {
      done(ours.has(address.toLowerCase()) ? null : new MailAnswer(550, '5.1.1 No such mailbox here'))
    },
    onData(stream: SMTPServerDataStream, { envelope }: SMTPServerSession, done: Done) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      const to = envelope.rcptTo.map(({ address }) => address)
      bytesOf(stream, maxBytes)
        .then((bytes) => bytes && take({ from, to }, bytes))
        .then(
          () => done(),
          (error) => done(error instanceof MailAnswer ? error : new MailAnswer(451, '4.3.0 Not now, please try again')),
        )
    },
  })
}

/** @returns undefined when it is too large; the server has its answer for that */
async function bytesOf(stream: SMTPServerDataStream, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > most) chunks.length = 0
    else chunks.push(chunk)
  }
  return size > most ? undefined : Buffer.concat(chunks)
}

function relayList(relays: readonly string[]): BlockList {
  const list = new BlockList()
  for (const relay of relays) {
    const [address = '', bits] = relay.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
