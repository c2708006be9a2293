import type { Socket } from 'node:net'
import { CLOSE_CODES } from '@conversa/protocol'
import { type RawData, WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import { type Backlog, Outbound } from './outbound.ts'
import type { SocketObserver, SocketPeer, SocketProtocol, SocketSession } from './socket.ts'
import type { WireFrame } from './wire-frame.ts'

/** Control frames that a connection may send between two looks at it; more is a flood (reliability B4). */
const MOST_PINGS = 100

/** What the connections of a door have in common. */
export interface ConnectionDoor {
  readonly protocol: SocketProtocol
  readonly clock: Clock
  readonly observer: SocketObserver
  /** Those with something to write in this turn. */
  readonly dirty: Set<Outbound>
  /** Frames that came in so far. */
  framesHeard: number
  /** Lets what is dirty be written at the end of this turn. */
  flushSoon(): void
  forget(connection: Connection): void
}

/** The socket of a connection: it knows which, so that what listens to it is the same for all. */
export class PeerSocket extends WebSocket {
  connection: Connection | undefined
}

/**
 * One connection: what is behind it, and what goes out. There may be many thousands that are silent, so each is one object without functions of
 * its own.
 */
export class Connection implements SocketPeer<string | Buffer>, Backlog {
  readonly #door: ConnectionDoor
  readonly #stream: Socket
  readonly socket: PeerSocket
  readonly outbound: Outbound
  readonly origin: string
  readonly session: SocketSession<string | Buffer>
  /** When something came of it last. */
  heard = 0
  /** Since it was looked at last. */
  pings = 0

  constructor(door: ConnectionDoor, socket: PeerSocket, stream: Socket, origin: string) {
    this.#door = door
    this.#stream = stream
    // Protocol errors end the connection with their code by themselves; without a listener they would end the process.
    this.socket = socket.on('error', ignoreFailure)
    this.origin = origin
    this.outbound = new Outbound(socket, stream, door.dirty, this)
    this.session = door.protocol.open(this)
    this.heard = door.clock.now()
    socket.connection = this
    socket.on('message', heard).on('ping', pinged).on('close', gone)
  }

  send(frame: string | Buffer | WireFrame, asked?: boolean): void {
    this.outbound.send(frame, asked)
    this.#door.flushSoon()
  }

  close(code: number, reason?: string): void {
    this.outbound.close(code, reason)
  }

  hold(held: boolean): void {
    if (held) this.socket.pause()
    else this.socket.resume()
  }

  tooSlow(): void {
    this.#door.observer.eventQueueClosed()
    this.session.end()
    this.outbound.close(CLOSE_CODES.resynchronise)
  }

  congested(congested: boolean): void {
    this.session.congest(congested)
  }

  /** Of the other end; 0 when it is gone. Asked for when it is needed, since the platform keeps the answer. */
  get port(): number {
    return this.#stream.remotePort ?? 0
  }

  /** Takes a frame. */
  take(data: Buffer, isBinary: boolean): void {
    this.heard = this.#door.clock.now()
    this.#door.framesHeard++
    if (isBinary === (this.#door.protocol.frames === 'binary')) this.session.receive(isBinary ? data : data.toString())
    else {
      this.session.end()
      this.outbound.close(1003)
    }
  }

  pinged(): void {
    this.heard = this.#door.clock.now()
    if (++this.pings > MOST_PINGS) this.socket.terminate()
  }

  gone(): void {
    this.#door.forget(this)
    this.session.end()
  }
}

/** For what ends by itself when it fails, and would end the process if nobody listened. */
export function ignoreFailure(): void {}

function heard(this: WebSocket, data: RawData, isBinary: boolean): void {
  connectionOf(this)?.take(data as Buffer, isBinary)
}

function pinged(this: WebSocket): void {
  connectionOf(this)?.pinged()
}

function gone(this: WebSocket): void {
  connectionOf(this)?.gone()
}

const connectionOf = (socket: WebSocket) => (socket as PeerSocket).connection
