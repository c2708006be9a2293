import { type AnswerSettings, isAnswers } from './config-answers.ts'

/** A carrier's SMSC. */
interface SmppChannelSettings {
  readonly type: 'smpp'
  readonly name: string
  readonly addresses: readonly string[]
  /** `smpp://host:port`, or `smpps://host:port` over TLS. */
  readonly url: string
  readonly systemId: string
  readonly password: string
  readonly systemType?: string
  /** The file of the authorities that its certificate may be from. */
  readonly caFile?: string
  readonly sessions?: 'one' | 'two'
  readonly window?: number
  readonly perSecond?: number
  readonly errors?: Readonly<Record<string, number>>
  readonly answers?: AnswerSettings
}

/** A number in WhatsApp, by the Cloud API. */
interface WhatsAppChannelSettings {
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

export type CarrierChannelSettings = SmppChannelSettings | WhatsAppChannelSettings

export const CARRIERS_NEED = 'for "smpp" and "whatsapp" what docs/channels-smpp.md and docs/channels-whatsapp.md say'

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
  'caFile?': isText,
  'sessions?': isOneOf('one', 'two'),
  'window?': isCount,
  'perSecond?': isCount,
  'errors?': isCodes,
  'answers?': isAnswers,
}
const WHATSAPP: Form = {
  'url?': isUrlOf(/^https?:$/),
  token: isText,
  phoneNumberId: (value) => typeof value === 'string' && /^\d{1,32}$/.test(value),
  appSecret: isText,
  verifyToken: isText,
  'files?': isOneOf('upload', 'link'),
}

const FORMS: Readonly<Record<CarrierChannelSettings['type'], Form>> = { smpp: SMPP, whatsapp: WHATSAPP }

/** @returns undefined when a setting is missing, is not what it has to be, or is none of this type */
export function readCarrier(
  common: Pick<CarrierChannelSettings, 'type' | 'name' | 'addresses'>,
  settings: Readonly<Record<string, unknown>>,
): CarrierChannelSettings | undefined {
  const form = FORMS[common.type]
  const isKnown = Object.keys(settings).every((name) => form[name] ?? form[`${name}?`])
  const isRight = Object.entries(form).every(([name, check]) => {
    const value = settings[name.replace('?', '')]
    return value === undefined ? name.endsWith('?') : check(value)
  })
  return isKnown && isRight ? ({ ...common, ...settings } as unknown as CarrierChannelSettings) : undefined
}
