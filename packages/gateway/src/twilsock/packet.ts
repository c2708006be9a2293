import { Refusal } from '@conversa/core'
import { isJsonObject, readJson } from './json.ts'

/** One message of the vendor's transport: a JSON header, and a payload of bytes (twilio-wire-protocol 2.1). */
export interface Packet {
  readonly header: PacketHeader
  readonly payload: Buffer
}

export interface PacketHeader {
  readonly id: string
  readonly method: string
  readonly [field: string]: unknown
}

const MAGIC = /^TWILSOCK V3\.0 (\d{1,8})\r\n/
const LINE_END = '\r\n'
/** More than any first line of a packet has. */
const FIRST_LINE = 32

/**
 * Reads a packet. Sizes count bytes, and must fit exactly: nothing is guessed.
 *
 * @param data one WebSocket message
 * @returns the packet, or a refusal for whatever is none
 */
export function readPacket(data: Buffer): Packet | Refusal {
  const first = MAGIC.exec(data.toString('latin1', 0, FIRST_LINE))
  if (!first) return new Refusal('frame-malformed')
  const begin = first[0].length
  const end = begin + Number(first[1])
  if (data.toString('latin1', end, end + LINE_END.length) !== LINE_END) return new Refusal('frame-malformed')
  const header = readJson(data.subarray(begin, end))
  if (!isHeader(header)) return new Refusal('frame-malformed')
  const payload = data.subarray(end + LINE_END.length)
  const { payload_size = 0 } = header
  return payload.length === payload_size ? { header, payload } : new Refusal('frame-malformed')
}

/**
 * Writes a packet.
 *
 * @param payload sent as JSON; undefined for none
 */
export function writePacket(header: PacketHeader, payload?: unknown): Buffer {
  const body = payload === undefined ? '' : JSON.stringify(payload)
  const size = Buffer.byteLength(body)
  const typed = payload === undefined ? header : { ...header, payload_type: 'application/json' }
  const head = JSON.stringify({ ...typed, payload_size: size })
  return Buffer.from(`TWILSOCK V3.0 ${Buffer.byteLength(head)}${LINE_END}${head}${LINE_END}${body}`)
}

function isHeader(value: unknown): value is PacketHeader {
  if (!isJsonObject(value)) return false
  const { id, method } = value
  return typeof id === 'string' && id.length <= 128 && typeof method === 'string'
}
