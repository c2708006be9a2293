import { LIMITS } from '@conversa/protocol'
import { Refusal } from './refusal.ts'

const encoder = new TextEncoder()

/** Bytes of UTF-8, without encoding what is obviously short. */
function utf8Length(text: string): number {
  return encoder.encode(text).length
}

/** Whether a text would take more than `limit` bytes of UTF-8. A UTF-16 unit takes at most three. */
export function exceedsBytes(text: string, limit: number): boolean {
  return text.length * 3 > limit && (text.length > limit || utf8Length(text) > limit)
}

/**
 * Levels of arrays and objects in a JSON text, counted without parsing it: a deep value parses, and then breaks every place that
 * walks it (reliability B12).
 */
export function jsonDepthExceeds(text: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > limit) return true
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return false
}

/**
 * Checks the JSON text of attributes (rest-and-semantics 3.3). It is kept byte for byte.
 *
 * @param text what came in; undefined is left to the caller
 * @param limitBytes the size for this kind of resource
 * @returns a refusal, or undefined when the text may be stored
 */
export function checkAttributes(text: string | undefined, limitBytes: number): Refusal | undefined {
  if (text === undefined || text === '{}') return undefined
  if (exceedsBytes(text, limitBytes)) return new Refusal('attributes-too-long', { limit: limitBytes })
  if (jsonDepthExceeds(text, LIMITS.jsonDepth)) return new Refusal('attributes-invalid', { depth: LIMITS.jsonDepth })
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return new Refusal('attributes-invalid')
  }
}
