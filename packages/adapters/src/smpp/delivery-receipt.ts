import type { ChannelReport } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import type { Pdu } from './pdu.ts'
import { UNKNOWN } from './submit-status.ts'

/** The bits of `esm_class` that tell a receipt from a text (SMPP 3.4, 5.2.12). */
const KIND_OF_RECEIPT = 0x3c

interface Meaning {
  readonly status: DeliveryStatus
  readonly code?: number
}

/** `message_state` (SMPP 3.4, 5.2.28), which Appendix B abbreviates in the text of a receipt, and the vendor's codes for them. */
const STATES: readonly { readonly state: number; readonly word: string; readonly means: Meaning }[] = [
  { state: 1, word: 'ENROUTE', means: { status: 'sent' } },
  { state: 2, word: 'DELIVRD', means: { status: 'delivered' } },
  { state: 3, word: 'EXPIRED', means: { status: 'undelivered', code: 30003 } },
  { state: 4, word: 'DELETED', means: { status: 'undelivered', code: UNKNOWN } },
  { state: 5, word: 'UNDELIV', means: { status: 'undelivered', code: UNKNOWN } },
  { state: 6, word: 'ACCEPTD', means: { status: 'sent' } },
  { state: 7, word: 'UNKNOWN', means: { status: 'undelivered', code: UNKNOWN } },
  { state: 8, word: 'REJECTD', means: { status: 'undelivered', code: 30007 } },
]

/** `network_error_code` of a GSM network: what 3GPP TS 29.002 calls user errors, and the vendor's codes for them. */
const GSM_NETWORK = 3
const GSM_ERRORS: ReadonlyMap<number, number> = new Map([
  [1, 30005], // unknown subscriber
  [5, 30005], // unidentified subscriber
  [6, 30003], // absent subscriber
  [9, 30004], // illegal subscriber
  [11, 30006], // teleservice not provisioned
  [13, 30004], // call barred
  [21, 30006], // facility not supported
  [27, 30003], // absent subscriber
  [31, 30003], // subscriber busy
  [32, 30003], // delivery failed: the phone is full, or has no such service
])

/** Whether a `deliver_sm` says what became of a message, and is not one. */
export function isReceipt({ esm_class: kind }: Pdu): boolean {
  return (Number(kind) & KIND_OF_RECEIPT) !== 0
}

/**
 * Reads a receipt: its TLVs where it has them, else its text (SMPP 3.4, Appendix B), which is not standardized but much the same
 * everywhere.
 *
 * @param errors the vendor's codes by what this SMSC writes behind `err:`, where the operator has said so: each has its own
 * @returns undefined when it does not say of which message it is, or what became of it
 */
export function readReceipt(pdu: Pdu, errors: Readonly<Record<string, number>> = {}): ChannelReport | undefined {
  const text = textOf(pdu)
  const id = nameOf(pdu.receipted_message_id) ?? /\bid:(\S+)/i.exec(text)?.[1]
  const word = /\bstat:([a-z]+)/i.exec(text)?.[1]?.toUpperCase()
  const found = STATES.find((each) => (pdu.message_state === undefined ? each.word === word : each.state === pdu.message_state))
  if (id === undefined || !found) return undefined
  const { status, code } = found.means
  if (code === undefined) return { id, status }
  const error = /\berr:(\w+)/i.exec(text)?.[1]
  const told = error === undefined ? undefined : errors[error]
  return { id, status, code: told ?? networkErrorOf(pdu.network_error_code) ?? code }
}

function textOf({ short_message: short, message_payload: payload }: Pdu): string {
  const bytes = Buffer.isBuffer(short) && short.length > 0 ? short : payload
  return Buffer.isBuffer(bytes) ? bytes.toString('latin1') : ''
}

const nameOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

function networkErrorOf(value: unknown): number | undefined {
  if (!Buffer.isBuffer(value) || value.length !== 3 || value[0] !== GSM_NETWORK) return undefined
  return GSM_ERRORS.get(value.readUInt16BE(1))
}
