import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a severed link loses: all of it, or only what goes one way. */
export type Loss = 'everything' | 'requests' | 'answers'

/**
 * A link to a server that can be severed as a network is partitioned: connections stay, nothing arrives, nobody is told. What was under
 * way arrives when it heals, as TCP sends it again.
 */
export class SeverableLink implements AsyncDisposable {
  readonly #target: URL
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #loss: Loss | undefined

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((device) => this.#accept(device))
  }

  /** @param target the URL of the server */
  static async begin(target: string): Promise<SeverableLink> {
    const link = new SeverableLink(target)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  /** The URL of the server, over this link. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  sever(loss: Loss): void {
    this.#loss = loss
    for (const pair of this.#pairs) this.#apply(pair)
  }

  heal(): void {
    this.#loss = undefined
    for (const pair of this.#pairs) this.#apply(pair)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { device, server } of this.#pairs) for (const socket of [device, server]) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(device: Socket): void {
    const { hostname: host, port } = this.#target
    const pair = { device, server: connect({ host, port: Number(port) }) }
    this.#pairs.add(pair)
    forward(device, pair.server)
    forward(pair.server, device)
    // A stream that is not read does not hear of its end either: what one side does reaches the other one when the link is whole.
    for (const socket of [device, pair.server]) socket.on('error', () => {}).once('close', () => this.#pairs.delete(pair))
    this.#apply(pair)
  }

  #apply({ device, server }: Pair): void {
    flow(device, this.#loss === 'everything' || this.#loss === 'requests')
    flow(server, this.#loss === 'everything' || this.#loss === 'answers')
  }
}

interface Pair {
  readonly device: Socket
  readonly server: Socket
}

function forward(from: Socket, to: Socket): void {
  from.on('data', (chunk) => to.write(chunk))
  from.once('end', () => to.end())
  from.once('close', () => to.destroy())
}

function flow(socket: Socket, isHeld: boolean): void {
  if (isHeld) socket.pause()
  else socket.resume()
}
