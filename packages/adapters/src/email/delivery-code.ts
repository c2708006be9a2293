/** Codes of receipts (rest-and-semantics 3.9) for what mail systems say, as the vendor documents those of carriers. */
const CODES = { unknown: 30008, unreachable: 30003, nobodyThere: 30005, filtered: 30007, tooLarge: 30019 } as const

/** Status codes of mail systems (RFC 3463) without their class, and what they mean for a receipt; the first that fits holds. */
const MEANINGS: readonly (readonly [RegExp, number])[] = [
  [/^(2\.3|3\.4)$/, CODES.tooLarge],
  [/^1\.([1236]|10)$/, CODES.nobodyThere],
  [/^[124]\./, CODES.unreachable],
  [/^7\./, CODES.filtered],
]

/**
 * @param said by a mail system, with an enhanced status code like `5.1.1` somewhere in it
 * @returns the code that the receipt gets
 */
export function deliveryCode(said: string): number {
  const detail = /\b[45]\.(\d{1,3}\.\d{1,3})\b/.exec(said)?.[1]
  if (detail === undefined) return CODES.unknown
  return MEANINGS.find(([form]) => form.test(detail))?.[1] ?? CODES.unknown
}
