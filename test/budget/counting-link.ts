import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What went over a link to PostgreSQL. */
export interface Crossed {
  /** Prepared statements that were run, and texts. */
  statements: number
  /** Times that something went out after something had come in, on the same connection. */
  roundTrips: number
  /** Both ways. */
  bytes: number
}

const RUNS = new Set(['E', 'Q'])
/** The first message of a connection has no kind. */
const START_UP = 4
const MESSAGE = 5

/** A link to PostgreSQL that counts what goes over it, by the protocol's messages. */
export class CountingLink implements AsyncDisposable {
  readonly crossed: Crossed = { statements: 0, roundTrips: 0, bytes: 0 }
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((store) => this.#accept(store))
  }

  /** @param target the URL of the database */
  static async begin(target: string): Promise<CountingLink> {
    const link = new CountingLink(target)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  /** The URL of the database, over this link. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(store: Socket): void {
    const { hostname: host, port } = this.#target
    const database = connect({ host, port: Number(port) })
    for (const [one, other] of [
      [store, database],
      [database, store],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    let hasAnswered = false
    const read = this.#reader()
    store.on('data', (bytes: Buffer) => {
      if (hasAnswered) this.crossed.roundTrips++
      hasAnswered = false
      this.crossed.bytes += bytes.length
      read(bytes)
      database.write(bytes)
    })
    database.on('data', (bytes: Buffer) => {
      hasAnswered = true
      this.crossed.bytes += bytes.length
      store.write(bytes)
    })
  }

  /** Reads what one connection sends, however it is cut. */
  #reader(): (bytes: Buffer) => void {
    let [rest, hasStarted] = [Buffer.alloc(0), false]
    return (bytes) => {
      rest = Buffer.concat([rest, bytes])
      for (;;) {
        const head = hasStarted ? MESSAGE : START_UP
        if (rest.length < head) return
        const length = rest.readUInt32BE(head - 4) + head - 4
        if (rest.length < length) return
        if (hasStarted && RUNS.has(String.fromCharCode(rest[0] as number))) this.crossed.statements++
        hasStarted = true
        rest = rest.subarray(length)
      }
    }
  }
}
