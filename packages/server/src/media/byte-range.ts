import type { ByteRange } from '@conversa/core'

const ONE_RANGE = /^bytes=\s*(\d{0,16})-(\d{0,16})\s*$/i

/**
 * Reads a `Range` header (RFC 9110, 14.2). One range is served. Several ones, other units and what makes no sense are passed over,
 * as the standard allows, so that a thousand ranges cost no more than none (reliability B24).
 *
 * @param header as it came in
 * @param size of the file in bytes
 * @returns the part to give; undefined for all of it; `beyond` when nothing of the file is within the range
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined | 'beyond' {
  const match = header === undefined ? null : ONE_RANGE.exec(header)
  if (!match) return undefined
  const [, from, to] = match as unknown as [string, string, string]
  if (from === '') return to === '' ? undefined : lastBytes(Number(to), size)
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= size ? 'beyond' : { first, last }
}

function lastBytes(count: number, size: number): ByteRange | 'beyond' {
  return count === 0 || size === 0 ? 'beyond' : { first: Math.max(0, size - count), last: size - 1 }
}
