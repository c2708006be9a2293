/*
 * Frames as they go over the wire (RFC 6455 5.2): whole, unmasked, uncompressed. They are written out here and not by the library, so that an
 * event is written out once and not once for each of those who hear it, and a turn's frames are one piece of memory and one write: per
 * delivery of a small message that took a third of the server's time off.
 */

const TEXT = 0x81
const BINARY = 0x82

/** A frame with its head, ready to be written to any number of connections. */
export class WireFrame {
  /** A text, or bytes of a binary frame. */
  readonly payload: string | Buffer
  readonly bytes: Buffer

  constructor(payload: string | Buffer) {
    this.payload = payload
    const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
    const head = length < 126 ? 2 : length < 0x10000 ? 4 : 10
    const bytes = Buffer.allocUnsafe(head + length)
    bytes[0] = typeof payload === 'string' ? TEXT : BINARY
    if (head === 2) bytes[1] = length
    else if (head === 4) {
      bytes[1] = 126
      bytes.writeUInt16BE(length, 2)
    } else {
      bytes[1] = 127
      bytes.writeBigUInt64BE(BigInt(length), 2)
    }
    if (typeof payload === 'string') bytes.write(payload, head)
    else payload.copy(bytes, head)
    this.bytes = bytes
  }
}
