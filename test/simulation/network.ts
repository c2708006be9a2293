import type { Transport, TransportEvents } from '@conversa/client'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'
import type { Trace } from './trace.ts'

/** What a server does with a connection. */
export interface Acceptor {
  /** @returns undefined when nobody listens */
  accept(link: Link): ServerEnd | undefined
}

export interface ServerEnd {
  receive(text: string): void
  end(): void
}

/** How often the network misbehaves; all zero when it is healed. */
export interface Weather {
  /** Longest delay of a frame in milliseconds. */
  readonly delay: number
  /** Events that never arrive, arrive twice, or after a later one. */
  readonly lost: number
  readonly doubled: number
  readonly reordered: number
  /** Frames to the server that arrive twice. */
  readonly repeated: number
}

export const CALM: Weather = { delay: 5, lost: 0, doubled: 0, reordered: 0, repeated: 0 }
export const STORM: Weather = { delay: 60, lost: 0.02, doubled: 0.03, reordered: 0.05, repeated: 0.02 }

/** One connection between a client and a server. Each direction keeps its order, unless the weather says otherwise. */
export class Link implements Transport {
  readonly #network: Network
  readonly #events: TransportEvents
  readonly owner: string
  #server: ServerEnd | undefined
  #clientOpen = true
  #serverOpen = true
  /** Frames vanish in both directions, and nobody is told. */
  #silent = false
  #toServerLost = false
  #toClientAt = 0
  #toServerAt = 0
  #sent = 0

  constructor(network: Network, owner: string, events: TransportEvents) {
    this.#network = network
    this.owner = owner
    this.#events = events
  }

  open(acceptor: Acceptor): void {
    this.#network.later(() => {
      this.#server = acceptor.accept(this)
      if (this.#server) this.#toClient(() => this.#events.opened())
      else this.cut(1006)
    })
  }

  /** The client sends. */
  send(text: string): void {
    if (!this.#clientOpen) return
    const first = this.#sent++ === 0
    this.#toServer(text)
    // The first frame is never repeated: a second start of a session is refused by intent.
    if (!first && this.#network.random.chance(this.#network.weather.repeated)) this.#toServer(text)
  }

  /** The client closes. */
  close(): void {
    this.#clientOpen = false
    this.#network.later(() => this.#endServer())
  }

  /**
   * The server sends. Single events of conversations may be lost, doubled or held back; what the server tells of the user, and its
   * answers, come in order or end with the connection, as on any socket.
   */
  sendToClient(text: string): void {
    const { random, weather } = this.#network
    const isEvent = text.startsWith('{"event"') && text.includes('"conversationSid"') && !text.includes('"type":"membership.')
    if (isEvent && random.chance(weather.lost)) return
    const arrive = () => {
      this.#network.note(`${this.owner} hears ${text}`)
      this.#events.text(text)
    }
    this.#toClient(arrive, isEvent && random.chance(weather.reordered))
    if (isEvent && random.chance(weather.doubled)) this.#toClient(arrive)
  }

  /** The server closes, after what it has sent. */
  closeFromServer(code: number, reason: string): void {
    this.#serverOpen = false
    this.#toClient(() => this.#closeClient(code, reason))
  }

  /** Both ends lose each other; what is on its way to the client is lost, what is on its way to the server may still come. */
  cut(code = 1006): void {
    this.#silent = true
    this.#network.later(() => this.#closeClient(code, ''))
    this.#network.later(() => this.#endServer())
  }

  /** Nothing comes through any more, and neither end learns of it by itself. */
  freeze(): void {
    this.#silent = true
  }

  #toServer(text: string): void {
    this.#toServerAt = this.#network.inOrder(this.#toServerAt, () => {
      // Of what was on its way when the connection broke, some may still arrive, but nothing behind the first loss.
      this.#toServerLost ||= this.#silent && this.#network.random.chance(0.5)
      if (!this.#serverOpen || this.#toServerLost) return
      this.#network.note(`${this.owner} says ${text}`)
      this.#server?.receive(text)
    })
  }

  #toClient(run: () => void, isHeldBack = false): void {
    const arrive = () => {
      if (this.#clientOpen && !this.#silent) run()
    }
    this.#toClientAt = this.#network.inOrder(this.#toClientAt, () => {
      if (isHeldBack) this.#network.later(arrive)
      else arrive()
    })
  }

  #closeClient(code: number, reason: string): void {
    if (!this.#clientOpen) return
    this.#clientOpen = false
    this.#network.forget(this)
    this.#events.closed(code, reason)
  }

  #endServer(): void {
    if (!this.#serverOpen) return
    this.#serverOpen = false
    this.#network.forget(this)
    this.#server?.end()
  }
}

/** The wires of a world. */
export class Network {
  readonly random: SeededRandom
  readonly links = new Set<Link>()
  weather: Weather = STORM
  readonly #timeline: Timeline
  readonly #acceptor: Acceptor
  readonly #trace: Trace

  constructor(timeline: Timeline, random: SeededRandom, acceptor: Acceptor, trace: Trace) {
    this.#trace = trace
    this.#timeline = timeline
    this.random = random
    this.#acceptor = acceptor
  }

  /** Connects a client; the events begin later. */
  connect(owner: string, events: TransportEvents): Transport {
    const link = new Link(this, owner, events)
    this.links.add(link)
    link.open(this.#acceptor)
    return link
  }

  forget(link: Link): void {
    this.links.delete(link)
  }

  /** Writes down what arrives at somebody. */
  note(text: string): void {
    this.#trace.note(text)
  }

  /** Runs something after a delay of the weather. */
  later(run: () => void): void {
    this.#timeline.after(1 + this.random.below(this.weather.delay), run)
  }

  /** The same, but not before an earlier moment. @returns the moment */
  inOrder(notBefore: number, run: () => void): number {
    const now = this.#timeline.now()
    const at = Math.max(notBefore, now + 1 + this.random.below(this.weather.delay))
    this.#timeline.after(at - now, run)
    return at
  }
}
