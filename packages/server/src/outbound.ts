import type { WebSocket } from 'ws'

/** Bytes that may wait for a reader before it counts as too slow (G8). */
const MOST_WAITING = 1024 * 1024
/** Milliseconds that a closing peer has to read the rest. */
const CLOSING_TIME = 5000

/**
 * What goes out to one connection: everything of one turn of the event loop in one write to its socket. Writing once per turn and
 * socket instead of once per frame is what carries the load.
 */
export class Outbound {
  readonly #socket: WebSocket
  readonly #dirty: Set<Outbound>
  readonly #tooSlow: () => void
  #frames: string[] = []
  #waiting = 0

  /**
   * @param dirty connections with something to write in this turn; this one adds itself
   * @param tooSlow told once when the reader falls behind
   */
  constructor(socket: WebSocket, dirty: Set<Outbound>, tooSlow: () => void) {
    this.#socket = socket
    this.#dirty = dirty
    this.#tooSlow = tooSlow
  }

  send(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#frames.push(frame)
    this.#waiting += frame.length
    this.#dirty.add(this)
    if (this.#waiting > 4 * MOST_WAITING) this.#fallBehind()
  }

  /** Writes what this turn brought. */
  flush(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    if (this.#socket.bufferedAmount > MOST_WAITING) {
      this.#fallBehind()
      return
    }
    this.#frames = []
    this.#waiting = 0
    const stream = streamOf(this.#socket)
    stream?.cork()
    for (const frame of frames) this.#socket.send(frame)
    stream?.uncork()
  }

  /** Writes the rest and closes; a peer that does not answer is cut off. */
  close(code: number, reason?: string): void {
    this.flush()
    this.#socket.close(code, reason)
    const cutOff = setTimeout(() => this.#socket.terminate(), CLOSING_TIME)
    this.#socket.once('close', () => clearTimeout(cutOff))
  }

  #fallBehind(): void {
    this.#frames = []
    this.#waiting = 0
    this.#tooSlow()
  }
}

/** The stream below a WebSocket, which `ws` keeps to itself: only for writing its frames together. */
function streamOf(socket: WebSocket): { cork(): void; uncork(): void } | undefined {
  return (socket as unknown as { _socket?: { cork(): void; uncork(): void } })._socket
}
