import { hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openFileBlobs } from '@conversa/adapters/files'
import { openSqliteStore } from '@conversa/adapters/sqlite'
import { Core, type MediaPorts, type Store } from '@conversa/core'
import { createGateway } from '@conversa/gateway'
import {
  type Clock,
  createLogger,
  createServer,
  type Logger,
  mediaLinks,
  type Server,
  type ServerOptions,
  serverMetrics,
  systemClock,
} from '@conversa/server'
import type { Config, Credentials } from './config.ts'

const DAY = 24 * 60 * 60 * 1000

/** What a running server offers to whoever started it. */
export interface Running {
  readonly url: string
  /** Sends clients away, finishes what is under way, closes the store. */
  close(): Promise<void>
}

/** What is fixed for one run besides the configuration. */
export interface RunOptions {
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
  await mkdir(config.dataDirectory, { recursive: true })
  const store = openSqliteStore({
    path: join(config.dataDirectory, 'conversa.db'),
    observe: (groupSize) => metrics.groupCommitted(groupSize),
  })
  try {
    const { accountSid, authToken, serviceSid, apiKeySid, apiKeySecret } = credentials
    const links = mediaLinks([apiKeySecret], config.publicUrl)
    const blobs = await openFileBlobs(join(config.dataDirectory, 'media'))
    const core = createCore(store, { blobs, link: links.make, limits: config.settings.media })
    await core.ensureService({ sid: serviceSid, accountSid, friendlyName: 'default' })
    const key = { sid: apiKeySid, accountSid, secret: apiKeySecret }
    const options: ServerOptions = {
      core,
      clock: systemClock,
      logger: log,
      metrics,
      apiKeys: [key],
      accounts: [{ sid: accountSid, authToken, serviceSid }],
      publicUrl: config.publicUrl,
      idempotencyKeyLife: config.settings.idempotencyDays * DAY,
      development: config.mode === 'development' ? { key, serviceSid } : undefined,
      webFolder,
      allowedOrigins: config.settings.allowedOrigins,
      mediaLinks: links,
      sockets: [createGateway],
    }
    const server = await createServer(options)
    const url = await server.listen(config.port, config.host)
    log.info({ mode: config.mode, url }, 'serving')
    return { url: config.publicUrl ?? url, close: () => shutDown(server, store, log) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** A core on the randomness of this machine, and on its time unless another clock is given. */
export function createCore(store: Store, media?: MediaPorts, clock: Clock = systemClock): Core {
  return new Core({
    store,
    media,
    now: clock.now,
    after: clock.after,
    random: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
    digest: (text) => hash('sha256', text, 'base64url'),
  })
}

async function shutDown(server: Server, store: Store, log: Logger): Promise<void> {
  log.info('shutting down')
  await server.close()
  await store.close()
  log.info('closed')
}
