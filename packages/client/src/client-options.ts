import type { Clock, Random } from './connection/clock.ts'
import type { TokenProvider } from './connection/token.ts'
import type { TransportFactory, WebSocketClass } from './connection/transport.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * Options that applications of other servers give. They are accepted and have no effect: there is no log, nothing is asked for over
 * and over, and there is one address for everything.
 */
interface AcceptedOptions {
  logLevel?: LogLevel | null
  region?: string
  productId?: string
  channelMetadataCacheCapacity?: number
  messageRecipientsCacheCapacity?: number
  typingIndicatorTimeoutOverride?: number
  consumptionReportIntervalOverride?: string
  httpCacheIntervalOverride?: string
  userInfosToSubscribeOverride?: number
  retryWhenThrottledOverride?: boolean
  backoffConfigOverride?: Record<string, unknown>
  Chat?: ClientOptions
  IPMessaging?: ClientOptions
  Sync?: Record<string, unknown>
  Notification?: Record<string, unknown>
  clientMetadata?: Record<string, unknown>
  disableDeepClone?: boolean
  typingUri?: string
  apiUri?: string
  throwErrorsAlways?: boolean
}

/** Options of a client. */
export interface ClientOptions extends AcceptedOptions {
  /** The server: http, https, ws or wss. In a browser the page's origin by default. */
  readonly url?: string
  /** Its `uri` names the server too, where there is no `url`: what comes after the host is of no interest. */
  Twilsock?: Record<string, unknown>
  /** Called whenever a new token is needed: before the present one expires, when it has, and when it was refused. */
  readonly tokenProvider?: TokenProvider
  /** The WebSocket class, where the platform has none. */
  readonly WebSocket?: WebSocketClass
  /** The `fetch` that uploads files, where the platform has none or another one is wanted. Progress is told file by file then. */
  readonly fetch?: typeof fetch
  /** @internal Another way to a server. */
  readonly connect?: TransportFactory
  /** @internal Another clock. */
  readonly clock?: Clock
  /** @internal Another source of randomness. */
  readonly random?: Random
}

/**
 * The server that the options name.
 *
 * @returns undefined where they name none
 */
export function serverOf({ url, Twilsock }: ClientOptions): string | undefined {
  const uri = Twilsock?.uri
  return url ?? (typeof uri === 'string' ? uri.replace(/^(\w+:\/\/[^/?#]*).*/, '$1') : undefined)
}
