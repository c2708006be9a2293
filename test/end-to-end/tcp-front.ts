import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a severed front loses: all of it, or only what goes one way. */
export type Loss = 'everything' | 'requests' | 'answers'

/** Milliseconds between two portions of what passes slowly. */
const PORTION = 100

/**
 * What stands before one or several servers, and carries bytes until it is told to fail as networks and balancers do. Each connection
 * goes to the next server, and when that one refuses it, to the one after.
 */
export class TcpFront implements AsyncDisposable {
  #targets: readonly URL[]
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #next = 0
  #loss: Loss | undefined
  #slowness: NodeJS.Timeout | undefined

  private constructor(targets: readonly string[]) {
    this.#targets = targets.map((url) => new URL(url))
    this.#server = createServer((device) => void this.#accept(device))
  }

  /** @param targets the URLs of the servers, whether they serve at the moment or not */
  static async begin(...targets: readonly string[]): Promise<TcpFront> {
    const front = new TcpFront(targets)
    front.#server.listen(0, '127.0.0.1')
    await once(front.#server, 'listening')
    return front
  }

  /** The URL of the first server, by way of this. */
  get url(): string {
    const url = new URL(this.#targets[0] as URL)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href.replace(/\/$/, '')
  }

  /** How many connections servers have here that lead to nobody any more. */
  get left(): number {
    return [...this.#pairs].filter(({ isLeft }) => isLeft).length
  }

  /** As a network is partitioned: connections stay, nothing arrives, nobody is told. */
  sever(loss: Loss): void {
    this.#loss = loss
    this.#apply()
  }

  /** Answers get to devices this slowly from now on. @param rate bytes per second for each */
  slow(rate: number): void {
    clearInterval(this.#slowness)
    this.#slowness = setInterval(() => {
      // What is read of a socket that is held passes as anything else does.
      for (const { server } of this.#pairs) server.read(Math.ceil((rate * PORTION) / 1000))
    }, PORTION)
    this.#apply()
  }

  /** Carries everything again: what was under way arrives, as TCP sends it again. */
  heal(): void {
    this.#loss = undefined
    clearInterval(this.#slowness)
    this.#slowness = undefined
    this.#apply()
  }

  /** As a balancer fails over: devices lose their connections, and the server that they were on is not told so. @param target gets the next ones */
  moveTo(target: string): void {
    this.#targets = [new URL(target)]
    for (const pair of this.#pairs) {
      pair.isLeft = true
      pair.device.resetAndDestroy()
      pair.server.resume()
    }
  }

  /** Lets servers know at last which connections are over. */
  tell(): void {
    for (const { isLeft, server } of this.#pairs) if (isLeft) server.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#slowness)
    for (const { device, server } of this.#pairs) for (const socket of [device, server]) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #accept(device: Socket): Promise<void> {
    device.on('error', () => {})
    for (let tries = 0; tries < this.#targets.length; tries++) {
      const { hostname: host, port } = this.#targets[this.#next++ % this.#targets.length] as URL
      const server = connect({ host, port: Number(port) }).on('error', () => {})
      const pair: Pair = { device, server, isLeft: false }
      this.#pairs.add(pair)
      server.once('close', () => this.#pairs.delete(pair))
      if (await opens(server)) return this.#join(pair)
    }
    device.destroy()
  }

  #join(pair: Pair): void {
    const { device, server } = pair
    this.#forward(device, server, pair)
    this.#forward(server, device, pair)
    // A stream that is not read does not hear of its end either: what one side does reaches the other one when all is carried again.
    device.once('close', () => pair.isLeft || server.destroy())
    server.once('close', () => device.destroy())
    if (device.destroyed) server.destroy()
  }

  #forward(from: Socket, to: Socket, pair: Pair): void {
    from.on('data', (chunk) => {
      if (!to.destroyed && !to.write(chunk)) this.#flow(pair)
    })
    from.once('end', () => pair.isLeft || to.end())
    to.on('drain', () => this.#flow(pair))
    this.#flow(pair)
  }

  #apply(): void {
    for (const pair of this.#pairs) this.#flow(pair)
  }

  #flow({ device, server, isLeft }: Pair): void {
    if (isLeft) return
    const loses = (what: Loss) => this.#loss === 'everything' || this.#loss === what
    hold(device, loses('requests') || server.writableNeedDrain)
    hold(server, loses('answers') || this.#slowness !== undefined || device.writableNeedDrain)
  }
}

interface Pair {
  readonly device: Socket
  readonly server: Socket
  /** The device is gone, and the server is not told. */
  isLeft: boolean
}

/** Whether a connection comes about. */
function opens(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('close', () => resolve(false))
  })
}

function hold(socket: Socket, isHeld: boolean): void {
  if (isHeld) socket.pause()
  else socket.resume()
}
