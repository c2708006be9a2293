import { createECDH } from 'node:crypto'

/** How pushes are sent, as far as it differs from the usual. */
export interface PushSettings {
  /** How whoever runs a browser's push service reaches the operator: `mailto:` or `https:` (RFC 8292, 2.1). */
  readonly subject?: string
  /** By which browsers' push services know this server (RFC 8292), in base64url; it makes keys for itself unless both are set. */
  readonly vapidPublicKey?: string
  readonly vapidPrivateKey?: string
  /** Whether people who are connected are pushed to as well, as the vendor does. */
  readonly toConnected?: boolean
  /** Where the services are, in place of the usual addresses: for emulators. */
  readonly appleUrl?: string
  readonly appleSandboxUrl?: string
  readonly fcmUrl?: string
  readonly googleUrl?: string
}

const isUrl = (value: unknown) => typeof value === 'string' && /^https?:\/\/[^/]+\/?$/.test(value) && URL.canParse(value)

function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' && /^[\w-]+$/.test(value) ? Buffer.from(value, 'base64url') : undefined
}

/** Whether the one is the public key of the other; neither is no pair that is wrong. */
function isPair({ vapidPublicKey, vapidPrivateKey }: PushSettings): boolean {
  if (vapidPublicKey === undefined || vapidPrivateKey === undefined) return vapidPublicKey === vapidPrivateKey
  const keys = createECDH('prime256v1')
  try {
    keys.setPrivateKey(vapidPrivateKey, 'base64url')
  } catch {
    return false
  }
  return keys.getPublicKey('base64url') === vapidPublicKey
}

/** For each setting, whether a value will do. */
const SETTINGS: { readonly [Name in keyof PushSettings]-?: (value: unknown) => boolean } = {
  subject: (value) => typeof value === 'string' && /^(?:mailto:.+@.+|https:\/\/.+)$/.test(value),
  vapidPublicKey: (value) => bytesOf(value)?.length === 65,
  vapidPrivateKey: (value) => bytesOf(value)?.length === 32,
  toConnected: (value) => typeof value === 'boolean',
  appleUrl: isUrl,
  appleSandboxUrl: isUrl,
  fcmUrl: isUrl,
  googleUrl: isUrl,
}

/** The form of `push` in the file, for the message. */
export const PUSH_NEED =
  'an object with any of subject ("mailto:…" or "https://…"), toConnected (true or false), vapidPublicKey with the vapidPrivateKey that belongs to it (base64url), and appleUrl, appleSandboxUrl, fcmUrl, googleUrl (origins)'

/** Reads `push` of the file. */
export function readPush(value: unknown): PushSettings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const isRight = ([name, given]: [string, unknown]) =>
    Object.hasOwn(SETTINGS, name) && SETTINGS[name as keyof PushSettings](given)
  return Object.entries(value).every(isRight) && isPair(value) ? Object.freeze({ ...value }) : undefined
}
