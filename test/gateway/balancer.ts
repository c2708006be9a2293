import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * What stands before several nodes, and gives connections to the one that it is told. When it goes over to another one, devices lose their
 * connections, and the node that they were on is not told so.
 */
export class Balancer {
  readonly #server: Server
  readonly #devices = new Set<Socket>()
  readonly #left = new Set<Socket>()
  #node: string

  private constructor(node: string) {
    this.#node = node
    this.#server = createServer((device) => this.#accept(device))
  }

  /** @param node the URL of the first one */
  static async begin(node: string): Promise<Balancer> {
    const balancer = new Balancer(node)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many connections a node has here that lead to nobody any more. */
  get left(): number {
    return this.#left.size
  }

  /** @param node the URL of the one that gets connections from now on */
  moveTo(node: string): void {
    this.#node = node
    for (const device of this.#devices) device.resetAndDestroy()
  }

  /** Lets the nodes know at last which connections are over. */
  tell(): void {
    for (const node of this.#left) node.destroy()
  }

  close(): void {
    for (const socket of [...this.#devices, ...this.#left]) socket.destroy()
    this.#server.close()
  }

  #accept(device: Socket): void {
    const { hostname: host, port } = new URL(this.#node)
    const node = connect({ host, port: Number(port) })
    this.#devices.add(device)
    device.pipe(node, { end: false })
    node.pipe(device)
    for (const socket of [device, node]) socket.on('error', () => {})
    device.once('close', () => {
      this.#devices.delete(device)
      if (!node.destroyed) this.#left.add(node)
      node.resume()
    })
    node.once('close', () => {
      this.#left.delete(node)
      device.destroy()
    })
  }
}
