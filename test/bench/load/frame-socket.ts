import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/*
 * A WebSocket client for load and nothing else: frames are found in what the kernel gives and handed out as texts, and what one turn
 * of the event loop sends is one write. The clients of a measurement are not to be its limit.
 */

const TEXT = 0x1
const CLOSE = 0x8
const PING = 0x9
const NOTHING = Buffer.alloc(0)

/** The other end's way in. */
export interface FrameReader {
  /** @param text as Latin-1, one character for a byte: load is ASCII */
  text(text: string): void
  closed(): void
}

/** One connection. */
export class FrameSocket {
  readonly #socket: Socket
  readonly #reader: FrameReader
  #rest: Buffer = NOTHING
  #waiting = ''
  #isSending = false

  private constructor(socket: Socket, reader: FrameReader) {
    this.#socket = socket
    this.#reader = reader
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', () => {})
    socket.on('close', () => reader.closed())
  }

  /**
   * Connects and shakes hands.
   *
   * @throws when the server says no
   */
  static async open(url: URL, reader: FrameReader): Promise<FrameSocket> {
    const socket = connect(Number(url.port), url.hostname)
    const head = [
      `GET ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')))
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the server closed the connection')))
    })
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`the server said no: ${answer.split('\r\n')[0]}`)
    socket.removeAllListeners()
    return new FrameSocket(socket, reader)
  }

  /** @param text ASCII, below 64 KiB */
  send(text: string): void {
    this.#frame(TEXT, text)
  }

  end(): void {
    this.#socket.destroy()
  }

  /** The key of the mask is zero, so that masking changes nothing. */
  #frame(kind: number, text: string): void {
    const { length } = text
    const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff]
    this.#waiting += String.fromCharCode(0x80 | kind, ...size, 0, 0, 0, 0) + text
    if (this.#isSending) return
    this.#isSending = true
    setImmediate(() => {
      this.#isSending = false
      this.#socket.write(this.#waiting, 'latin1')
      this.#waiting = ''
    })
  }

  #read(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let at = 0
    while (at + 2 <= all.length) {
      const short = (all[at + 1] as number) & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (at + head > all.length) break
      const length = short < 126 ? short : short === 126 ? all.readUInt16BE(at + 2) : Number(all.readBigUInt64BE(at + 2))
      const end = at + head + length
      if (end > all.length) break
      this.#take((all[at] as number) & 0x0f, all.toString('latin1', at + head, end))
      at = end
    }
    this.#rest = at === all.length ? NOTHING : all.subarray(at)
  }

  #take(kind: number, text: string): void {
    if (kind === TEXT) this.#reader.text(text)
    else if (kind === PING) this.#frame(0xa, text)
    else if (kind === CLOSE) this.#socket.end()
  }
}
