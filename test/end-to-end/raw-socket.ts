import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What a frame says about itself; a well-formed final text frame unless told otherwise. */
export interface FrameParts {
  readonly final?: boolean
  /** Three bits. */
  readonly reserved?: number
  readonly opcode?: number
  readonly masked?: boolean
  readonly payload?: Uint8Array | string
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78])

/** The bytes of one WebSocket frame, right or wrong. */
export function frame(parts: FrameParts): Buffer {
  const { final = true, reserved = 0, opcode = OPCODES.text, masked = true, payload = '' } = parts
  const content = Buffer.from(payload as Uint8Array)
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode
  const body = masked ? Buffer.concat([MASK, content.map((byte, at) => byte ^ (MASK[at % 4] as number))]) : content
  return Buffer.concat([Buffer.from([first]), lengthOf(content.length, masked), body])
}

function lengthOf(length: number, masked: boolean): Buffer {
  const flag = masked ? 0x80 : 0
  if (length < 126) return Buffer.from([flag | length])
  if (length < 65_536) return Buffer.from([flag | 126, length >> 8, length & 0xff])
  const long = Buffer.alloc(9)
  long[0] = flag | 127
  long.writeBigUInt64BE(BigInt(length), 1)
  return long
}

/** A TCP connection on which a test says every byte by itself. */
export class RawSocket {
  readonly stream: Socket
  /** Settles when the connection is gone. */
  readonly gone: Promise<void>
  #received: Buffer = Buffer.alloc(0)
  #grown: () => void = () => {}

  private constructor(stream: Socket) {
    this.stream = stream
    stream.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data])
      this.#grown()
    })
    stream.on('error', () => {})
    this.gone = new Promise((resolve) => {
      stream.once('close', () => {
        resolve()
        this.#grown()
      })
    })
  }

  /** Connects and says nothing yet. */
  static async connect(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url)
    const stream = connect(Number(port), hostname)
    await once(stream, 'connect')
    return new RawSocket(stream)
  }

  /** Connects and asks for our socket. */
  static async upgrade(url: string, path = '/v1/socket', headers: Readonly<Record<string, string>> = {}): Promise<RawSocket> {
    const socket = await RawSocket.connect(url)
    const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.stream.write(
      `GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra.join('')}\r\n`,
    )
    return socket
  }

  /** Reads the head of an HTTP answer: its status. */
  async status(): Promise<number> {
    const text = () => this.#received.toString('latin1')
    await this.#until(() => text().includes('\r\n\r\n'))
    const end = text().indexOf('\r\n\r\n') + 4
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text())?.[1])
    this.#received = this.#received.subarray(end)
    return status
  }

  /** Reads until the server closes: the code of its close frame; undefined when it cut the connection without one. */
  async closeCode(): Promise<number | undefined> {
    for (;;) {
      const next = await this.nextFrame()
      if (!next) return undefined
      if (next.opcode === OPCODES.close) return next.payload.length < 2 ? 1005 : next.payload.readUInt16BE()
    }
  }

  /** The next frame of the server, which never masks; undefined at the end. */
  async nextFrame(): Promise<{ opcode: number; payload: Buffer } | undefined> {
    const has = (length: number) => this.#until(() => this.#received.length >= length)
    if (!(await has(2))) return undefined
    const short = (this.#received[1] as number) & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    if (!(await has(2 + extended))) return undefined
    const length = extended === 0 ? short : Number(`0x${this.#received.toString('hex', 2, 2 + extended)}`)
    const end = 2 + extended + length
    if (!(await has(end))) return undefined
    const opcode = (this.#received[0] as number) & 0x0f
    const payload = this.#received.subarray(2 + extended, end)
    this.#received = this.#received.subarray(end)
    return { opcode, payload }
  }

  /** Writes bytes and waits until the kernel has them. */
  write(...bytes: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve) => {
      this.stream.write(Buffer.concat(bytes), () => resolve())
    })
  }

  /** @returns false when the connection ended before the condition came true */
  async #until(isTrue: () => boolean): Promise<boolean> {
    while (!isTrue()) {
      if (this.stream.destroyed) return false
      await new Promise<void>((resolve) => {
        this.#grown = resolve
      })
    }
    return true
  }
}
