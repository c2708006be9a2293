import { resolve } from 'node:path'
import { LOG_LEVELS, type LogLevel } from '@conversa/server'
import { unreachableFiles } from './config-channels.ts'
import { readConfigFile, type Settings } from './config-file.ts'
import {
  isLoopback,
  type Reading,
  readHost,
  readPort,
  readPublicUrl,
  readSecret,
  readSid,
  readUrl,
  readUrls,
  readWord,
} from './config-values.ts'
import { nearestName } from './nearest-name.ts'

/** The account, key and service that a server starts with. */
export interface Credentials {
  readonly accountSid: string
  readonly authToken: string
  readonly apiKeySid: string
  readonly apiKeySecret: string
  readonly serviceSid: string
}

interface AnyConfig {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The data folder, absolute. */
  readonly dataDirectory: string
  /** Unset: SQLite in the data folder. */
  readonly databaseUrl?: string
  /** Unset: one node. Several addresses are separated by commas. */
  readonly natsUrl?: string
  /** Without a slash at its end. */
  readonly publicUrl?: string
  /** Of whoever runs the server, for what is of all accounts. */
  readonly operatorToken?: string
  readonly logLevel: LogLevel
  readonly settings: Settings
}

export interface ProductionConfig extends AnyConfig {
  readonly mode: 'production'
  readonly credentials: Credentials
}

/** What is missing of the credentials, `developmentCredentials` makes. */
export interface DevelopmentConfig extends AnyConfig {
  readonly mode: 'development'
  readonly credentials: Partial<Credentials>
}

/** What a server needs to know before it starts. */
export type Config = ProductionConfig | DevelopmentConfig

/** Why a server cannot start: one line for each thing to mend. None contains a secret. */
export interface ConfigProblems {
  readonly problems: readonly string[]
}

const POSTGRES = ['postgres:', 'postgresql:']
const NATS = ['nats:', 'tls:', 'ws:', 'wss:']

/** Every variable that the server reads. The readers say what a value must be; `about` is for the help. */
const VARIABLES = {
  HOST: { about: 'address to listen on (127.0.0.1)', read: readHost },
  PORT: { about: 'port to listen on (8080)', read: readPort },
  CONVERSA_MODE: { about: 'development or production (production)', read: readWord(['development', 'production']) },
  CONVERSA_DATA: { about: 'data folder (./data)', read: readPath },
  CONVERSA_DATABASE_URL: { about: 'postgres://… (SQLite in the data folder)', read: readUrl(...POSTGRES) },
  CONVERSA_NATS_URL: { about: 'nats://…, for several nodes', read: readUrls(...NATS) },
  CONVERSA_PUBLIC_URL: { about: 'address under which the world reaches the server', read: readPublicUrl },
  CONVERSA_ACCOUNT_SID: { about: 'account', read: readSid('account', 'AC') },
  CONVERSA_AUTH_TOKEN: { about: 'secret of the account, for REST', read: readSecret },
  CONVERSA_API_KEY_SID: { about: 'key that signs access tokens', read: readSid('apiKey', 'SK') },
  CONVERSA_API_KEY_SECRET: { about: 'secret of that key', read: readSecret },
  CONVERSA_SERVICE_SID: { about: 'default service', read: readSid('service', 'IS') },
  CONVERSA_OPERATOR_TOKEN: {
    about: 'secret of the operator, for backups (in development: that of the account)',
    read: readSecret,
  },
  CONVERSA_CONFIG: { about: 'JSON file for everything else', read: readPath },
  CONVERSA_LOG_LEVEL: { about: `one of ${LOG_LEVELS.join(', ')} (info)`, read: readWord(LOG_LEVELS) },
} as const

/** Variables of `conversa import`. A server with the same environment lets them be. */
export const IMPORT_VARIABLES = {
  from: 'CONVERSA_IMPORT_FROM',
  account: 'CONVERSA_IMPORT_ACCOUNT',
  token: 'CONVERSA_IMPORT_TOKEN',
} as const

const OTHERS: readonly string[] = Object.values(IMPORT_VARIABLES)

/** The name of a variable that the server reads. */
export type VariableName = keyof typeof VARIABLES

/** Values from the command line, under the names of their variables. */
export type Overrides = { readonly [Name in VariableName]?: string | undefined }

/** The variables and what they are for, for the help and the documentation. */
export const CONFIG_VARIABLES: Readonly<Record<VariableName, { readonly about: string }>> = VARIABLES

const CREDENTIAL_VARIABLES = {
  accountSid: 'CONVERSA_ACCOUNT_SID',
  authToken: 'CONVERSA_AUTH_TOKEN',
  apiKeySid: 'CONVERSA_API_KEY_SID',
  apiKeySecret: 'CONVERSA_API_KEY_SECRET',
  serviceSid: 'CONVERSA_SERVICE_SID',
} as const satisfies Record<keyof Credentials, VariableName>

/**
 * Reads the configuration (DESIGN, "Fixed points"). An empty value counts as unset, as compose files write it.
 *
 * @param env the environment of the process
 * @param overrides values from the command line, under the names of their variables; they win
 * @returns the frozen configuration, or everything that is wrong with it
 */
