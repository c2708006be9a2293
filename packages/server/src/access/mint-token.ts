import { SignJWT } from 'jose'

/** What a token of ours says; the fields are those of the vendor's `AccessToken` with a `ChatGrant`. */
export interface MintTokenInput {
  readonly accountSid: string
  readonly keySid: string
  readonly keySecret: string
  readonly serviceSid: string
  readonly identity: string
  /** Life in seconds; the server accepts 86,400 at most. */
  readonly ttlSeconds: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Makes an access token of the same shape as the vendor's helper library (rest-and-semantics 2.4), for development mode, the
 * `conversa token` command and tests. Nothing is checked here: whoever holds the secret may say anything, and
 * `verifyAccessToken` decides.
 *
 * @returns the JWT, signed with HS256
 */
export function mintAccessToken(input: MintTokenInput): Promise<string> {
  const { accountSid, keySid, serviceSid, identity } = input
  const issued = Math.floor(input.now / 1000)
  return new SignJWT({
    jti: `${keySid}-${issued}`,
    grants: { identity, chat: { service_sid: serviceSid } },
    iat: issued,
    exp: issued + input.ttlSeconds,
    iss: keySid,
    sub: accountSid,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' })
    .sign(new TextEncoder().encode(input.keySecret))
}
