import type { NotTaken } from '../parted-sender.ts'

/** Bytes of an answer that are read: more is no answer of the API's. */
const LONGEST = 256 * 1024

/** A failure of which nobody is told more, and one of the carrier's own. */
export const UNKNOWN = 63005
const CARRIER_FAILED = 63012
const NOT_ALLOWED = 63001
export const TOO_FAST = 63018

/** An error that ends by itself or by the operator's hand: what it stops is not lost. */
interface Passing {
  readonly code: number
  /** It stops everything, and is answered by sending less. */
  readonly isThrottled?: true
}

const PASSING: ReadonlyMap<number, Passing> = new Map<number, Passing>([
  // Too fast, for the app, the account or the number, and for this pair of numbers.
  [4, { code: TOO_FAST, isThrottled: true }],
  [80007, { code: TOO_FAST, isThrottled: true }],
  [130429, { code: TOO_FAST, isThrottled: true }],
  [131048, { code: TOO_FAST, isThrottled: true }],
  [133016, { code: TOO_FAST, isThrottled: true }],
  [131056, { code: TOO_FAST }],
  // The token ended, or may not do this, or the account is locked or in debt.
  ...[0, 3, 10, 190, 200, 131005, 131031, 131042].map((code): [number, Passing] => [code, { code: NOT_ALLOWED }]),
  // Its own failures.
  ...[1, 2, 131000, 131016, 131057, 133004].map((code): [number, Passing] => [code, { code: CARRIER_FAILED }]),
])

/**
 * What is wrong with a message for good, as the vendor calls it: by its pages on each of these codes, and where it names the code of
 * the API's predecessor of the same meaning, by its table of both (docs/whatsapp/api/error-code-mapping).
 */
const LASTING: ReadonlyMap<number, number> = new Map([
  [131047, 63016], // outside of the 24 hours in which anything may be said
  [131026, 63024], // the person cannot be reached
  [131030, 63024], // not among those who may be written to
  [131021, 63031], // to oneself
  [131049, 63049], // the API chose not to deliver it
  [131050, 63014], // the person does not want it
  [130472, 63032], // the person is in an experiment
  [131051, 63021], // no such kind of message
  [131052, 63019], // a file could not be fetched
  [131053, 63021], // a file was not taken
  [132000, 63028], // the template has another number of places
  [132001, 63027], // there is no such template in this language
])

/** What the API says that went wrong. */
interface GraphError {
  readonly code?: unknown
}

/** An answer of the API. */
export interface GraphAnswer {
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads an answer, as far as it is one. */
export async function readGraphAnswer(response: Response): Promise<GraphAnswer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // Leaving the loop ends the connection.
    if (size > LONGEST) return { status: response.status, fields: {} }
    chunks.push(chunk)
  }
  return { status: response.status, fields: fieldsOf(Buffer.concat(chunks).toString('utf8')) }
}

function fieldsOf(text: string): GraphAnswer['fields'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as GraphAnswer['fields']) : {}
  } catch {
    return {}
  }
}

/** What an answer that is not a success means. */
export function failureOf({ status, fields }: GraphAnswer): NotTaken & { readonly isThrottled?: true } {
  const code = Number((fields.error as GraphError | undefined)?.code)
  const passing = PASSING.get(code)
  if (passing) return { outcome: 'failed', ...passing }
  const lasting = LASTING.get(code)
  if (lasting !== undefined) return { outcome: 'refused', code: lasting }
  if (status === 401 || status === 403) return { outcome: 'failed', code: NOT_ALLOWED }
  if (status === 429) return { outcome: 'failed', code: TOO_FAST, isThrottled: true }
  return status >= 500 ? { outcome: 'failed', code: CARRIER_FAILED } : { outcome: 'refused', code: UNKNOWN }
}

/** The vendor's code of an error that comes with a status, when the message is lost already. */
export function codeOf(error: unknown): number {
  const code = Number((error as GraphError | undefined)?.code)
  return LASTING.get(code) ?? PASSING.get(code)?.code ?? UNKNOWN
}
