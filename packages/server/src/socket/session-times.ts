import type { TokenTimes } from '@conversa/core'

/** Milliseconds that a session waits for things. */
export interface SessionTimes extends TokenTimes {
  /** From the connection to its first frame. */
  readonly signIn: number
  /** Of silence, after which a client pings; the server gives up after twice as many. */
  readonly heartbeat: number
}

export const DEFAULT_TIMES: SessionTimes = { signIn: 5000, heartbeat: 20_000, expiryNotice: 180_000, expiryLeeway: 60_000 }
