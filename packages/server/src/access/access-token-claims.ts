import { SYSTEM_IDENTITY } from '@conversa/core'
import { type ErrorName, LIMITS, looksLikeSid } from '@conversa/protocol'

/** Why a token was not accepted. `detail` names the part that is wrong, never its value. */
export interface TokenRefusal {
  readonly refused: ErrorName
  readonly detail?: Readonly<Record<string, string | number>>
}

/** What a token says about its user and its time; times in milliseconds since 1970. */
export interface TokenClaims {
  readonly serviceSid: string
  readonly identity: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly endpointId?: string
  readonly deploymentRoleSid?: string
  readonly pushCredentialSid?: string
}

/** A JSON object as it came in: nothing is known about its values. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A token may live for 24 hours at most (rest-and-semantics 2.4). */
const LONGEST_LIFE_SECONDS = 24 * 60 * 60

/** Older libraries name the grant `ip_messaging`. */
const GRANT_NAMES = ['chat', 'ip_messaging'] as const

/**
 * Reads the claims of a token whose signature has been checked.
 *
 * @param claims the payload
 * @param now milliseconds since 1970
 * @param leewaySeconds how far the clocks of issuer and server may be apart
 * @returns the claims, or a refusal (rest-and-semantics 2.4; reliability B25)
 */
export function readTokenClaims(claims: JsonObject, now: number, leewaySeconds: number): TokenClaims | TokenRefusal {
  const time = readTime(claims, now / 1000, leewaySeconds)
  if ('refused' in time) return time
  const grants = claims.grants
  if (!isJsonObject(grants)) return refuse('token-grants-invalid', { claim: 'grants' })
  const grant = readGrant(grants)
  if ('refused' in grant) return grant
  const identity = grants.identity
  const problem = identityProblem(identity)
  if (problem !== undefined) return refuse('token-identity-missing', { identity: problem })
  return { identity: identity as string, ...grant, ...time }
}

/** Makes a refusal. */
export function refuse(refused: ErrorName, detail?: TokenRefusal['detail']): TokenRefusal {
  return detail ? { refused, detail } : { refused }
}

/** Whether a parsed JSON value is an object and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readTime(claims: JsonObject, now: number, leeway: number): Pick<TokenClaims, 'issuedAt' | 'expiresAt'> | TokenRefusal {
  const { exp, nbf, iat } = claims
  if (!isNumericDate(exp)) return refuse('token-invalid', { claim: 'exp' })
  if (nbf !== undefined && !isNumericDate(nbf)) return refuse('token-invalid', { claim: 'nbf' })
  if (iat !== undefined && !isNumericDate(iat)) return refuse('token-invalid', { claim: 'iat' })
  if (exp + leeway <= now) return refuse('token-expired')
  if (Math.max(nbf ?? 0, iat ?? 0) - leeway > now) return refuse('token-not-yet-valid')
  // Some libraries leave `iat` out. Without it and `nbf`, the rest of the life, by our clock, is all that can be measured.
  const start = iat ?? nbf
  if (exp - (start ?? now + leeway) > LONGEST_LIFE_SECONDS) return refuse('token-lifetime-too-long')
  if (start !== undefined && exp <= start) return refuse('token-invalid', { claim: 'exp' })
  return { issuedAt: Math.trunc((start ?? now) * 1000), expiresAt: Math.trunc(exp * 1000) }
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

type Grant = Omit<TokenClaims, 'identity' | 'issuedAt' | 'expiresAt'>

/** What a grant may carry besides its service: the claim, our name for it, and what it must look like. */
const OPTIONAL_CLAIMS = [
  ['endpoint_id', 'endpointId', (value: unknown) => textProblem(value) === undefined],
  ['deployment_role_sid', 'deploymentRoleSid', (value: unknown) => isSid('RL', value)],
  ['push_credential_sid', 'pushCredentialSid', (value: unknown) => isSid('CR', value)],
] as const

/** Grants of other products may stand beside the chat grant; two chat grants could name two services, so there is one. */
function readGrant(grants: JsonObject): Grant | TokenRefusal {
  const named = GRANT_NAMES.filter((name) => grants[name] !== undefined)
  const grant = named.length === 1 && named[0] ? grants[named[0]] : undefined
  if (!isJsonObject(grant)) return refuse('token-grants-invalid', { grants: named.length })
  const serviceSid = grant.service_sid
  if (!isSid('IS', serviceSid)) return refuse('token-grants-invalid', { claim: 'service_sid' })
  const optional: { -readonly [Name in keyof Grant]?: string } = {}
  for (const [claim, name, fits] of OPTIONAL_CLAIMS) {
    const value = grant[claim]
    if (isAbsent(value)) continue
    if (!fits(value)) return refuse('token-grants-invalid', { claim })
    optional[name] = value as string
  }
  return { ...optional, serviceSid }
}

/** A library that serialises its unset options writes null or nothing. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function isSid(prefix: string, value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(prefix) && looksLikeSid(value)
}

/** All are one refusal with one status (B25); what REST answers to the same names has codes of its own. */
function identityProblem(identity: unknown): string | undefined {
  const problem = textProblem(identity)
  if (problem) return problem
  if (looksLikeSid(identity as string)) return 'has the form of a SID'
  // A client of this name could speak for the operator.
  return identity === SYSTEM_IDENTITY ? 'is reserved' : undefined
}

function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a text'
  if (value === '') return 'is empty'
  if (value.length > LIMITS.identityCharacters) return `is longer than ${LIMITS.identityCharacters} characters`
  if (!value.isWellFormed()) return 'is not well-formed Unicode'
  return value.includes('\0') ? 'contains NUL' : undefined
}
