import { type Actor, type Attachment, type Core, type Deadlines, type Listener, Refusal, TYPING_TIMEOUT } from '@conversa/core'
import { OLDEST_SERVED_VERSION, PROTOCOL_VERSION, type Request, type Result } from '@conversa/protocol'
import type { AccessGrant, TokenRefusal } from '../access/access-token.ts'
import type { Clock } from '../clock.ts'
import type { SessionTimes } from './session-times.ts'

/** What signing in needs. */
export interface SignInContext {
  readonly core: Core
  readonly clock: Clock
  /** Where the ends of tokens are awaited. */
  readonly deadlines: Deadlines
  /** What connections are watched by. */
  readonly transport: Clock
  readonly verify: (token: string) => Promise<AccessGrant | TokenRefusal>
  readonly times: SessionTimes
}

/** A session that is open: who it is, until when, and what the client is told. */
export interface Opened {
  readonly actor: Actor
  readonly grant: AccessGrant
  readonly attachment: Attachment
  readonly result: Result<'session.start'>
}

/**
 * Signs a client in: checks version and token, finds or makes the user, listens, and only then reads what they missed, so that
 * nothing falls between the two.
 *
 * @param listener hears the events from now on; some may come before the answer is sent
 */
export async function openSession(
  { core, clock, verify, times }: SignInContext,
  request: Request<'session.start'>,
  listener: Listener,
): Promise<Opened | Refusal> {
  const { version, token, resume } = request
  if (version < OLDEST_SERVED_VERSION || version > PROTOCOL_VERSION) {
    return new Refusal('protocol-version-unsupported', { newest: PROTOCOL_VERSION, oldest: OLDEST_SERVED_VERSION })
  }
  const grant = await verify(token)
  if ('refused' in grant) return new Refusal(grant.refused, grant.detail)
  const { serviceSid, identity, deploymentRoleSid, pushCredentialSid } = grant
  const admitted = await core.signIn({ serviceSid, identity, roleSid: deploymentRoleSid })
  if (admitted instanceof Refusal) return admitted
  const actor: Actor = { kind: 'user', serviceSid, identity, pushCredentialSid }
  const attachment = await core.attach(actor, listener)
  const isSameLife = resume?.epoch === core.epoch && resume.identity === identity
  const { user, reachability, news } = await core
    .catchUpUser(actor, isSameLife ? resume.revision : undefined)
    .catch((error: unknown) => {
      attachment.detach()
      throw error
    })
  const result: Opened['result'] = {
    version,
    epoch: core.epoch,
    accountSid: grant.accountSid,
    serviceSid,
    user,
    catchUp: news,
    reachability,
    now: clock.now(),
    expiresAt: grant.expiresAt,
    heartbeat: times.heartbeat,
    typingTimeout: TYPING_TIMEOUT,
    media: mediaLimits(core),
  }
  return { actor, grant, attachment, result }
}

/** What a client needs to know before it uploads. */
function mediaLimits({ mediaLimits: { perMessage, fileBytes, messageBytes } }: Core): Result<'session.start'>['media'] {
  return { perMessage, fileBytes, messageBytes }
}
