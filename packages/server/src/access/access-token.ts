import { createHmac, timingSafeEqual } from 'node:crypto'
import { isSidOf } from '@conversa/protocol'
import { base64url } from 'jose'
import {
  isJsonObject,
  type JsonObject,
  readTokenClaims,
  refuse,
  type TokenClaims,
  type TokenRefusal,
} from './access-token-claims.ts'

export type { TokenRefusal } from './access-token-claims.ts'

/** A key that signs access tokens: its SID is their issuer, its account their subject. */
export interface ApiKey {
  readonly sid: string
  readonly accountSid: string
  readonly secret: string
}

/** What the server knows about keys and services. Both may be asked for names that do not exist. */
export interface KeyRing {
  /** The key, or undefined when it does not exist or was revoked. */
  key(keySid: string): Promise<ApiKey | undefined> | ApiKey | undefined
  serviceExists(accountSid: string, serviceSid: string): Promise<boolean> | boolean
}

/** Who may come in, where, and until when. Times are milliseconds since 1970. */
export interface AccessGrant extends TokenClaims {
  readonly accountSid: string
  readonly keySid: string
}

export interface VerifyOptions {
  /** How far the clocks of issuer and server may be apart; 60 unless told (reliability F14). */
  readonly leewaySeconds?: number
}

/** Longer texts are refused before anything reads them: no grant needs them (B25). */
const LONGEST_TOKEN_CHARACTERS = 16 * 1024

/** What HMAC is computed over, by the algorithm's name in a header. */
const DIGESTS: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/

const strictText = new TextDecoder('utf-8', { fatal: true })

/**
 * Checks an access token as the vendor's helper library makes it (rest-and-semantics 2.4; reliability B25). The work is bounded:
 * at most 16 KiB are parsed, once, one key is looked up and one HMAC computed; claims are judged only when the signature fits.
 *
 * @param token the JWT, any text
 * @param keys where keys and services are known
 * @param now milliseconds since 1970
 * @param options the leeway
 * @returns what the token grants, or why it is refused; a refusal is a value for every text. A token within the leeway is granted
 *   although `expiresAt` has passed.
 * @throws only what `keys` throws
 */
export async function verifyAccessToken(
  token: string,
  keys: KeyRing,
  now: number,
  options: VerifyOptions = {},
): Promise<AccessGrant | TokenRefusal> {
  const parts = readParts(token)
  if (!parts) return refuse('token-invalid')
  const wrongHeader = headerProblem(parts.header)
  if (wrongHeader) return refuse('token-header-invalid', { header: wrongHeader })
  const key = await findKey(parts.claims, keys)
  if (!key) return refuse('token-issuer-invalid')
  const unsigned = signatureRefusal(token, parts.header, key)
  if (unsigned) return unsigned
  const claims = readTokenClaims(parts.claims, now, options.leewaySeconds ?? 60)
  if ('refused' in claims) return claims
  if (!(await keys.serviceExists(key.accountSid, claims.serviceSid))) return refuse('token-service-unknown')
  return { accountSid: key.accountSid, keySid: key.sid, ...claims }
}

function readParts(token: string): { header: JsonObject; claims: JsonObject } | undefined {
  if (token.length > LONGEST_TOKEN_CHARACTERS || !THREE_PARTS.test(token)) return undefined
  const [header, claims] = token.split('.', 2).map(readJsonObject)
  return header && claims && { header, claims }
}

function readJsonObject(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(strictText.decode(base64url.decode(part)))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The name of the wrong header. `kid`, `jku`, `jwk`, `x5u`, `x5c` are never read: the issuer alone names the key. */
function headerProblem(header: JsonObject): string | undefined {
  if (typeof header.alg !== 'string' || !Object.hasOwn(DIGESTS, header.alg)) return 'alg'
  if (typeof header.typ !== 'string' || header.typ.toUpperCase() !== 'JWT') return 'typ'
  if (typeof header.cty !== 'string' || !header.cty.startsWith('twilio-fpa')) return 'cty'
  if (header.crit !== undefined) return 'crit'
  return undefined
}

/** An unknown key and a key of another account look the same to the caller. */
async function findKey(claims: JsonObject, keys: KeyRing): Promise<ApiKey | undefined> {
  const { iss, sub } = claims
  if (typeof iss !== 'string' || !isSidOf('apiKey', iss)) return undefined
  const key = await keys.key(iss)
  // An empty secret would be a key that everybody has.
  return key && key.accountSid === sub && key.secret !== '' ? key : undefined
}

/**
 * By the HMAC of Node and not by `jose`, which goes through WebCrypto: that imports the key anew and takes a turn through other threads for each
 * token, 55 microseconds of CPU time instead of 4, and in a reconnect storm everybody's token is checked at once.
 */
function signatureRefusal(token: string, header: JsonObject, { secret }: ApiKey): TokenRefusal | undefined {
  const end = token.lastIndexOf('.')
  const given = token.slice(end + 1)
  // One character is no byte.
  if (given.length % 4 === 1) return refuse('token-invalid')
  const signature = Buffer.from(given, 'base64url')
  const digest = createHmac(DIGESTS[header.alg as string] as string, secret)
    .update(token.slice(0, end))
    .digest()
  const fits = signature.length === digest.length && timingSafeEqual(signature, digest)
  return fits ? undefined : refuse('token-signature-invalid')
}
