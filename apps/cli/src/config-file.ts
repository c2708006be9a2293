import { readFileSync } from 'node:fs'
import type { CoreLimits, MediaLimits } from '@conversa/core'
import { CHANNELS_NEED, type ChannelSettings, readChannels } from './config-channels.ts'
import { LIMITS_NEED, readLimits } from './config-limits.ts'
import { PUSH_NEED, type PushSettings, readPush } from './config-push.ts'
import { nearestName } from './nearest-name.ts'

/** What the file named by CONVERSA_CONFIG may say; every setting has a default. */
export interface Settings {
  /** Origins, besides the server's own, whose pages may open sockets and call the API (reliability B11). */
  readonly allowedOrigins: readonly string[]
  /** Limits for files that differ from the usual ones: bytes and milliseconds. */
  readonly media: Partial<MediaLimits>
  /** Limits that are off by default: actions per second, conversations of one user. */
  readonly limits: CoreLimits
  /** How pushes are sent. */
  readonly push: PushSettings
  /** Who carries messages to people outside of the app. */
  readonly channels: readonly ChannelSettings[]
  /** Days for which the answer to a REST request with an `Idempotency-Key` is kept. */
  readonly idempotencyDays: number
  /** Connections of this node to PostgreSQL at most. */
  readonly databaseConnections: number
}

/** What a setting needs: its value when the file is silent, and a reader that gives undefined for a value of a wrong form. */
type SettingKinds = { readonly [Name in keyof Settings]: SettingKind<Settings[Name]> }

interface SettingKind<Value> {
  readonly fallback: Value
  /** The form that is needed, for the message. */
  readonly needs: string
  read(value: unknown): Value | undefined
}

/** The limits that the file may change: bytes, counts, and milliseconds. */
const MEDIA_SETTINGS: readonly string[] = [
  'perMessage',
  'fileBytes',
  'messageBytes',
  'uploadsAtOnce',
  'pendingBytes',
  'pendingTime',
  'urlTime',
] satisfies (keyof MediaLimits)[]

const SETTINGS: SettingKinds = {
  allowedOrigins: {
    fallback: Object.freeze([]),
    needs: 'a list of origins such as "https://chat.example.org"',
    read: readOrigins,
  },
  media: {
    fallback: Object.freeze({}),
    needs: `an object with whole numbers from 1 upward for any of ${MEDIA_SETTINGS.join(', ')}`,
    read: readMediaLimits,
  },
  limits: { fallback: Object.freeze({}), needs: LIMITS_NEED, read: readLimits },
  push: { fallback: Object.freeze({}), needs: PUSH_NEED, read: readPush },
  channels: { fallback: Object.freeze([]), needs: CHANNELS_NEED, read: readChannels },
  idempotencyDays: {
    fallback: 7,
    needs: 'a whole number of days from 1 to 365',
    read: (value) =>
      Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 365 ? (value as number) : undefined,
  },
  databaseConnections: {
    fallback: 10,
    needs: 'a whole number from 2 to 1000',
    read: (value) =>
      Number.isInteger(value) && (value as number) >= 2 && (value as number) <= 1000 ? (value as number) : undefined,
  },
}

/**
 * Reads the JSON file for everything that has no environment variable.
 *
 * @param path the file; undefined gives the defaults
 * @param problems gets a line for each thing that is wrong; no value of the file is repeated in it
 * @param environmentOf names the variable for what belongs into the environment instead
 * @returns the settings, with defaults for what is missing or wrong
 */
export function readConfigFile(
  path: string | undefined,
  problems: string[],
  environmentOf: (key: string) => string | undefined = () => undefined,
): Settings {
  const file = path === undefined ? {} : parseFile(path, problems)
  for (const key of Object.keys(file)) {
    if (!Object.hasOwn(SETTINGS, key))
      problems.push(`CONVERSA_CONFIG: the key ${JSON.stringify(key)} is unknown${hint(key, environmentOf)}`)
  }
  return Object.freeze({
    allowedOrigins: readSetting('allowedOrigins', file, problems),
    media: readSetting('media', file, problems),
    limits: readSetting('limits', file, problems),
    push: readSetting('push', file, problems),
    channels: readSetting('channels', file, problems),
    idempotencyDays: readSetting('idempotencyDays', file, problems),
    databaseConnections: readSetting('databaseConnections', file, problems),
  })
}

function hint(key: string, environmentOf: (key: string) => string | undefined): string {
  const variable = environmentOf(key)
  if (variable) return `; set ${variable} in the environment`
  const near = nearestName(key, Object.keys(SETTINGS))
  return near ? `; did you mean ${JSON.stringify(near)}?` : ''
}

function readSetting<Name extends keyof Settings>(
  name: Name,
  file: Readonly<Record<string, unknown>>,
  problems: string[],
): Settings[Name] {
  const { fallback, needs, read } = SETTINGS[name]
  if (!Object.hasOwn(file, name)) return fallback
  const value = read(file[name])
  if (value === undefined) problems.push(`CONVERSA_CONFIG: ${name} must be ${needs}`)
  return value ?? fallback
}

function parseFile(path: string, problems: string[]): Readonly<Record<string, unknown>> {
  const text = readText(path, problems)
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    problems.push(`CONVERSA_CONFIG: ${path} must hold one JSON object`)
  } catch (error) {
    // Node quotes the text around the mistake, which may be a secret; only the place is repeated.
    const place = /line \d+ column \d+/.exec(String(error))?.[0]
    problems.push(`CONVERSA_CONFIG: ${path} is not JSON${place ? ` (${place})` : ''}`)
  }
  return {}
}

function readText(path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    problems.push(`CONVERSA_CONFIG: unable to read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`)
    return undefined
  }
}

function readOrigins(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.every(isOrigin) ? Object.freeze([...value]) : undefined
}

function readMediaLimits(value: unknown): Partial<MediaLimits> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const isLimit = ([name, limit]: [string, unknown]) =>
    MEDIA_SETTINGS.includes(name) && Number.isSafeInteger(limit) && (limit as number) > 0
  return Object.entries(value).every(isLimit) ? Object.freeze({ ...value }) : undefined
}

function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}
