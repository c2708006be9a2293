import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Refusal } from '@conversa/core'
import { readPacket } from '@conversa/gateway'
import { FrameSplitter, type Piece } from './frame-splitter.ts'

/** `up` is from the device to the server. */
export type Direction = 'up' | 'down'

/** Something that is about to pass. */
export interface Passing {
  readonly direction: Direction
  /** The frame of a WebSocket: what a text says, or the header of a packet of the vendor's transport, and its payload. */
  readonly frame: Readonly<Record<string, unknown>> | undefined
  /** Where it passes: one per connection. */
  readonly link: object
}

/** What becomes of what is about to pass: it is carried unless a rule says otherwise. */
export type Verdict = 'carry' | 'carry twice' | 'swallow' | 'cut before' | 'cut after'

/** Judges what passes; undefined leaves it to others. */
export type Rule = (passing: Passing) => Verdict | undefined

/** What a direction does with its bytes. */
type Flow = 'carry' | 'hold' | 'drop'

const OPPOSITE = { up: 'down', down: 'up' } as const

/**
 * The network between one device and the server, over real sockets: it carries everything until it is told to fail. What it does to
 * a WebSocket it does at the borders of its frames.
 */
export class Network {
  readonly #server: Server
  readonly #target: { readonly port: number; readonly host: string }
  readonly #links = new Set<Link>()
  readonly #rules = new Set<Rule>()
  readonly flow: Record<Direction, Flow> = { up: 'carry', down: 'carry' }
  /** Milliseconds, of the real time, that everything takes. */
  delay = 0
  #isRefusing = false
  #url = ''
  /** Connections so far. */
  connections = 0

  private constructor(serverUrl: string) {
    const { hostname: host, port } = new URL(serverUrl)
    this.#target = { host, port: Number(port) }
    this.#server = createServer((device) => this.#accept(device))
  }

  /** @param serverUrl of the server at its other end */
  static async begin(serverUrl: string): Promise<Network> {
    const network = new Network(serverUrl)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    network.#url = `http://127.0.0.1:${(network.#server.address() as AddressInfo).port}`
    return network
  }

  /** What the device takes for the server. */
  get url(): string {
    return this.#url
  }

  /** Resets every connection. What is on its way is lost. */
  cut(): void {
    for (const link of this.#links) link.reset()
  }

  /** Resets every connection and refuses new ones until `heal`. */
  partition(): void {
    this.#isRefusing = true
    this.cut()
  }

  /** Keeps connections, and carries nothing until `heal` or forever. */
  hold(...directions: Direction[]): void {
    for (const direction of directions) this.flow[direction] = 'hold'
  }

  /** Keeps connections, and loses what is sent: nobody is told. */
  drop(...directions: Direction[]): void {
    for (const direction of directions) this.flow[direction] = 'drop'
  }

  /** Carries everything again, also what was held. */
  heal(): void {
    this.#isRefusing = false
    this.flow.up = this.flow.down = 'carry'
    for (const link of this.#links) link.release()
  }

  /** @returns takes the rule back */
  rule(rule: Rule): () => void {
    this.#rules.add(rule)
    return () => this.#rules.delete(rule)
  }

  /** Does something to the next that is wanted, once. @returns settles when it has come by */
  once(isWanted: (passing: Passing) => boolean, verdict: Verdict): Promise<Passing> {
    return new Promise((resolve) => {
      const end = this.rule((passing) => {
        if (!isWanted(passing)) return undefined
        end()
        resolve(passing)
        return verdict
      })
    })
  }

  /**
   * Loses the answer to the next request of our SDK, and the connection with it: the device cannot know whether it was carried out.
   *
   * @param type of the request, as docs/protocol-reference.md names it, such as `message.send`; any unless it is given
   * @param withEvents also what the request made others tell is lost
   * @returns settles when the answer is lost
   */
  async loseAnswer(type?: string, withEvents = false): Promise<void> {
    const { link, isAnswer } = await this.#request(type)
    const end = this.rule((passing) =>
      withEvents && passing.link === link && passing.direction === 'down' && !isAnswer(passing) ? 'swallow' : undefined,
    )
    await this.once(isAnswer, 'cut before')
    end()
  }

  /**
   * Carries the answer to the next request of our SDK twice.
   *
   * @param type as for `loseAnswer`
   * @returns settles when it was carried
   */
  async duplicateAnswer(type?: string): Promise<void> {
    const { isAnswer } = await this.#request(type)
    await this.once(isAnswer, 'carry twice')
  }

  /** Whether it carries no connection. @internal */
  get isIdle(): boolean {
    return this.#links.size === 0
  }

  /** Whether nothing comes from or to what has connected to the server from a port. @internal */
  holds(port: number): boolean {
    const isStill = this.flow.up !== 'carry' || this.flow.down !== 'carry'
    return isStill && [...this.#links].some((link) => link.port === port)
  }

  /** The next request of a type, and what its answer is known by. */
  async #request(type: string | undefined) {
    const isWanted = ({ direction, frame }: Passing) =>
      direction === 'up' && typeof frame?.type === 'string' && (type ?? frame.type) === frame.type
    const { link, frame } = await this.once(isWanted, 'carry')
    const isAnswer = (passing: Passing) =>
      passing.direction === 'down' && passing.link === link && passing.frame?.reply === frame?.id
    return { link, isAnswer }
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** What the rules say of something; the first that says anything decides. */
  judge(passing: Passing): Verdict {
    for (const rule of this.#rules) {
      const verdict = rule(passing)
      if (verdict) return verdict
    }
    return 'carry'
  }

  #accept(device: Socket): void {
    if (this.#isRefusing) {
      device.on('error', () => {})
      device.resetAndDestroy()
      return
    }
    this.connections++
    const server = connect(this.#target)
    const link = new Link(this, device, server)
    this.#links.add(link)
    for (const [one, other] of [[device, server] as const, [server, device] as const]) {
      one.once('close', () => other.closed && this.#links.delete(link))
    }
  }
}

function frameOf({ text, binary }: Piece): Record<string, unknown> | undefined {
  if (text !== undefined) return JSON.parse(text)
  const packet = binary && readPacket(binary)
  if (!packet || packet instanceof Refusal) return undefined
  return { ...packet.header, payload: jsonOf(packet.payload) }
}

/** Undefined for what is empty or something else. */
function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString())
  } catch {
    return undefined
  }
}

/** One connection through the network. */
class Link {
  readonly #network: Network
  /** Whoever hears what goes in a direction. */
  readonly #ears: Record<Direction, Socket>
  readonly #held: Record<Direction, Buffer[]> = { up: [], down: [] }
  #isCut = false

