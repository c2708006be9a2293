import { isIP } from 'node:net'

/** A mail system for mailboxes of ours, over SMTP. */
export interface EmailChannelSettings {
  readonly type: 'email'
  readonly name: string
  readonly addresses: readonly string[]
  /** What the names of e-mails are signed with. */
  readonly secret: string
  /** Where e-mail goes out. */
  readonly relay: {
    readonly host: string
    readonly port: number
    readonly tls?: 'implicit' | 'starttls' | 'none'
    readonly user?: string
    readonly password?: string
    readonly connections?: number
    /** The file of the authorities that its certificate may be from. */
    readonly caFile?: string
  }
  /** Where it comes in. */
  readonly listen?: EmailListenSettings
}

interface EmailListenSettings {
  readonly host: string
  readonly port: number
  /** Addresses and networks that e-mail is taken from. */
  readonly relays?: readonly string[]
  readonly maxBytes?: number
  /** The files of a certificate and its key. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string }
  /** The name by which the relay in front says what it found about senders. */
  readonly authentication?: string
}

export const EMAIL_NEEDS =
  'for "email" mailboxes as addresses, a secret of 24 characters or more, a relay with host and port (and tls, user, password, connections, caFile) and, to take e-mail in, a listen with host and port (and relays, maxBytes, tls with keyFile and certFile, authentication)'

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string' && value !== '' && value.length <= 4096
const isCount =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
const isPort = isCount(65_535)
const isMailbox: Check = (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)
const isNetworks: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isNetwork)
const isTlsFiles: Check = (value) => isOf(value, { keyFile: isText, certFile: isText })

function isNetwork(value: unknown): boolean {
  const [address = '', bits, ...more] = String(value).split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

/** Whether a value has all fields that are needed, and no others than those and the optional ones. */
function isOf(value: unknown, needed: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Fields
  const isKnown = Object.keys(fields).every((name) => Object.hasOwn(needed, name) || Object.hasOwn(optional, name))
  const isThere = Object.entries(needed).every(([name, check]) => check(fields[name]))
  return (
    isKnown && isThere && Object.entries(optional).every(([name, check]) => fields[name] === undefined || check(fields[name]))
  )
}

const isRelay: Check = (value) =>
  isOf(
    value,
    { host: isText, port: isPort },
    {
      tls: (given) => ['implicit', 'starttls', 'none'].includes(given as string),
      user: isText,
      password: isText,
      connections: isCount(100),
      caFile: isText,
    },
  ) && ((value as Fields).user === undefined) === ((value as Fields).password === undefined)

const isListen: Check = (value) =>
  isOf(
    value,
    { host: isText, port: isPort },
    { relays: isNetworks, maxBytes: isCount(150 * 1024 * 1024), tls: isTlsFiles, authentication: isText },
  )

/** @returns undefined when something of it is not of the form that is needed */
export function readEmail(
  { name, addresses }: Pick<EmailChannelSettings, 'name' | 'addresses'>,
  fields: Fields,
): EmailChannelSettings | undefined {
  const isSecret: Check = (value) => typeof value === 'string' && value.length >= 24
  if (!addresses.every(isMailbox) || !isOf(fields, { secret: isSecret, relay: isRelay }, { listen: isListen })) return undefined
  return { type: 'email', name, addresses, ...(fields as Pick<EmailChannelSettings, 'secret' | 'relay' | 'listen'>) }
}
