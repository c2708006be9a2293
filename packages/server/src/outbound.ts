import type { WebSocket } from 'ws'

/** Characters (bytes of binary frames) of events that may wait for a reader before it counts as too slow (G8). */
const MOST_WAITING = 1024 * 1024
/** Characters of answers that may wait before no further request is begun. */
const MOST_OWED = 1024 * 1024
/** Milliseconds that a closing peer has to read the rest. */
const CLOSING_TIME = 5000

/** What becomes of a connection whose reader is slow. */
export interface Backlog {
  /** The reader has fallen behind what it hears: told once. */
  tooSlow(): void
  /** Answers pile up, or have got away: who asks for much is held up and not cut off. */
  congested(congested: boolean): void
}

/**
 * What goes out to one connection: everything of one turn of the event loop in one write to its socket. Writing once per turn and
 * socket instead of once per frame is what carries the load.
 */
export class Outbound {
  readonly #socket: WebSocket
  readonly #dirty: Set<Outbound>
  readonly #backlog: Backlog
  #frames: (string | Buffer)[] = []
  /** Characters of this turn's events, and of its answers. */
  #events = 0
  #answers = 0
  /** Characters of answers that are not with the kernel yet. A reader does not fall behind by what it asked for. */
  #owed = 0
  #congested = false

  /** @param dirty connections with something to write in this turn; this one adds itself */
  constructor(socket: WebSocket, dirty: Set<Outbound>, backlog: Backlog) {
    this.#socket = socket
    this.#dirty = dirty
    this.#backlog = backlog
  }

  /** @param asked whether it answers a request */
  send(frame: string | Buffer, asked = false): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#frames.push(frame)
    this.#dirty.add(this)
    if (asked) {
      this.#answers += frame.length
      this.#owe(frame.length)
    } else {
      this.#events += frame.length
      if (this.#events > 4 * MOST_WAITING) this.#fallBehind()
    }
  }

  /** Writes what this turn brought. */
  flush(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    if (this.#socket.bufferedAmount > MOST_WAITING + this.#owed) {
      this.#fallBehind()
      return
    }
    const answers = this.#answers
    this.#forget()
    const last = frames.pop() as string | Buffer
    const stream = streamOf(this.#socket)
    stream?.cork()
    for (const frame of frames) this.#socket.send(frame)
    this.#socket.send(last, answers > 0 ? () => this.#owe(-answers) : undefined)
    stream?.uncork()
  }

  /** Writes the rest and closes; a peer that does not answer is cut off. */
  close(code: number, reason?: string): void {
    this.flush()
    this.#socket.close(code, reason)
    const cutOff = setTimeout(() => this.#socket.terminate(), CLOSING_TIME)
    this.#socket.once('close', () => clearTimeout(cutOff))
  }

  #owe(more: number): void {
    this.#owed += more
    const congested = this.#owed > MOST_OWED
    if (congested === this.#congested) return
    this.#congested = congested
    this.#backlog.congested(congested)
  }

  #fallBehind(): void {
    this.#owe(-this.#answers)
    this.#forget()
    this.#backlog.tooSlow()
  }

  #forget(): void {
    this.#frames = []
    this.#events = 0
    this.#answers = 0
  }
}

/** The stream below a WebSocket, which `ws` keeps to itself: only for writing its frames together. */
function streamOf(socket: WebSocket): { cork(): void; uncork(): void } | undefined {
  return (socket as unknown as { _socket?: { cork(): void; uncork(): void } })._socket
}
