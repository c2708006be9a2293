import { mediaService } from './client-api/media.ts'
import { Translator } from './sync/translator.ts'
import { Continuations } from './twilsock/continuations.ts'
import type { GatewayContext, Peer } from './twilsock/peer.ts'
import { TwilsockSession } from './twilsock/session.ts'

/** Where the vendor's client connects to (twilio-wire-protocol 1). */
export const GATEWAY_PATH = '/v3/wsconnect'

/** The door for the vendor's own client. It translates and decides nothing. */
export interface Gateway {
  readonly path: string
  readonly frames: 'binary'
  /** How files come in and are asked for, over HTTP. */
  readonly files: ReturnType<typeof mediaService>
  /** Takes a connection over. */
  open(peer: Peer): TwilsockSession
}

/** @param context the core, and what doors need of their server */
export function createGateway(context: GatewayContext): Gateway {
  const common = { translator: new Translator(context.core), continuations: new Continuations() }
  const files = mediaService(context.core)
  return { path: GATEWAY_PATH, frames: 'binary', files, open: (peer) => new TwilsockSession(context, common, peer) }
}
