import type { PushAnswer } from '@conversa/core'

export const ARRIVED: PushAnswer = { outcome: 'arrived' }
export const GONE: PushAnswer = { outcome: 'gone' }
export const LATER: PushAnswer = { outcome: 'later' }

/** Longer than this nobody is waited for, whatever they say: milliseconds. */
const LONGEST_WAIT = 60 * 60 * 1000

/**
 * An answer that asks for patience.
 *
 * @param retryAfter the header: seconds, or a date (RFC 9110, 10.2.3)
 * @param now milliseconds since 1970
 */
export function later(retryAfter: unknown, now: number): PushAnswer {
  if (typeof retryAfter !== 'string' || retryAfter === '') return LATER
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isFinite(wait) ? { outcome: 'later', after: Math.min(Math.max(wait, 0), LONGEST_WAIT) } : LATER
}

/** The service does not take our credential. */
export function denied(reason: string): PushAnswer {
  return { outcome: 'denied', reason }
}

/** The service will never take this push. */
export function refused(reason: string): PushAnswer {
  return { outcome: 'refused', reason }
}

/** What somebody else's JSON says; nothing when it is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
