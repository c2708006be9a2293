/** A piece of one direction of a connection: one frame of a WebSocket, the head before them, or a part of other HTTP. */
export interface Piece {
  readonly bytes: Buffer
  /** What a text frame says. */
  readonly text?: string
  /** What a binary frame says. */
  readonly binary?: Buffer
}

const HEAD_END = '\r\n\r\n'
const [TEXT, BINARY] = [1, 2]
/** How the head of a WebSocket begins, up and down. A connection that carried other requests may become one. */
const UPGRADE = /^(GET \/v1\/socket|GET \/v3\/wsconnect|HTTP\/1\.1 101) /

/** Splits one direction of a connection at the borders of its frames, so that a cut can fall exactly between two of them. */
export class FrameSplitter {
  #rest = Buffer.alloc(0)
  #kind: 'http' | 'frames' = 'http'

  /** @returns the pieces that are complete now; what is not waits for the next call */
  push(chunk: Buffer): Piece[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const pieces: Piece[] = []
    for (let piece = this.#take(); piece; piece = this.#take()) pieces.push(piece)
    return pieces
  }

  #take(): Piece | undefined {
    if (this.#rest.length === 0) return undefined
    return this.#kind === 'http' ? this.#http() : this.#frame()
  }

  #http(): Piece | undefined {
    if (!UPGRADE.test(this.#rest.subarray(0, 32).toString('latin1'))) return { bytes: this.#cut(this.#rest.length) }
    const end = this.#rest.indexOf(HEAD_END)
    if (end < 0) return undefined
    this.#kind = 'frames'
    return { bytes: this.#cut(end + HEAD_END.length) }
  }

  /** RFC 6455, 5.2: two bytes, a longer length, a mask, the payload. */
  #frame(): Piece | undefined {
    const [first = 0, second = 0] = this.#rest
    const short = second & 0x7f
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const masked = (second & 0x80) !== 0
    const head = 2 + extra + (masked ? 4 : 0)
    if (this.#rest.length < head) return undefined
    const length = extra === 0 ? short : extra === 2 ? this.#rest.readUInt16BE(2) : Number(this.#rest.readBigUInt64BE(2))
    if (this.#rest.length < head + length) return undefined
    const bytes = this.#cut(head + length)
    const kind = first & 0x0f
    if (kind !== TEXT && kind !== BINARY) return { bytes }
    const mask = masked ? bytes.subarray(head - 4, head) : undefined
    const sent = bytes.subarray(head)
    const payload = mask ? Buffer.from(sent.map((byte, at) => byte ^ (mask[at % 4] ?? 0))) : sent
    return kind === TEXT ? { bytes, text: payload.toString() } : { bytes, binary: payload }
  }

  #cut(length: number): Buffer {
    const bytes = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return bytes
  }
}
