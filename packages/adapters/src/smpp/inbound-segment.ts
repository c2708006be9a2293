import { createHash } from 'node:crypto'
import { decodeGsm } from './gsm-alphabet.ts'
import type { Pdu } from './pdu.ts'
import { CODINGS } from './short-message.ts'

const HAS_HEADER = 0x40
/** Elements of a header that say: a part, by a reference of one byte or of two (3GPP TS 23.040, 9.2.3.24). */
const PART = 0x00
const PART_OF_WIDE_REFERENCE = 0x08
const INTERNATIONAL = 1
/** Digits of the shortest number that is taken for an international one where nothing says so. */
const SHORTEST_NUMBER = 9

type Alphabet = 'gsm' | 'latin1' | 'ucs2'

/** Which part of a longer text it is. @property number from 1 */
export interface PartPlace {
  readonly reference: string
  readonly total: number
  readonly number: number
}

/** One short message as it came: a text, or a part of one. */
export interface InboundSegment {
  readonly address: string
  readonly proxyAddress: string
  readonly alphabet: Alphabet
  readonly bytes: Buffer
  readonly part: PartPlace | undefined
  /** The same when the SMSC brings the same again; SMPP has no other name for it. */
  readonly key: string
}

/** @returns undefined when it is not a text, or its header is broken */
export function readSegment(pdu: Pdu): InboundSegment | undefined {
  const { short_message: short, message_payload: payload } = pdu
  const whole = Buffer.isBuffer(short) && short.length > 0 ? short : Buffer.isBuffer(payload) ? payload : Buffer.alloc(0)
  const alphabet = alphabetOf(Number(pdu.data_coding ?? 0))
  const isHeaded = (Number(pdu.esm_class) & HAS_HEADER) !== 0
  const header = isHeaded ? headerOf(whole) : { size: 0, part: undefined }
  if (!alphabet || !header) return undefined
  const address = addressOf(pdu.source_addr, pdu.source_addr_ton)
  const proxyAddress = addressOf(pdu.destination_addr, pdu.dest_addr_ton)
  const part = header.part ?? placeOf('sar', pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum)
  const key = createHash('sha256')
    .update(JSON.stringify([address, proxyAddress, pdu.data_coding, pdu.esm_class, part]))
    .update(whole)
    .digest('base64url')
  return { address, proxyAddress, alphabet, bytes: whole.subarray(header.size), part, key }
}

/** The text of segments that follow one another: what one ends with may belong to what the next begins with. */
export function textOf(segments: readonly Pick<InboundSegment, 'alphabet' | 'bytes'>[]): string {
  const runs: { readonly alphabet: Alphabet; readonly bytes: Buffer[] }[] = []
  for (const { alphabet, bytes } of segments) {
    const last = runs.at(-1)
    if (last?.alphabet === alphabet) last.bytes.push(bytes)
    else runs.push({ alphabet, bytes: [bytes] })
  }
  return runs.map(({ alphabet, bytes }) => decode(alphabet, Buffer.concat(bytes))).join('')
}

function decode(alphabet: Alphabet, bytes: Buffer): string {
  if (alphabet === 'gsm') return decodeGsm(bytes)
  if (alphabet === 'latin1') return bytes.toString('latin1')
  return new TextDecoder('utf-16be').decode(bytes.subarray(0, bytes.length & ~1))
}

/** `data_coding` as SMPP 3.4 (5.2.19) and 3GPP TS 23.038 (4) say. @returns undefined when it is no text */
function alphabetOf(coding: number): Alphabet | undefined {
  if (coding === CODINGS.ia5 || coding === CODINGS.latin1) return 'latin1'
  if (coding === CODINGS.gsm) return 'gsm'
  if (coding === CODINGS.ucs2 || coding >> 4 === 0xe) return 'ucs2'
  if (coding >> 4 === 0x1 || coding >> 4 === 0xf) return ([`gsm`, undefined, 'ucs2'] as const)[(coding >> 2) & 3]
  return coding >> 4 === 0xc || coding >> 4 === 0xd ? 'gsm' : undefined
}

function headerOf(whole: Buffer): { readonly size: number; readonly part: PartPlace | undefined } | undefined {
  const size = (whole[0] ?? Number.POSITIVE_INFINITY) + 1
  if (size > whole.length) return undefined
  let part: PartPlace | undefined
  for (let at = 1; at + 1 < size; at += 2 + (whole[at + 1] ?? 0)) {
    const value = whole.subarray(at + 2, Math.min(at + 2 + (whole[at + 1] ?? 0), size))
    if (whole[at] === PART && value.length === 3) part = placeOf('8', value[0], value[1], value[2])
    if (whole[at] === PART_OF_WIDE_REFERENCE && value.length === 4)
      part = placeOf('16', value.readUInt16BE(0), value[2], value[3])
  }
  return { size, part }
}

/** @returns undefined where it is a text of its own, or what is said makes no sense */
function placeOf(kind: string, reference: unknown, total: unknown, number: unknown): PartPlace | undefined {
  if (typeof reference !== 'number' || typeof total !== 'number' || typeof number !== 'number') return undefined
  return total > 1 && number >= 1 && number <= total ? { reference: `${kind} ${reference}`, total, number } : undefined
}

function addressOf(value: unknown, ton: unknown): string {
  const address = String(value ?? '')
  const isNumber = /^\d+$/.test(address)
  const isInternational = ton === INTERNATIONAL || (ton === 0 && address.length >= SHORTEST_NUMBER)
  return isNumber && isInternational ? `+${address}` : address
}
