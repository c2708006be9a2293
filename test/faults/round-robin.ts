import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What stands before several nodes: each connection goes to the next one, and when that one refuses it, to the one after. */
export class RoundRobin implements AsyncDisposable {
  readonly #nodes: readonly URL[]
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #next = 0

  private constructor(nodes: readonly string[]) {
    this.#nodes = nodes.map((url) => new URL(url))
    this.#server = createServer((device) => void this.#accept(device))
  }

  /** @param nodes the URLs of all of them, whether they serve at the moment or not */
  static async begin(nodes: readonly string[]): Promise<RoundRobin> {
    const balancer = new RoundRobin(nodes)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #accept(device: Socket): Promise<void> {
    this.#keep(device)
    for (let tries = 0; tries < this.#nodes.length; tries++) {
      const { hostname: host, port } = this.#nodes[this.#next++ % this.#nodes.length] as URL
      const node = connect({ host, port: Number(port) })
      this.#keep(node)
      const isOpen = await Promise.race([once(node, 'connect').then(() => true), once(node, 'close').then(() => false)]).catch(
        () => false,
      )
      if (!isOpen) continue
      device.pipe(node)
      node.pipe(device)
      device.once('close', () => node.destroy())
      node.once('close', () => device.destroy())
      return
    }
    device.destroy()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
  }
}
