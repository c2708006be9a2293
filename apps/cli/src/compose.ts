import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openFileBlobs } from '@conversa/adapters/files'
import type { PostgresStore } from '@conversa/adapters/postgres'
import { openSqliteStore, type SqliteOptions, type SqliteStore } from '@conversa/adapters/sqlite'
import { type Bus, Import, type Store } from '@conversa/core'
import { createLogger, type Logger, type Server, serverMetrics, systemClock } from '@conversa/server'
import { assemble, machine } from './assemble.ts'
import { createChannels } from './channels.ts'
import type { Config, Credentials } from './config.ts'

const DAY = 24 * 60 * 60 * 1000
/**
 * Milliseconds for which a node of several goes on when it is to end: a balancer asks each second or two whether it is to be given anybody. Not all of
 * them send a request elsewhere that has a body and met nobody.
 */
const NOTICE_OF_END = 3000

/** What a running server offers to whoever started it. */
export interface Running {
  readonly url: string
  /** Sends clients away, finishes what is under way, closes the store. */
  close(): Promise<void>
}

/** What is fixed for one run besides the configuration. */
interface RunOptions {
  readonly credentials: Credentials
  readonly webFolder?: string
  readonly logger?: Logger
}

/**
 * The composition root: opens the store, builds the core, puts the doors around it and listens.
 *
 * @throws when the store cannot be opened or the port is taken
 */
export async function run(config: Config, { credentials, webFolder, logger }: RunOptions): Promise<Running> {
  const log = logger ?? createLogger({ level: config.logLevel })
  const metrics = serverMetrics()
  const store = await openStore(config, {
    observe: (groupSize) => metrics.groupCommitted(groupSize),
    filling: observeFilling(log, systemClock.now),
  })
  const bus = await openBus(config, store, log)
  const backups = join(config.dataDirectory, 'backups')
  try {
    await removeAbandoned(backups, config.databaseUrl === undefined ? 0 : ABANDONED)
    const blobs = await openBlobs(config)
    const { accountSid, authToken, serviceSid, apiKeySid, apiKeySecret } = credentials
    const key = { sid: apiKeySid, accountSid, secret: apiKeySecret }
    const { server } = await assemble({
      store,
      bus,
      blobs,
      backUp: (withFiles) => store.backUp(backups, withFiles ? blobs : undefined),
      mediaLimits: config.settings.media,
      limits: config.settings.limits,
      push: config.settings.push,
      channels: await createChannels(config, { sid: accountSid, serviceSid }, log),
      services: [{ sid: serviceSid, accountSid, friendlyName: 'default' }],
      hooks: { mayBePrivate: config.mode === 'development' },
      logger: log,
      metrics,
      apiKeys: [key],
      accounts: [{ sid: accountSid, authToken, serviceSid }],
      // On one's own machine whoever has the account has the server.
      operatorToken: config.operatorToken ?? (config.mode === 'development' ? authToken : undefined),
      publicUrl: config.publicUrl,
      idempotencyKeyLife: config.settings.idempotencyDays * DAY,
      development: config.mode === 'development' ? { key, serviceSid } : undefined,
      webFolder,
      allowedOrigins: config.settings.allowedOrigins,
      noticeOfEnd: config.mode === 'production' && config.databaseUrl !== undefined ? NOTICE_OF_END : 0,
    })
    const url = await server.listen(config.port, config.host)
    log.info({ mode: config.mode, url }, 'serving')
    return { url: config.publicUrl ?? url, close: () => shutDown(server, { store, bus }, log) }
  } catch (error) {
    await bus?.close()
    await store.close()
    throw error
  }
}

/**
 * Opens the store that a configuration names.
 *
 * @param observers hear the size of each group of commits, and how far the checksums of an older file are
 * @throws when it cannot be opened, or another process has it
 */
export async function openStore(config: Config, observers: StoreObservers = {}): Promise<SqliteStore | PostgresStore> {
  const { databaseUrl: url, settings } = config
  if (url === undefined) return openEmbeddedStore(config, observers)
  const { observe } = observers
  // What is not asked for is not loaded: a start on one file is shorter by it.
  const { openPostgresStore } = await import('@conversa/adapters/postgres')
  return openPostgresStore({ url, connections: settings.databaseConnections, ...(observe && { observe }) })
}

type StoreObservers = Pick<SqliteOptions, 'observe' | 'filling'>

async function openEmbeddedStore({ dataDirectory }: Config, observers: StoreObservers): Promise<SqliteStore> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const path = join(dataDirectory, 'conversa.db')
  // SQLite would let everybody on this machine read what people wrote, where the folder was there before and lets them.
  await (await open(path, 'a', 0o600)).close()
  return openSqliteStore({ path, ...observers })
}

/** Milliseconds between two lines about how far the checksums are. */
const BETWEEN_LINES = 10_000

/** Says that the rows of an older version get their checksums, now and then how many have, and when all do. */
function observeFilling(log: Logger, now: () => number): NonNullable<StoreObservers['filling']> {
  let [rows, saidAt] = [0, 0]
  return (more) => {
    if (more === undefined) {
      if (rows > 0) log.info({ rows }, 'all rows have their checksums')
      return
    }
    rows += more
    if (now() - saidAt < BETWEEN_LINES) return
    saidAt = now()
    log.info({ rows }, 'rows that an older program wrote get their checksums meanwhile')
  }
}

/** Milliseconds without a write after which the copy of a backup is of no node any more. */
const ABANDONED = 600_000

/** Removes what a process left that ended while it took a backup, and not what another node takes in the same folder. */
async function removeAbandoned(folder: string, age: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const written = (await stat(path).catch(() => undefined))?.mtimeMs
    if (written !== undefined && written <= Date.now() - age) await rm(path, { recursive: true, force: true })
  }
}

/** Nodes of one store find each other by the name of its life. */
async function openBus({ natsUrl: url }: Config, { epoch: name }: Store, log: Logger): Promise<Bus | undefined> {
  if (url === undefined) return undefined
  const { openNatsBus } = await import('@conversa/adapters/nats')
  const observe = (isConnected: boolean) => {
    if (isConnected) log.info('connected to NATS')
    else log.warn('lost the connection to NATS; other nodes are heard a second late')
  }
  return openNatsBus({ url, name, observe })
}

const openBlobs = ({ dataDirectory }: Config) => openFileBlobs(join(dataDirectory, 'media'))

/** What brings another server's data over into a store that no server uses meanwhile. */
export async function createImport(config: Config, store: Store): Promise<Import> {
  return new Import({ store, blobs: await openBlobs(config), ...machine })
}

async function shutDown(
  server: Server,
  { store, bus }: { readonly store: Store; readonly bus: Bus | undefined },
  log: Logger,
): Promise<void> {
  log.info('shutting down')
  await server.close()
  await bus?.close()
  await store.close()
  log.info('closed')
}
