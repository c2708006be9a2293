import type { CoreLimits } from '@conversa/core'

/** The limits that the file may set, by the names that it calls them. */
interface GivenLimits {
  /** Actions per second in one service: conversations made and deleted, users and roles written. */
  readonly actionsPerService: number | null
  /** Actions per second in one conversation: it, its participants and its messages written. */
  readonly actionsPerConversation: number | null
  /** Conversations that are not closed and that one user may be in. */
  readonly conversationsPerIdentity: number | null
}

/** Figures under one name (rest-and-semantics 3.7). */
const PRESETS: Readonly<Record<string, GivenLimits>> = {
  vendor: { actionsPerService: 30, actionsPerConversation: 30, conversationsPerIdentity: 1000 },
}

const OFF: GivenLimits = { actionsPerService: null, actionsPerConversation: null, conversationsPerIdentity: null }
const NAMES = Object.keys(OFF)

/** The form of `limits` in the file, for the message. */
export const LIMITS_NEED = `an object with whole numbers from 1 upward, or null for none, for any of ${NAMES.join(', ')}, and "preset": "vendor" if the rest is to be the vendor's`

/** Reads `limits` of the file: what is said by itself wins over the preset. */
export function readLimits(value: unknown): CoreLimits | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { preset, ...given } = value as Record<string, unknown>
  if (preset !== undefined && !(typeof preset === 'string' && Object.hasOwn(PRESETS, preset))) return undefined
  if (!Object.entries(given).every(([name, limit]) => NAMES.includes(name) && isLimit(limit))) return undefined
  const { actionsPerService, actionsPerConversation, conversationsPerIdentity }: GivenLimits = {
    ...(preset === undefined ? OFF : (PRESETS[preset as string] as GivenLimits)),
    ...given,
  }
  const rates = {
    ...(actionsPerService !== null && { service: actionsPerService }),
    ...(actionsPerConversation !== null && { conversation: actionsPerConversation }),
  }
  return Object.freeze({
    ...(Object.keys(rates).length > 0 && { rates }),
    ...(conversationsPerIdentity !== null && { conversationsPerIdentity }),
  })
}

const isLimit = (value: unknown): boolean => value === null || (Number.isSafeInteger(value) && (value as number) >= 1)
