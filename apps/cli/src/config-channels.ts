import { EMAIL_NEEDS, type EmailChannelSettings, readEmail } from './config-email.ts'

/** A connector of somebody's own, over signed HTTP. */
export interface HttpChannelSettings {
  readonly type: 'http'
  /** Tells it from the others, in its address here too. */
  readonly name: string
  /** The addresses that it speaks for. */
  readonly addresses: readonly string[]
  /** Where it takes messages. */
  readonly url: string
  /** What both sides sign with. */
  readonly secret: string
}

/** A carrier's SMSC. */
export interface SmppChannelSettings {
  readonly type: 'smpp'
  readonly name: string
  readonly addresses: readonly string[]
  /** `smpp://host:port`, or `smpps://host:port` over TLS. */
  readonly url: string
  readonly systemId: string
  readonly password: string
  readonly systemType?: string
  readonly sessions?: 'one' | 'two'
  readonly window?: number
  readonly perSecond?: number
  readonly errors?: Readonly<Record<string, number>>
}

/** A number in WhatsApp, by the Cloud API. */
export interface WhatsAppChannelSettings {
  readonly type: 'whatsapp'
  readonly name: string
  readonly addresses: readonly string[]
  readonly url?: string
  readonly token: string
  readonly phoneNumberId: string
  readonly appSecret: string
  readonly verifyToken: string
  readonly files?: 'upload' | 'link'
}

export type ChannelSettings = HttpChannelSettings | EmailChannelSettings | SmppChannelSettings | WhatsAppChannelSettings

export const CHANNELS_NEED = `a list of channels, each with a name of small letters, digits and hyphens that no other has, a list of addresses that no other has, and what its type needs: for "http" a url and a secret of 24 characters or more, ${EMAIL_NEEDS}; "smpp" and "whatsapp" as docs/channels-smpp.md and docs/channels-whatsapp.md say`

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
/** The simulator has this one in development. */
const TAKEN = 'simulator'

/** @returns undefined when something of it is not of the form that is needed */
export function readChannels(value: unknown): readonly ChannelSettings[] | undefined {
  if (!Array.isArray(value)) return undefined
  const channels = value.map(readChannel)
  if (channels.some((channel) => channel === undefined)) return undefined
  const all = channels as ChannelSettings[]
  const names = all.map(({ name }) => name)
  const addresses = all.flatMap((channel) => channel.addresses)
  const isUnique = (list: readonly string[]) => new Set(list).size === list.length
  return isUnique(names) && isUnique(addresses) ? Object.freeze(all) : undefined
}

function readChannel(value: unknown): ChannelSettings | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, name, addresses, ...rest } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || !NAME.test(name) || name === TAKEN) return undefined
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every(isAddress)) return undefined
  const common = { name, addresses }
  if (type === 'email') return readEmail(common, rest)
  if (type === 'http') return readHttp(common, rest)
  if (type === 'smpp') return readForm<SmppChannelSettings>({ type, ...common }, SMPP, rest)
  return type === 'whatsapp' ? readForm<WhatsAppChannelSettings>({ type, ...common }, WHATSAPP, rest) : undefined
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && /^\S{1,320}$/.test(value)

function readHttp(
  common: Pick<HttpChannelSettings, 'name' | 'addresses'>,
  { url, secret, ...others }: Readonly<Record<string, unknown>>,
): HttpChannelSettings | undefined {
  const isUrl = typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isUrl || typeof secret !== 'string' || secret.length < 24 || Object.keys(others).length > 0) return undefined
  return { type: 'http', ...common, url, secret }
}

type Check = (value: unknown) => boolean
/** What each setting of a type has to be; those that may be left out end with `?`. */
type Form = Readonly<Record<string, Check>>

const isText: Check = (value) => typeof value === 'string' && value !== '' && value.length <= 1000
const isOneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(String(value))
const isCount: Check = (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 10_000
const isUrlOf =
  (protocol: RegExp): Check =>
  (value) =>
    typeof value === 'string' && URL.canParse(value) && protocol.test(new URL(value).protocol) && new URL(value).hostname !== ''
const isCodes: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((code: unknown) => Number.isInteger(code) && Number(code) > 0 && Number(code) < 100_000)

const SMPP: Form = {
  url: isUrlOf(/^smpps?:$/),
  systemId: isText,
  password: isText,
  'systemType?': isText,
  'sessions?': isOneOf('one', 'two'),
  'window?': isCount,
  'perSecond?': isCount,
  'errors?': isCodes,
}
const WHATSAPP: Form = {
  'url?': isUrlOf(/^https?:$/),
  token: isText,
  phoneNumberId: (value) => typeof value === 'string' && /^\d{1,32}$/.test(value),
  appSecret: isText,
  verifyToken: isText,
  'files?': isOneOf('upload', 'link'),
}

/** @returns undefined when a setting is missing, is not what it has to be, or is none of this type */
function readForm<Settings extends ChannelSettings>(
  common: Pick<Settings, 'type' | 'name' | 'addresses'>,
  form: Form,
  settings: Readonly<Record<string, unknown>>,
): Settings | undefined {
  const isKnown = Object.keys(settings).every((name) => form[name] ?? form[`${name}?`])
  const isRight = Object.entries(form).every(([name, check]) => {
    const value = settings[name.replace('?', '')]
    return value === undefined ? name.endsWith('?') : check(value)
  })
  return isKnown && isRight ? ({ ...common, ...settings } as unknown as Settings) : undefined
}
