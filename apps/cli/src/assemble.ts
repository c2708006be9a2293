import { hash } from 'node:crypto'
import { makeVapidKeys, PUSH_SERVICES, PushSender } from '@conversa/adapters/push'
import {
  type Blobs,
  type Bus,
  type ChannelPlace,
  type ChannelPorts,
  Core,
  type CoreLimits,
  type HookPorts,
  type MediaLimits,
  type MediaPorts,
  type OutboxKind,
  type OutboxObserver,
  type Ports,
  type PushPorts,
  type ServiceRecord,
  type Store,
} from '@conversa/core'
import { createGateway } from '@conversa/gateway'
import {
  type Clock,
  createServer,
  type Logger,
  type Metrics,
  mediaLinks,
  type PublicNetwork,
  publicNetwork,
  type Server,
  type ServerOptions,
  systemClock,
  type WebhookSenderOptions,
  webhookSender,
} from '@conversa/server'
import type { PushSettings } from './config-push.ts'

/** What a server is made of: where things are kept, who is let in, and what its doors are told. */
export interface Parts extends Omit<ServerOptions, 'core' | 'clock' | 'mediaLinks' | 'sockets' | 'carriers'> {
  readonly store: Store
  /** Carries what happens between nodes on one store; without it there is this node alone. */
  readonly bus?: Bus | undefined
  /** Where files are kept, and how many. */
  readonly blobs: Blobs
  readonly mediaLimits?: Partial<MediaLimits> | undefined
  /** Limits that are off unless they are set. */
  readonly limits?: CoreLimits | undefined
  /** How pushes are sent, where that differs from the usual. */
  readonly push?: PushSettings | undefined
  /** Services that are made unless they are there. */
  readonly services: readonly Pick<ServiceRecord, 'sid' | 'accountSid' | 'friendlyName'>[]
  readonly hooks: Pick<WebhookSenderOptions, 'mayBePrivate' | 'deadline' | 'lookup'>
  /** Who carries messages to people outside of the app; without it nothing is sent to them. */
  readonly channels?: ChannelPorts | undefined
  /** Where backups can be taken. */
  readonly backUp?: Ports['backUp']
  /** That of this machine unless another one is given. */
  readonly clock?: Clock | undefined
}

/**
 * Builds the core on a store and puts all doors around it: the one place where a server is put together, in production and in tests.
 *
 * @returns a server that does not listen yet
 * @throws when the store fails
 */
export async function assemble(parts: Parts): Promise<{ core: Core; server: Server }> {
  const {
    store,
    bus,
    blobs,
    mediaLimits,
    limits,
    channels: carriedBy,
    services,
    clock = systemClock,
    logger,
    accounts,
    apiKeys,
    publicUrl,
  } = parts
  const links = mediaLinks(
    apiKeys.slice(0, 1).map(({ secret }) => secret),
    publicUrl,
  )
  // Whoever is told lives in the time of this machine, and may not take what was signed at another one.
  const hooks = createHooks({ accounts, now: systemClock.now, ...parts.hooks }, logger)
  const isStoreShared = store.feed !== undefined
  const media = { blobs, link: links.make, limits: mediaLimits, isStoreShared }
  const outbox = observeOutbox(logger, parts.metrics)
  const channels = carriedBy && { ...carriedBy, moved: observeChannels(logger, parts.metrics) }
  const push = createPush({ ...parts, now: systemClock.now }, logger)
  const core = createCore(store, { bus, media, hooks, channels, push, outbox, limits, clock, backUp: parts.backUp })
  for (const service of services) await core.ensureService(service)
  const carriers = [...new Set(channels?.routes.map(({ adapter }) => adapter))]
  return { core, server: await createServer({ ...parts, core, clock, carriers, mediaLinks: links, sockets: [createGateway] }) }
}

