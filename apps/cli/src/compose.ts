import { hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openFileBlobs } from '@conversa/adapters/files'
import { openSqliteStore } from '@conversa/adapters/sqlite'
import { Core, type HookPorts, type MediaPorts, type Store } from '@conversa/core'
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
  type WebhookSenderOptions,
  webhookSender,
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
    const accounts = [{ sid: accountSid, authToken, serviceSid }]
    const hooks = createHooks({ accounts, mayBePrivate: config.mode === 'development', now: systemClock.now }, log)
    const core = createCore(store, { media: { blobs, link: links.make, limits: config.settings.media }, hooks })
    await core.ensureService({ sid: serviceSid, accountSid, friendlyName: 'default' })
    const key = { sid: apiKeySid, accountSid, secret: apiKeySecret }
    const options: ServerOptions = {
      core,
      clock: systemClock,
      logger: log,
      metrics,
      apiKeys: [key],
      accounts,
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

/** What a core is given besides its store. */
export interface CoreParts {
  readonly media?: MediaPorts | undefined
  readonly hooks?: HookPorts | undefined
  /** That of this machine unless another one is given. */
  readonly clock?: Clock | undefined
}

/** A core on the randomness of this machine. */
export function createCore(store: Store, { media, hooks, clock = systemClock }: CoreParts = {}): Core {
  return new Core({
    store,
    media,
    hooks,
    now: clock.now,
    after: clock.after,
    random: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
    digest: (text) => hash('sha256', text, 'base64url'),
  })
}

/** How webhooks are told, with a line in the log when one cannot be. */
export function createHooks(options: WebhookSenderOptions, log: Logger): HookPorts {
  return {
    send: webhookSender(options),
    gaveUp: ({ id, eventId, webhookSid }) => log.warn({ id, eventId, webhookSid }, 'gave up telling a webhook'),
    unanswered: (webhookSid, event) => log.warn({ webhookSid, event, code: 50076 }, 'a webhook gave no answer in time'),
    failed: (error) => log.error({ err: error }, 'unable to tell webhooks for now'),
  }
}

async function shutDown(server: Server, store: Store, log: Logger): Promise<void> {
  log.info('shutting down')
  await server.close()
  await store.close()
  log.info('closed')
}
