/** How pushes are sent, as far as it differs from the usual. */
export interface PushSettings {
  /** How whoever runs a browser's push service reaches the operator: `mailto:` or `https:` (RFC 8292, 2.1). */
  readonly subject?: string
  /** Whether people who are connected are pushed to as well, as the vendor does. */
  readonly toConnected?: boolean
  /** Where the services are, in place of the usual addresses: for emulators. */
  readonly appleUrl?: string
  readonly appleSandboxUrl?: string
  readonly fcmUrl?: string
  readonly googleUrl?: string
}

const isUrl = (value: unknown) => typeof value === 'string' && /^https?:\/\/[^/]+\/?$/.test(value) && URL.canParse(value)

/** For each setting, whether a value will do. */
const SETTINGS: { readonly [Name in keyof PushSettings]-?: (value: unknown) => boolean } = {
  subject: (value) => typeof value === 'string' && /^(?:mailto:.+@.+|https:\/\/.+)$/.test(value),
  toConnected: (value) => typeof value === 'boolean',
  appleUrl: isUrl,
  appleSandboxUrl: isUrl,
  fcmUrl: isUrl,
  googleUrl: isUrl,
}

/** The form of `push` in the file, for the message. */
export const PUSH_NEED =
  'an object with any of subject ("mailto:…" or "https://…"), toConnected (true or false), and appleUrl, appleSandboxUrl, fcmUrl, googleUrl (origins)'

/** Reads `push` of the file. */
export function readPush(value: unknown): PushSettings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const isRight = ([name, given]: [string, unknown]) =>
    Object.hasOwn(SETTINGS, name) && SETTINGS[name as keyof PushSettings](given)
  return Object.entries(value).every(isRight) ? Object.freeze({ ...value }) : undefined
}
