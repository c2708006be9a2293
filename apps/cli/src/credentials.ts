import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, ConfigProblems, Credentials } from './config.ts'
import { type Reading, readSecret, readSid } from './config-values.ts'

/** Fills an array with random bytes, as `crypto.getRandomValues` does. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array

/** The credentials of a development server, and where those are that nobody set. */
export interface DevelopmentCredentials {
  readonly credentials: Credentials
  /** The file; undefined when the environment has set everything. */
  readonly path: string | undefined
  /** Whether this start made the file. */
  readonly created: boolean
}

/** Each credential: how to make it and what it must look like. */
const KINDS = {
  accountSid: { make: (random: RandomBytes) => `AC${hex(random, 16)}`, read: readSid('account', 'AC') },
  authToken: { make: (random: RandomBytes) => hex(random, 16), read: readSecret },
  apiKeySid: { make: (random: RandomBytes) => `SK${hex(random, 16)}`, read: readSid('apiKey', 'SK') },
  apiKeySecret: { make: (random: RandomBytes) => hex(random, 32), read: readSecret },
  serviceSid: { make: (random: RandomBytes) => `IS${hex(random, 16)}`, read: readSid('service', 'IS') },
} as const satisfies Record<keyof Credentials, { make(random: RandomBytes): string; read(text: string): Reading<string> }>

const NAMES = Object.keys(KINDS) as (keyof Credentials)[]

/** Where a development start keeps the credentials that it makes. */
export function credentialsFile(dataDirectory: string): string {
  return join(dataDirectory, 'credentials.json')
}

/** The credentials of a server: those of its configuration, and in development what it does not say is made. */
export async function credentialsOf(config: Config): Promise<DevelopmentCredentials | ConfigProblems> {
  if (config.mode === 'production') return { credentials: config.credentials, path: undefined, created: false }
  return developmentCredentials(config.dataDirectory, config.credentials, (bytes) => crypto.getRandomValues(bytes))
}

/**
 * The credentials of a development server: what the environment sets, and for the rest what `credentials.json` in the data folder
 * keeps. The first start makes that file, whole, readable by its owner alone; a file that cannot be understood is never replaced,
 * because tokens and databases depend on what it said.
 *
 * @param dataDirectory the data folder; made when it is missing
 * @param given what the environment sets; it wins over the file and is never written to it
 * @param random the source of SIDs and secrets
 * @returns all five, or what is wrong with the file
 * @throws when the folder cannot be written
 */
export async function developmentCredentials(
  dataDirectory: string,
  given: Partial<Credentials>,
  random: RandomBytes,
): Promise<DevelopmentCredentials | ConfigProblems> {
  if (NAMES.every((name) => given[name] !== undefined))
    return { credentials: given as Credentials, path: undefined, created: false }
  const path = credentialsFile(dataDirectory)
  let text = await readIfThere(path)
  const created = text === undefined && (await create(dataDirectory, path, random))
  text ??= await readFile(path, 'utf8')
  const kept = readKept(text)
  if (!kept) return { problems: [corrupt(path)] }
  return { credentials: Object.freeze({ ...kept, ...given }), path, created }
}

/**
 * The credentials that a server on this data folder has, as far as they can be known beside it; nothing is made.
 *
 * @param given what the environment sets; it wins over the file
 */
export async function knownCredentials(
  dataDirectory: string,
  given: Partial<Credentials>,
): Promise<Partial<Credentials> | ConfigProblems> {
  const path = credentialsFile(dataDirectory)
  const text = await readIfThere(path)
  const kept = text === undefined ? {} : readKept(text)
  return kept ? { ...kept, ...given } : { problems: [corrupt(path)] }
}

/** New SIDs and secrets. */
export function makeCredentials(random: RandomBytes): Credentials {
  return Object.fromEntries(NAMES.map((name) => [name, KINDS[name].make(random)])) as unknown as Credentials
}

function corrupt(path: string): string {
  return `${path} is damaged: repair it, or move it away to start with new credentials (tokens and data of the old ones stay behind)`
}

function hex(random: RandomBytes, length: number): string {
  return Buffer.from(random(new Uint8Array(length))).toString('hex')
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readKept(text: string): Credentials | undefined {
  try {
    const kept: Readonly<Record<string, unknown>> = JSON.parse(text)
    const sound = NAMES.every((name) => {
      const value = kept[name]
      return typeof value === 'string' && value !== '' && 'value' in KINDS[name].read(value)
    })
    return sound ? (Object.fromEntries(NAMES.map((name) => [name, kept[name]])) as unknown as Credentials) : undefined
  } catch {
    return undefined
  }
}

/** Writes a file beside and moves it into place when it is whole, so that no reader and no crash ever sees half of it. */
async function create(dataDirectory: string, path: string, random: RandomBytes): Promise<boolean> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const made = makeCredentials(random)
  const beside = `${path}.${hex(random, 8)}`
  try {
    await writeFile(beside, `${JSON.stringify(made, null, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true })
    return await moveIntoPlace(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
}

/** A link, unlike a rename, fails when another start was quicker: then that one's file is the one. */
async function moveIntoPlace(beside: string, path: string): Promise<boolean> {
  try {
    await link(beside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // Some file systems have no links.
    await rename(beside, path)
  }
  return true
}
