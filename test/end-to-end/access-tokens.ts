import { createHmac } from 'node:crypto'
import { ACCOUNT_SID, API_KEY, SERVICE_SID } from './in-process-server.ts'

/** What a right token for alice says; tests change one thing each. */
export function rightClaims(): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    jti: `${API_KEY.sid}-${now}`,
    grants: { identity: 'alice', chat: { service_sid: SERVICE_SID } },
    iat: now,
    exp: now + 3600,
    iss: API_KEY.sid,
    sub: ACCOUNT_SID,
  }
}

export const RIGHT_HEADER: Readonly<Record<string, unknown>> = { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' }

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs by hand, so that a token can say anything. */
export function signToken(
  claims: unknown = rightClaims(),
  header: Readonly<Record<string, unknown>> = RIGHT_HEADER,
  secret: string = API_KEY.secret,
  hash = 'sha256',
): string {
  const content = `${base64url(header)}.${base64url(claims)}`
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`
}
