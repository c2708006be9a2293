import { STATUS } from './pdu.ts'

/** What an SMSC says to a message that it does not take. */
export type Rejection =
  | { readonly outcome: 'refused'; readonly code: number }
  | { readonly outcome: 'failed'; readonly code: number; readonly isThrottled: boolean }

/** "The carrier did not say why." */
export const UNKNOWN = 30008
/** "The carrier has too much to do." */
export const QUEUE_FULL = 30001
const CARRIER_FAILED = 30008

/** Statuses of an SMSC that cannot take the message now (SMPP 3.4, 5.1.3): all others are said of the message itself. */
const PASSING: ReadonlyMap<number, { readonly code: number; readonly isThrottled: boolean }> = new Map([
  [STATUS.throttled, { code: QUEUE_FULL, isThrottled: true }],
  [0x14, { code: QUEUE_FULL, isThrottled: true }], // ESME_RMSGQFUL
  [STATUS.systemError, { code: CARRIER_FAILED, isThrottled: false }],
  [STATUS.temporaryError, { code: CARRIER_FAILED, isThrottled: false }],
  [0x04, { code: CARRIER_FAILED, isThrottled: false }], // ESME_RINVBNDSTS: the session is not what we think
])

/** The vendor's codes of what is wrong with a message for good. */
const LASTING: ReadonlyMap<number, number> = new Map([
  [STATUS.invalidMessageLength, 21617],
  [0x0a, 21212], // ESME_RINVSRCADR
  [0x48, 21212], // ESME_RINVSRCTON
  [0x49, 21212], // ESME_RINVSRCNPI
  [0x0b, 21211], // ESME_RINVDSTADR
  [0x50, 21211], // ESME_RINVDSTTON
  [0x51, 21211], // ESME_RINVDSTNPI
  [0x66, 30007], // ESME_RX_R_APPN: rejected
  [0x100, 30007], // ESME_RSERTYPUNAUTH
  [0x101, 30007], // ESME_RPROHIBITED
  [0x103, 30007], // ESME_RSERTYPDENIED
])

/** What the status of a `submit_sm_resp` that is not OK means. */
export function rejectionOf(status: number): Rejection {
  const passing = PASSING.get(status)
  return passing ? { outcome: 'failed', ...passing } : { outcome: 'refused', code: LASTING.get(status) ?? UNKNOWN }
}
