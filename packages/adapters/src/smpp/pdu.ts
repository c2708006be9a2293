/// <reference path="./smpp.d.ts" />
import smpp from 'smpp'

/*
 * Frames of SMPP 3.4. The library reads and writes them; what it does beyond that (guessing alphabets, reading dates, believing
 * lengths) is kept away from what comes over the network.
 */

/** A frame, with its fields by the names of the specification. The library has no types: what is published names this one. */
export interface Pdu {
  readonly command: string
  readonly command_id: number
  readonly command_status: number
  sequence_number: number
  isResponse(): boolean
  response(fields?: Fields): Pdu
  toBuffer(): Buffer
  readonly [field: string]: unknown
}

export type Fields = Readonly<Record<string, unknown>>

/** Bytes of the longest frame that anybody is believed to send; the library reads no longer ones. */
export const LONGEST_FRAME = 16_384
/** Bytes of the head of each frame: length, command, status, number. */
export const HEAD = 16

/** `command_status` (SMPP 3.4, 5.1.3), as far as it is told apart here. */
export const STATUS = {
  ok: 0x00,
  invalidMessageLength: 0x01,
  invalidCommandLength: 0x02,
  invalidCommand: 0x03,
  systemError: 0x08,
  throttled: 0x58,
  temporaryError: 0x64,
  permanentError: 0x65,
} as const

for (const command of ['submit_sm', 'deliver_sm']) {
  const definition = smpp.commands[command] as NonNullable<(typeof smpp.commands)[string]>
  const asBytes = { short_message: { type: smpp.types.buffer } }
  const asText = { schedule_delivery_time: { type: smpp.types.cstring }, validity_period: { type: smpp.types.cstring } }
  smpp.addCommand(command, { ...definition, params: { ...definition.params, ...asText, ...asBytes } })
}
smpp.addTLV('message_payload', { id: 0x0424, type: smpp.types.tlv.buffer })

/** @param fields by the names of the specification; what is missing is empty */
export function pduOf(command: string, fields: Fields = {}): Pdu {
  return new smpp.PDU(command, fields)
}

/**
 * Reads a frame.
 *
 * @param frame of the length that it says
 * @returns undefined when it is broken
 */
export function readPdu(frame: Buffer): Pdu | undefined {
  try {
    const pdu = new smpp.PDU(frame)
    return pdu.command !== 'deliver_sm' || isWholeDelivery(frame) ? pdu : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a `deliver_sm` ends where its lengths say (SMPP 3.4, 4.6.1): the library takes what there is of a text that is cut off.
 */
function isWholeDelivery(frame: Buffer): boolean {
  let at = HEAD
  const text = () => {
    const end = frame.indexOf(0, at)
    at = end < 0 ? frame.length + 1 : end + 1
  }
  text() // service_type
  at += 2
  text() // source_addr
  at += 2
  text() // destination_addr
  at += 3
  text() // schedule_delivery_time
  text() // validity_period
  at += 4
  if (at >= frame.length) return false
  at += 1 + frame.readUInt8(at)
  while (at + 4 <= frame.length) at += 4 + frame.readUInt16BE(at + 2)
  return at === frame.length
}