/** The time, the randomness and the digests of this machine. */
export const machine = {
  now: systemClock.now,
  random: (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
  digest: (text: string) => hash('sha256', text, 'base64url'),
}

/** What a core is given besides its store. */
interface CoreParts {
  readonly bus?: Bus | undefined
  readonly media?: MediaPorts | undefined
  readonly hooks?: HookPorts | undefined
  readonly push?: PushPorts | undefined
  readonly channels?: ChannelPorts | undefined
  readonly outbox?: OutboxObserver | undefined
  readonly limits?: CoreLimits | undefined
  readonly backUp?: Ports['backUp']
  /** That of this machine unless another one is given. */
  readonly clock?: Clock | undefined
}

/** A core on the randomness of this machine. */
export function createCore(
  store: Store,
  { bus, media, hooks, channels, push, outbox, limits, backUp, clock = systemClock }: CoreParts = {},
): Core {
  return new Core({
    store,
    bus,
    media,
    hooks,
    push,
    channels,
    outbox,
    limits,
    backUp,
    ...machine,
    now: clock.now,
    after: clock.after,
  })
}

/** How webhooks are told, with a line in the log when one that is asked does not answer. */
function createHooks(options: WebhookSenderOptions, log: Logger): HookPorts {
  return {
    send: webhookSender(options),
    unanswered: (webhookSid, event) => log.warn({ webhookSid, event, code: 50076 }, 'a webhook gave no answer in time'),
  }
}

/** Milliseconds that a push service has to answer. */
const PUSH_DEADLINE = 4000

/** How pushes are sent, with a line in the log where somebody has to mend something. */
function createPush(
  {
    push: settings = {},
    hooks: { mayBePrivate, lookup },
    publicUrl,
    now,
  }: Pick<Parts, 'push' | 'hooks' | 'publicUrl'> & Pick<Clock, 'now'>,
  log: Logger,
): PushPorts {
  const { toConnected, vapidPublicKey: publicKey, vapidPrivateKey: privateKey, ...changed } = settings
  const subject = publicUrl?.startsWith('https:') ? publicUrl : 'mailto:operator@localhost'
  // Whoever registers a browser says where its service is.
  const network = mayBePrivate ? {} : secureNetwork(lookup)
  const sender = new PushSender({ ...PUSH_SERVICES, subject, ...changed, ...network, now, deadline: PUSH_DEADLINE })
  return {
    send: sender.send,
    makeKeys: makeVapidKeys,
    webKeys: publicKey === undefined || privateKey === undefined ? undefined : { publicKey, privateKey },
    toConnected,
    close: () => sender.close(),
    troubled: (problem) => log.warn(problem, 'a push did not arrive'),
    logged: (entry) => log.info(entry, 'a push was tried'),
  }
}

/** Browsers' services are on the public internet, and reached over TLS (RFC 8030, 8). */
function secureNetwork(lookup: WebhookSenderOptions['lookup']): PublicNetwork {
  const network = publicNetwork(lookup)
  return { ...network, isAllowed: (url) => url.protocol === 'https:' && network.isAllowed(url) }
}

/** Counts what leaves the server, with a line in the log when something cannot. */
function observeOutbox(log: Logger, metrics: Pick<Metrics, 'outboxTried'>): OutboxObserver {
  return {
    tried: (kind, outcome) => metrics.outboxTried(kind, outcome),
    gaveUp: ({ id, kind, eventId, destination }) =>
      log.warn({ id, kind, eventId, ...(kind === 'webhook' && { webhookSid: destination }) }, GAVE_UP[kind]),
    failed: (error) => log.error({ err: error }, 'unable to send what waits in the outbox for now'),
  }
}

/** Says which node has a channel that runs on one of them. */
function observeChannels(log: Logger, metrics: Pick<Metrics, 'channelMoved'>): NonNullable<ChannelPorts['moved']> {
  return (channel, place) => {
    metrics.channelMoved(channel, place === 'here')
    if (place === 'lost')
      log.warn({ channel }, "let go of a channel: the database did not say in time that it is still this node's")
    else log.info({ channel }, HELD[place])
  }
}

const HELD: Readonly<Record<Exclude<ChannelPlace, 'lost'>, string>> = {
  here: 'this node has a channel',
  elsewhere: 'another node has a channel',
  'given back': 'gave a channel back',
}

const GAVE_UP: Readonly<Record<OutboxKind, string>> = {
  webhook: 'gave up telling a webhook',
  channel: 'gave up sending a message out of the app',
  notice: 'gave up finding whom to push to',
  push: 'gave up a push',
}
