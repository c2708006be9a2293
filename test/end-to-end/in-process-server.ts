import type { DatabaseSync } from 'node:sqlite'
import { MemoryBlobs } from '@conversa/adapters/memory'
import { openPostgresStore } from '@conversa/adapters/postgres'
import { openSqliteStore, type SqliteOptions } from '@conversa/adapters/sqlite'
import { newDatabase } from '@conversa/adapters/testing/new-database'
import type { Blobs, ChannelPorts, Core, CoreLimits, MediaLimits, Store } from '@conversa/core'
import {
  createLogger,
  mintAccessToken,
  type ServerOptions,
  serverMetrics,
  systemClock,
  type WebhookSenderOptions,
} from '@conversa/server'
import { assemble, type Parts } from 'conversa'
import { RawClient } from './raw-client.ts'

/** The account of all servers in this process, with two tenants. */
export const ACCOUNT_SID = `AC${'a'.repeat(32)}`
export const SERVICE_SID = `IS${'1'.repeat(32)}`
export const OTHER_SERVICE_SID = `IS${'2'.repeat(32)}`
/** Another account, with a tenant of its own. */
const OTHER_ACCOUNT_SID = `AC${'f'.repeat(32)}`
export const FOREIGN_SERVICE_SID = `IS${'3'.repeat(32)}`
export const OTHER_API_KEY = {
  sid: `SK${'e'.repeat(32)}`,
  accountSid: OTHER_ACCOUNT_SID,
  secret: 'another secret of such a length',
}
export const ACCOUNTS = [
  { sid: ACCOUNT_SID, serviceSid: SERVICE_SID, authToken: 'the auth token of an account' },
  { sid: OTHER_ACCOUNT_SID, serviceSid: FOREIGN_SERVICE_SID, authToken: 'the auth token of another one' },
] as const
/** Opens what is of all accounts. */
export const OPERATOR_TOKEN = 'the token of whoever runs it'
export const API_KEY = { sid: `SK${'b'.repeat(32)}`, accountSid: ACCOUNT_SID, secret: 'a secret of thirty-two characters' }

export interface InProcessOptions {
  readonly times?: ServerOptions['times']
  /** How long requests may take to come in. */
  readonly requestTimes?: ServerOptions['requestTimes']
  readonly allowedOrigins?: readonly string[]
  readonly webFolder?: string
  /** Under which address the server is reached, where that is not the one it listens on. */
  readonly publicUrl?: string | undefined
  /** Where files are kept, and how many; in memory unless it says otherwise. */
  readonly blobs?: Blobs
  readonly mediaLimits?: Partial<MediaLimits>
  /** Limits that are off unless they are set. */
  readonly limits?: CoreLimits
  readonly uploadPace?: ServerOptions['uploadPace']
  readonly idempotencyKeyLife?: ServerOptions['idempotencyKeyLife']
  /** Milliseconds by which the server's clock is ahead of ours, now. */
  readonly ahead?: () => number
  /** The server's clock, where the machine's is not wanted. */
  readonly clock?: ServerOptions['clock']
  /** What connections are watched by, where that is another clock. */
  readonly transport?: ServerOptions['transport']
  /** Whether webhooks may be on this machine; they may unless it says otherwise. */
  readonly mayBePrivate?: boolean
  /** Looks up the names of webhooks, in place of the machine. */
  readonly lookup?: WebhookSenderOptions['lookup']
  /** Milliseconds in which webhooks have to answer. */
  readonly hookDeadline?: number
  /** How pushes are sent. */
  readonly push?: Parts['push']
  /** For how long it goes on after it said that it is to end. */
  readonly noticeOfEnd?: ServerOptions['noticeOfEnd']
  /** Who carries messages out of the app. */
  readonly channels?: ChannelPorts | undefined
  /** Opens the database, in memory unless it says otherwise. */
  readonly open?: () => DatabaseSync
}

/** A server within the test's own process, with what a test looks into. */
export interface InProcessServer extends AsyncDisposable {
  readonly url: string
  readonly core: Core
  readonly store: Store
  readonly database: DatabaseSync
  /** Every line of the log, at its loudest. */
  readonly logged: readonly string[]
  token(identity: string, serviceSid?: string, ttlSeconds?: number): Promise<string>
  /** A client whose session is started. */
  signIn(identity: string, serviceSid?: string): Promise<RawClient>
  metric(name: string): Promise<number>
}

/** TEST_STORE=postgres runs the suites on PostgreSQL, but for those that look into the file. */
const ON_POSTGRES = process.env.TEST_STORE === 'postgres'

/** Starts a server on SQLite in memory. */
export async function startInProcess(options: InProcessOptions = {}): Promise<InProcessServer> {
  const { blobs = new MemoryBlobs(), mediaLimits, uploadPace, idempotencyKeyLife, ahead = () => 0 } = options
  const { clock = { ...systemClock, now: () => systemClock.now() + ahead() } } = options
  const { times, allowedOrigins, webFolder, open = newDatabase } = options
  let database: DatabaseSync | undefined
  const sqlite: SqliteOptions = { path: ':memory:', open: () => (database = open()) }
  const postgres = ON_POSTGRES && !options.open ? await (await import('@conversa/adapters/testing')).testSchema() : undefined
  const store = postgres ? await openPostgresStore({ url: postgres.url, connections: 4 }) : openSqliteStore(sqlite)
  const logged: string[] = []
  const logger = createLogger({ level: 'trace', destination: { write: (line) => void logged.push(line) } })
  const metrics = serverMetrics(false)
  const { mayBePrivate = true, hookDeadline: deadline } = options
  const services = [
    ...[SERVICE_SID, OTHER_SERVICE_SID].map((sid) => ({ sid, accountSid: ACCOUNT_SID, friendlyName: 'of a test' })),
    { sid: FOREIGN_SERVICE_SID, accountSid: OTHER_ACCOUNT_SID, friendlyName: 'of another account' },
  ]
  const { core, server } = await assemble({
    store,
    blobs,
    mediaLimits,
    limits: options.limits,
    push: options.push,
    channels: options.channels,
    services,
    hooks: { mayBePrivate, deadline, lookup: options.lookup },
    clock,
    transport: options.transport,
    logger,
    metrics,
    apiKeys: [API_KEY, OTHER_API_KEY],
    accounts: ACCOUNTS,
    operatorToken: OPERATOR_TOKEN,
    idempotencyKeyLife,
    development: { key: API_KEY, serviceSid: SERVICE_SID },
    webFolder,
    publicUrl: options.publicUrl,
    allowedOrigins,
    times,
    requestTimes: options.requestTimes,
    uploadPace,
    noticeOfEnd: options.noticeOfEnd,
  })
  const url = await server.listen(0, '127.0.0.1')
  const token = (identity: string, serviceSid = SERVICE_SID, ttlSeconds = 3600) =>
    mintAccessToken({
      accountSid: ACCOUNT_SID,
      keySid: API_KEY.sid,
      keySecret: API_KEY.secret,
      serviceSid,
      identity,
      ttlSeconds,
      now: (options.clock ?? systemClock).now(),
    })
  return {
    url,
    core,
    store,
    database: database as unknown as DatabaseSync,
    logged,
    token,
    signIn: async (identity, serviceSid) => RawClient.signIn(url, await token(identity, serviceSid)),
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
    },
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await store.close()
      await postgres?.drop()
    },
  }
}