export function readConfig(env: NodeJS.ProcessEnv, overrides: Overrides = {}): Config | ConfigProblems {
  const { texts, problems, read } = variablesOf(env, overrides)
  const mode = texts.has('CONVERSA_MODE') ? read('CONVERSA_MODE') : 'production'
  const config = { mode, ...readEverywhere(read, problems), credentials: readCredentials(read) }
  if (mode === 'development' && !isLoopback(config.host)) problems.push(NOT_LOOPBACK)
  if (mode === 'production') requireCredentials(texts, problems)
  problems.push(...unreachableFiles(config))
  // Without problems, the mode is known and production has all its credentials.
  return problems.length > 0 ? { problems } : (Object.freeze(config) as Config)
}

/** Where a server is that runs with this configuration, and with which credentials it lets an operator in. */
export type Reach = Pick<AnyConfig, 'host' | 'port' | 'dataDirectory'> & {
  readonly databaseUrl: string | undefined
  readonly operatorToken: string | undefined
  readonly credentials: Partial<Credentials>
}

/**
 * Reads the same variables for a program that talks to a running server: it needs fewer of them.
 *
 * @returns what is set and the defaults, or everything that is wrong
 */
export function readReach(env: NodeJS.ProcessEnv): Reach | ConfigProblems {
  const { problems, read } = variablesOf(env, {})
  const { host, port, dataDirectory, databaseUrl, operatorToken } = readEverywhere(read, problems)
  const reach = { host, port, dataDirectory, databaseUrl, operatorToken, credentials: readCredentials(read) }
  return problems.length > 0 ? { problems } : Object.freeze(reach)
}

interface Variables {
  readonly texts: ReadonlyMap<string, string>
  /** What is found to be wrong is added here. */
  readonly problems: string[]
  readonly read: ReadVariable
}

function variablesOf(env: NodeJS.ProcessEnv, overrides: Overrides): Variables {
  const texts = new Map([...Object.entries(env), ...Object.entries(overrides)].filter(isSet))
  const problems = unknownNames(Object.keys(env))
  return { texts, problems, read: (name) => readVariable(name, texts.get(name), problems) }
}

function isSet(entry: readonly [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined && entry[1] !== ''
}

const NOT_LOOPBACK =
  'HOST must be a loopback address in development mode (127.0.0.1, ::1 or localhost); to be reached from elsewhere, set CONVERSA_MODE=production'

type ValueOf<Name extends VariableName> = (typeof VARIABLES)[Name]['read'] extends (text: string) => Reading<infer Value>
  ? Value
  : never

type ReadVariable = <Name extends VariableName>(name: Name) => ValueOf<Name> | undefined

function readVariable<Name extends VariableName>(
  name: Name,
  text: string | undefined,
  problems: string[],
): ValueOf<Name> | undefined {
  if (text === undefined) return undefined
  const reading = VARIABLES[name].read(text) as Reading<ValueOf<Name>>
  if ('value' in reading) return reading.value
  problems.push(`${name} must ${reading.must}`)
  return undefined
}

function readPath(text: string): Reading<string> {
  return { value: resolve(text) }
}

function readEverywhere(read: ReadVariable, problems: string[]): AnyConfig {
  return {
    host: read('HOST') ?? '127.0.0.1',
    port: read('PORT') ?? 8080,
    dataDirectory: read('CONVERSA_DATA') ?? resolve('data'),
    logLevel: read('CONVERSA_LOG_LEVEL') ?? 'info',
    ...withoutUnset({
      databaseUrl: read('CONVERSA_DATABASE_URL'),
      natsUrl: read('CONVERSA_NATS_URL'),
      publicUrl: read('CONVERSA_PUBLIC_URL'),
      operatorToken: read('CONVERSA_OPERATOR_TOKEN'),
    }),
    settings: readConfigFile(read('CONVERSA_CONFIG'), problems, variableOf),
  }
}

function readCredentials(read: ReadVariable): Partial<Credentials> {
  const values = Object.entries(CREDENTIAL_VARIABLES).map(([name, variable]) => [name, read(variable)])
  return Object.freeze(withoutUnset(Object.fromEntries(values)))
}

function withoutUnset<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}

function requireCredentials(texts: ReadonlyMap<string, string>, problems: string[]): void {
  const missing = Object.values(CREDENTIAL_VARIABLES).filter((variable) => !texts.has(variable))
  if (missing.length === 0) return
  problems.push(
    `production mode needs credentials: set ${missing.join(', ')}; or set CONVERSA_MODE=development to try the server on this machine`,
  )
}

function unknownNames(names: readonly string[]): string[] {
  return names
    .filter((name) => name.startsWith('CONVERSA_') && !Object.hasOwn(VARIABLES, name) && !OTHERS.includes(name))
    .map((name) => {
      const near = nearestName(name, [...Object.keys(VARIABLES), ...OTHERS])
      return `${name} is not a known variable${near ? `; did you mean ${near}?` : ''}`
    })
}

/** The variable that sets what somebody wrote into the file. */
function variableOf(key: string): string | undefined {
  const name = key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
  return [name, `CONVERSA_${name}`].find((variable) => Object.hasOwn(VARIABLES, variable))
}
