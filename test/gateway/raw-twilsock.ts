import { once } from 'node:events'
import { WebSocket } from 'ws'

interface Packet {
  readonly header: Record<string, unknown> & { readonly id: string; readonly method: string }
  readonly payload: unknown
}

/** A client of the vendor's transport that sends what a test wants, packets or not. */
export class RawTwilsock {
  readonly socket: WebSocket
  readonly #packets: Packet[] = []
  #waiting: (() => void)[] = []
  #sent = 0
  /** Hears every packet that comes. */
  heard: (packet: Packet) => void = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      const packet = parsePacket(data)
      this.heard(packet)
      this.#packets.push(packet)
      for (const look of this.#waiting.splice(0)) look()
    })
  }

  static async connect(url: string): Promise<RawTwilsock> {
    const raw = new RawTwilsock(new WebSocket(`${url.replace(/^http/, 'ws')}/v3/wsconnect`))
    await once(raw.socket, 'open')
    return raw
  }

  /** Sends a packet and gives the reply to it. */
  async call(method: string, fields: object = {}, payload?: object | string): Promise<Packet> {
    const id = `T${++this.#sent}`
    this.socket.send(packetOf({ id, method, ...fields }, payload))
    return this.next(({ header }) => header.id === id)
  }

  /** Sends a tunnelled request and gives its HTTP status and body. */
  async ask(
    method: string,
    path: string,
    body?: object | string,
    params: object = {},
  ): Promise<{ status: number; body: unknown }> {
    const { header, payload } = await this.call('message', { http_request: { host: 'x', method, path, params } }, body)
    return { status: (header.http_status as { code: number }).code, body: payload }
  }

  async next(isWanted: (packet: Packet) => boolean): Promise<Packet> {
    for (;;) {
      const at = this.#packets.findIndex(isWanted)
      const [found] = at < 0 ? [] : this.#packets.splice(at, 1)
      if (found) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

/** A packet with whatever header and payload. */
export function packetOf(header: object, payload?: object | string): Buffer {
  const body = typeof payload === 'string' ? payload : payload === undefined ? '' : JSON.stringify(payload)
  const head = JSON.stringify({ payload_type: 'application/json', ...header, payload_size: Buffer.byteLength(body) })
  return Buffer.from(`TWILSOCK V3.0 ${Buffer.byteLength(head)}\r\n${head}\r\n${body}`)
}

/** A packet, taken apart. */
export function parsePacket(data: Buffer): Packet {
  const text = data.toString()
  const [first = '', head = ''] = text.split('\r\n', 2)
  const payload = text.slice(first.length + head.length + 4)
  const header = JSON.parse(head)
  const isJson = (header.payload_type ?? 'application/json').startsWith('application/json')
  return { header, payload: payload === '' ? undefined : isJson ? JSON.parse(payload) : payload }
}
