import { ANSWERS_NEED, type AnswerSettings, isAnswers } from './config-answers.ts'
import { CARRIERS_NEED, type CarrierChannelSettings, readCarrier } from './config-carriers.ts'
import { EMAIL_NEEDS, type EmailChannelSettings, readEmail } from './config-email.ts'
import { isLoopback } from './config-values.ts'

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
  readonly answers?: AnswerSettings
}

export type ChannelSettings = HttpChannelSettings | EmailChannelSettings | CarrierChannelSettings

export const CHANNELS_NEED = `a list of channels, each with a name of small letters, digits and hyphens that no other has, a list of addresses that no other has, and what its type needs: for "http" a url and a secret of 24 characters or more, ${EMAIL_NEEDS}; ${CARRIERS_NEED}. For "http" and "smpp" answers may be ${ANSWERS_NEED}`

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
  if (type === 'email') return readEmail({ name, addresses }, rest)
  if (type === 'smpp' || type === 'whatsapp') return readCarrier({ type, name, addresses }, rest)
  return type === 'http' ? readHttp({ name, addresses }, rest) : undefined
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && /^\S{1,320}$/.test(value)

function readHttp(
  common: Pick<HttpChannelSettings, 'name' | 'addresses'>,
  { url, secret, answers, ...others }: Readonly<Record<string, unknown>>,
): HttpChannelSettings | undefined {
  const isUrl = typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isUrl || typeof secret !== 'string' || secret.length < 24 || Object.keys(others).length > 0) return undefined
  if (!isAnswers(answers)) return undefined
  return { type: 'http', ...common, url, secret, ...(answers !== undefined && { answers }) }
}

/** What says where a server is, and who carries its messages. */
interface Place {
  readonly host: string
  readonly publicUrl?: string
  readonly settings: { readonly channels: readonly ChannelSettings[] }
}

/** Hosts that are all addresses of a machine, and none that somebody else could call. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::']

/**
 * Carriers that fetch files from this server have to be told an address that leads to it from where they are.
 *
 * @returns a line for each that could not be told one
 */
export function unreachableFiles({ host, publicUrl, settings }: Place): readonly string[] {
  if (publicUrl !== undefined) return []
  return settings.channels
    .filter((channel) => fetchesFrom(channel, host))
    .map(
      ({ name }) =>
        `the channel ${JSON.stringify(name)} is told where files are: set CONVERSA_PUBLIC_URL to an address of this server that leads there`,
    )
}

/** Whether it is told an address of files that it cannot reach by where the server listens. */
function fetchesFrom(channel: ChannelSettings, host: string): boolean {
  if (channel.type === 'whatsapp') return channel.files === 'link'
  if (channel.type !== 'http' || isLoopback(new URL(channel.url).hostname.replace(/^\[|\]$/g, ''))) return false
  return isLoopback(host) || EVERYWHERE.includes(host)
}