  constructor(network: Network, device: Socket, server: Socket) {
    this.#network = network
    this.#ears = { up: server, down: device }
    for (const [direction, from] of [['up', device] as const, ['down', server] as const]) {
      const splitter = new FrameSplitter()
      const to = this.#ears[direction]
      from.setNoDelay(true)
      from.on('data', (chunk: Buffer) => {
        for (const piece of splitter.push(chunk)) this.#pass(direction, piece)
      })
      // A peer that resets the connection is not the network's fault.
      from.on('error', () => {})
      // A half-open connection does not say that its other end is gone.
      from.on('close', () => network.flow[direction] === 'carry' && this.#after(() => to.destroySoon()))
    }
  }

  /** Where it comes from, as the server sees it. */
  get port(): number | undefined {
    return (this.#ears.up.address() as Partial<AddressInfo>).port
  }

  reset(): void {
    this.#isCut = true
    for (const socket of Object.values(this.#ears)) socket.resetAndDestroy()
  }

  release(): void {
    for (const direction of ['up', 'down'] as const) {
      for (const bytes of this.#held[direction].splice(0)) this.#ears[direction].write(bytes)
      // It ended meanwhile.
      if (this.#ears[OPPOSITE[direction]].destroyed) this.#ears[direction].destroySoon()
    }
  }

  #pass(direction: Direction, piece: Piece): void {
    if (this.#isCut) return
    const { bytes } = piece
    const verdict = this.#network.judge({ direction, frame: frameOf(piece), link: this })
    if (verdict === 'carry twice') this.#carry(direction, bytes)
    if (verdict === 'carry' || verdict === 'carry twice' || verdict === 'cut after') this.#carry(direction, bytes)
    if (verdict === 'cut before' || verdict === 'cut after') this.#end()
  }

  #carry(direction: Direction, bytes: Buffer): void {
    const flow = this.#network.flow[direction]
    if (flow === 'hold') this.#held[direction].push(bytes)
    else if (flow === 'carry') this.#after(() => this.#ears[direction].write(bytes))
  }

  /** Ends behind what was carried so far. */
  #end(): void {
    this.#isCut = true
    this.#after(() => {
      for (const socket of Object.values(this.#ears)) socket.destroySoon()
    })
  }

  #after(act: () => void): void {
    if (this.#network.delay > 0) setTimeout(act, this.#network.delay)
    else act()
  }
}
