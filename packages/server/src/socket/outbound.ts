import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { WireFrame } from './wire-frame.ts'

/** Bytes of events that may wait for a reader before it counts as too slow (G8). */
const MOST_WAITING = 1024 * 1024
/** Bytes that may wait before no further request is begun: whoever does not keep up causes nothing more meanwhile. */
const MOST_UNREAD = 512 * 1024
/** Bytes in one write of which it is not followed when they have got away: nearly all writes are smaller. */
const NOT_FOLLOWED = 16 * 1024
/** Milliseconds that a closing peer has to read the rest. */
const CLOSING_TIME = 5000

/** What becomes of a connection whose reader is slow. */
export interface Backlog {
  /** The reader has fallen behind what it hears: told once. */
  tooSlow(): void
  /** What is to be read piles up, or has got away: who asks for much is held up and not cut off. */
  congested(congested: boolean): void
}

/**
 * What goes out to one connection: everything of one turn of the event loop in one write to its socket. Writing once per turn and
 * socket instead of once per frame is what carries the load.
 */
export class Outbound {
  readonly #socket: WebSocket
  readonly #stream: Writable
  readonly #dirty: Set<Outbound>
  readonly #backlog: Backlog
  #frames: Buffer[] = []
  /** Bytes of this turn's events, and of its answers. */
  #events = 0
  #answers = 0
  /** Bytes of answers that are not with the kernel yet. A reader does not fall behind by what it asked for. */
  #owed = 0
  /** Bytes of answers and of large writes that are not with the kernel yet. */
  #unread = 0
  #congested = false
  #isClosing = false

  /**
   * @param stream what the WebSocket speaks over
   * @param dirty connections with something to write in this turn; this one adds itself
   */
  constructor(socket: WebSocket, stream: Writable, dirty: Set<Outbound>, backlog: Backlog) {
    this.#socket = socket
    this.#stream = stream
    this.#dirty = dirty
    this.#backlog = backlog
  }

  /** @param asked whether it answers a request */
  send(frame: string | Buffer | WireFrame, asked = false): void {
    if (!this.#isOpen) return
    const { bytes } = frame instanceof WireFrame ? frame : new WireFrame(frame)
    this.#frames.push(bytes)
    this.#dirty.add(this)
    if (asked) {
      this.#answers += bytes.length
      this.#owed += bytes.length
      this.#wait(bytes.length)
    } else {
      this.#events += bytes.length
      if (this.#events > 4 * MOST_WAITING) this.#fallBehind()
    }
  }

  /** Writes what this turn brought. */
  flush(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    if (this.#stream.writableLength > MOST_WAITING + this.#owed) {
      this.#fallBehind()
      return
    }
    const [answers, events] = [this.#answers, this.#events > NOT_FOLLOWED ? this.#events : 0]
    this.#forget()
    if (!this.#isOpen) return
    const [first] = frames
    const bytes = frames.length === 1 && first ? first : Buffer.concat(frames)
    this.#stream.write(bytes, answers + events > 0 ? () => this.#gotAway(answers, events) : undefined)
    this.#wait(events)
  }

  /** Writes the rest and closes; a peer that does not answer is cut off. To close again while it does is nothing. */
  close(code: number, reason?: string): void {
    // Writing the rest may find that the reader is too slow, and close for that.
    if (!this.#isClosing) this.flush()
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.close(code, reason)
    const cutOff = setTimeout(() => this.#socket.terminate(), CLOSING_TIME)
    this.#socket.once('close', () => clearTimeout(cutOff))
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  #gotAway(answers: number, events: number): void {
    this.#owed -= answers
    this.#wait(-answers - events)
  }

  #wait(more: number): void {
    this.#unread += more
    const congested = this.#unread > MOST_UNREAD
    if (congested === this.#congested) return
    this.#congested = congested
    this.#backlog.congested(congested)
  }

  #fallBehind(): void {
    this.#gotAway(this.#answers, 0)
    this.#forget()
    this.#backlog.tooSlow()
  }

  #forget(): void {
    this.#frames = []
    this.#events = 0
    this.#answers = 0
  }
}
