import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, LIMITS } from '@conversa/protocol'
import { type Server, type WebSocket, WebSocketServer } from 'ws'
import { originOf } from '../access/origin.ts'
import { ANSWERING_TIME } from '../answer-before-end.ts'
import type { Clock } from '../clock.ts'
import type { FileProtocol } from '../media/file-protocol.ts'
import { Connection, type ConnectionDoor, ignoreFailure, PeerSocket } from './connection.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { WireFrame } from './wire-frame.ts'

/** The other end of a connection, as what is behind it sees it. */
export interface SocketPeer<Frame> {
  /** The address of this server as the other end knows it, without a slash at its end. */
  readonly origin: string
  /** @param asked whether the frame answers a request; everything else comes unasked */
  send(frame: Frame | WireFrame, asked?: boolean): void
  /** Sends what is waiting, then closes. */
  close(code: number, reason?: string): void
  /** Stops reading from it, or goes on: its requests are then held up in its own network. */
  hold(held: boolean): void
}

/** What is behind a connection. */
export interface SocketSession<Frame> {
  receive(frame: Frame): void
  /** Answers wait to be read, or have got away. */
  congest(congested: boolean): void
  /** Waits until what was asked for is answered, and what was heard is told. */
  settled(): Promise<void>
  /** The connection is gone, or is to go. */
  end(): void
}

/** Something that is spoken over WebSockets: where, in which kind of frames, and by whom. */
export type SocketProtocol = { readonly path: string; readonly files?: FileProtocol } & (
  | { readonly frames: 'text'; open(peer: SocketPeer<string>): SocketSession<string> }
  | { readonly frames: 'binary'; open(peer: SocketPeer<Buffer>): SocketSession<Buffer> }
)

/** What the socket tells about its connections. */
export interface SocketObserver {
  connectionOpened(): void
  connectionClosed(): void
  eventQueueClosed(): void
}

export interface SocketOptions {
  readonly protocol: SocketProtocol
  readonly clock: Clock
  /** Milliseconds of silence after which a client pings; it is given up after twice as many. */
  readonly heartbeat: number
  readonly observer: SocketObserver
  /** Origins of pages that may connect besides the server's own; every one when there is none, since a token is needed anyway. */
  readonly allowedOrigins?: readonly string[] | undefined
  /** The address under which the world reaches the server, without a slash at its end; that which a peer names unless it is set. */
  readonly publicUrl?: string | undefined
  /** Milliseconds over which clients spread their return after a shutdown; two seconds unless set. */
  readonly returnWithin?: number | undefined
}

/** Looks at all connections in one heartbeat: who is silent is found that much after two of them. */
const LOOKS_PER_HEARTBEAT = 8
/** Milliseconds over which clients spread their return after a shutdown. */
const RETURN_WITHIN = 2000

/** A door of WebSocket connections, each with what is behind it. */
export class SocketDoor {
  readonly #options: SocketOptions
  readonly #server: Server<typeof PeerSocket>
  readonly #connections = new Set<Connection>()
  readonly #common: ConnectionDoor
  readonly #watchdog: NodeJS.Timeout
  #flushing = false
  /** The last name that a peer gave this server, and the address by it: mostly all give the same. */
  #named: { readonly host: string | undefined; readonly origin: string } | undefined

  constructor(options: SocketOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: LIMITS.frameBytes,
      perMessageDeflate: false,
      clientTracking: false,
      WebSocket: PeerSocket,
    })
    const { protocol, clock, observer } = options
    this.#common = {
      protocol,
      clock,
      observer,
      dirty: new Set(),
      framesHeard: 0,
      flushSoon: () => this.#flushSoon(),
      forget: (connection) => {
        this.#connections.delete(connection)
        observer.connectionClosed()
      },
    }
    this.#watchdog = setInterval(() => this.#lookAround(), options.heartbeat / LOOKS_PER_HEARTBEAT).unref()
  }

  /** Takes over an HTTP connection that asks for this door. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (this.#isForeign(request.headers)) refuseUpgrade(stream, '403 Forbidden')
    else this.#server.handleUpgrade(request, stream, head, (socket) => this.#accept(socket, stream, request.headers.host))
  }

  /** The server's own pages are welcome whatever the list says; what is no page sends no origin. */
  #isForeign({ origin, host }: IncomingHttpHeaders): boolean {
    const { allowedOrigins } = this.#options
    if (!allowedOrigins?.length || origin === undefined || allowedOrigins.includes(origin)) return false
    return !URL.canParse(origin) || new URL(origin).host !== host
  }

  /** Frames that came in so far. */
  get heard(): number {
    return this.#common.framesHeard
  }

  /**
   * Waits until what is behind the connections is done, and their other ends have read what was sent to them.
   *
   * @param isReachable whether the other end of a connection is waited for, by its port
   */
  async settled(isReachable: (port: number) => boolean): Promise<void> {
    const settling = [...this.#connections].map(async ({ socket, session, outbound, port }) => {
      await session.settled()
      outbound.flush()
      if (isReachable(port)) await hasRead(socket)
    })
    await Promise.all(settling)
  }

  /**
   * Asks every client to come back a little later, when what it asked for is answered, and waits until they are gone. After that nothing more can be
   * answered, so nothing that still comes is begun: an SDK of the vendor's gives up what is under way, and nobody knows whether it took place.
   */
  async close(): Promise<void> {
    clearInterval(this.#watchdog)
    const { returnWithin = RETURN_WITHIN } = this.#options
    const gone = [...this.#connections].map(async ({ socket, session, outbound }) => {
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await answered(session)
      outbound.flush()
      session.end()
      outbound.close(CLOSE_CODES.goingAway, String(Math.round(Math.random() * returnWithin)))
      await closed
    })
    await Promise.all(gone)
  }

  #accept(socket: PeerSocket, stream: Duplex, host: string | undefined): void {
    // It has listeners of its own now.
    stream.off('error', ignoreFailure)
    this.#connections.add(new Connection(this.#common, socket, stream as Socket, this.#originOf(host)))
    this.#options.observer.connectionOpened()
  }

  #originOf(host: string | undefined): string {
    const known = this.#named
    if (known && known.host === host) return known.origin
    const origin = originOf(this.#options.publicUrl, host)
    this.#named = { host, origin }
    return origin
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      const { dirty } = this.#common
      for (const one of dirty) one.flush()
      dirty.clear()
    })
  }

  #lookAround(): void {
    const { clock, heartbeat } = this.#options
    const earliest = clock.now() - 2 * heartbeat
    for (const connection of this.#connections) {
      connection.pings = 0
      if (connection.heard >= earliest) continue
      // Whoever is silent does not answer that it is closed either, and must not count as present while that is waited for.
      connection.session.end()
      connection.outbound.close(CLOSE_CODES.silent)
    }
  }
}

/** Waits until everything is answered, but not for ever. */
async function answered(session: Pick<SocketSession<never>, 'settled'>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ANSWERING_TIME)
  await Promise.race([session.settled(), late])
  clearTimeout(timer)
}

/** Waits until the other end has read what was sent so far, or is gone: it answers a ping in its turn. */
function hasRead(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('pong', done).off('close', done)
      resolve()
    }
    if (socket.readyState === socket.CLOSED) return done()
    socket.on('pong', done).on('close', done)
    if (socket.readyState === socket.OPEN) socket.ping()
  })
}
