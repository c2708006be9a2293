import type { Core, Deadlines, Refusal, TokenTimes } from '@conversa/core'
import type { ErrorName } from '@conversa/protocol'

/** The other end of a connection. */
export interface Peer {
  /** The address of this server as the other end knows it, without a slash at its end. */
  readonly origin: string
  /** @param asked whether the frame answers a request; everything else comes unasked */
  send(frame: Buffer, asked?: boolean): void
  /** Sends what is waiting, then closes. */
  close(code: number, reason?: string): void
  /** Stops reading from it, or goes on. */
  hold(held: boolean): void
}

/** Who may come in, where, and until when (milliseconds since 1970). */
export interface Grant {
  readonly accountSid: string
  readonly serviceSid: string
  readonly identity: string
  readonly deploymentRoleSid?: string | undefined
  /** What the account wants devices of theirs pushed to with. */
  readonly pushCredentialSid?: string | undefined
  readonly expiresAt: number
}

/** Milliseconds since 1970, and calling back later; the latter gives what cancels it. */
interface Clock {
  now(): number
  after(milliseconds: number, run: () => void): () => void
}

/** What all connections of the gateway share. */
export interface GatewayContext {
  readonly core: Core
  readonly clock: Clock
  /** Where the ends of tokens are awaited. */
  readonly deadlines: Deadlines
  /** What connections are watched by. */
  readonly transport: Clock
  readonly verify: (token: string) => Promise<Grant | { readonly refused: ErrorName; readonly detail?: Refusal['detail'] }>
  /** Milliseconds: to the first packet, before a token expires to tell so, and after it has. */
  readonly times: TokenTimes & { readonly signIn: number }
  /** Hears of faults of ours. */
  readonly failed: (error: unknown) => void
}
