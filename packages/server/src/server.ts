import type { AddressInfo } from 'node:net'
import { type ChannelAdapter, type Core, Deadlines, Refusal } from '@conversa/core'
import { REQUESTS } from '@conversa/protocol/schema'
import type { FastifyInstance } from 'fastify'
import { type ApiKey, type KeyRing, verifyAccessToken } from './access/access-token.ts'
import { serveDevelopmentTokens } from './access/development.ts'
import { mintAccessToken } from './access/mint-token.ts'
import { serveChannels } from './channel-door.ts'
import type { Clock } from './clock.ts'
import { coreRounds } from './core-rounds.ts'
import { createHttp } from './http.ts'
import { serveFiles } from './media/file-protocol.ts'
import { type MediaDoor, serveMedia } from './media/media-door.ts'
import type { MediaLinks } from './media/media-links.ts'
import type { UploadPace } from './media/upload-pace.ts'
import type { Logger } from './observability/logger.ts'
import { createMetrics, type Metrics } from './observability/metrics.ts'
import { serveOperator } from './operator/operator-door.ts'
import { servePush } from './push-door.ts'
import type { AccountCredentials } from './rest/basic-auth.ts'
import { type RestDoor, serveRest } from './rest/rest-door.ts'
import { ignoreFailure } from './socket/connection.ts'
import { refuseUpgrade } from './socket/refuse-upgrade.ts'
import type { RequestTimes } from './socket/request-time.ts'
import { Session, type SessionContext, SOCKET_PATH } from './socket/session.ts'
import { DEFAULT_TIMES, type SessionTimes } from './socket/session-times.ts'
import { SocketDoor, type SocketProtocol } from './socket/socket.ts'
import type { SignInContext } from './socket/start-session.ts'

/** What a server is made of. */
export interface ServerOptions {
  readonly core: Core
  /** What things are dated by, and what makes tokens and timers due. */
  readonly clock: Clock
  /** What connections are watched by: silence, slow senders, who does not sign in. The same clock unless it is set. */
  readonly transport?: Clock | undefined
  readonly logger: Logger
  readonly metrics: Metrics
  /** Keys that sign access tokens. */
  readonly apiKeys: readonly ApiKey[]
  /** Accounts whose back ends REST lets in, with their auth tokens and with `apiKeys`. */
  readonly accounts: readonly AccountCredentials[]
  /** Of whoever runs the server: it opens what is of all accounts at once. Without it nothing does. */
  readonly operatorToken?: string | undefined
  /** The address under which the world reaches the server, without a slash at its end. */
  readonly publicUrl?: string | undefined
  /** Milliseconds for which the answer to a REST request with an `Idempotency-Key` is kept; seven days unless set. */
  readonly idempotencyKeyLife?: number | undefined
  /** Signs anybody in as anybody, into this service. */
  readonly development?: { readonly key: ApiKey; readonly serviceSid: string } | undefined
  /** The built web app. */
  readonly webFolder?: string | undefined
  readonly allowedOrigins?: readonly string[] | undefined
  readonly times?: Partial<SessionTimes> | undefined
  readonly requestTimes?: Partial<RequestTimes> | undefined
  /** Milliseconds over which clients spread their return after a shutdown; two seconds unless set. */
  readonly returnWithin?: number | undefined
  /**
   * Milliseconds for which the server goes on after `close` while it says at `/readyz` that it is given nobody new any more, so that a balancer
   * before several of them has heard it by the time that nobody can connect; none unless set.
   */
  readonly noticeOfEnd?: number | undefined
  /** Makes and reads addresses of files, the same one that the core was given; without it there are no routes for files. */
  readonly mediaLinks?: MediaLinks | undefined
  readonly uploadPace?: UploadPace | undefined
  /** Carriers, some of which call by HTTP. */
  readonly carriers?: readonly ChannelAdapter[] | undefined
  /** Doors besides our own that are reached by WebSockets. */
  readonly sockets?: readonly ((context: SocketContext) => SocketProtocol)[] | undefined
}

/** What a door behind a WebSocket gets of the server. */
export interface SocketContext extends SignInContext {
  /** Hears of faults of ours. */
  readonly failed: (error: unknown) => void
}

/** A server that can be listened with and closed. */
export interface Server {
  readonly http: FastifyInstance
  /**
   * Begins to serve.
   *
   * @param port 0 takes any free one
   * @returns the address, as a URL without a slash at its end
   */
  listen(port: number, host: string): Promise<string>
  /**
   * Waits until what was begun has come to its end: what is to leave was sent, requests are answered, and the other ends of connections have
   * read what was sent to them, and what they asked for thereupon is done too.
   *
   * @param isReachable whether the other end of a connection is waited for, by its port
   */
  settled(isReachable?: (port: number) => boolean): Promise<void>
  /** Gives notice, stops to listen, sends the clients away with a time to come back, and waits for what is under way. */
  close(): Promise<void>
}

/** The metrics of a server, with a series for each request type there is. */
export function serverMetrics(watchProcess = true): Metrics {
  return createMetrics({ commandTypes: Object.keys(REQUESTS), watchProcess })
}

/**
 * Connections that the kernel holds until they are taken. When thousands come back at once, one that finds no place tries again only a second
 * later, then three. The kernel has a limit of its own (`net.core.somaxconn`).
 */
const MOST_WAITING = 4096

/** Times that it is looked whether what was heard has caused more: somebody who asks on and on is not waited for. */
const MOST_LOOKS = 100

/** Puts the doors together around a core. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { core, clock, transport = clock, logger, metrics } = options
  const failed = (error: unknown) => logger.error({ err: error }, 'a request failed')
  const context = sessionContext(options, failed)
  const protocols = socketProtocols(options, context)
  const doors = socketDoors(options, context, protocols)
  metrics.watchOutbox((kind) => core.outboxCounts(kind))
  let isEnding = false
  const writable = async () => !isEnding && (await core.writable())
  const http = createHttp({ writable, metrics, failed, times: options.requestTimes })
  if (options.mediaLinks) {
    const door = mediaDoor(options, options.mediaLinks, context.verify, failed)
    await serveMedia(http, door)
    const { publicUrl, accounts, apiKeys: keys } = options
    for (const { files } of protocols) if (files) await serveFiles(http, { ...door, publicUrl, accounts, keys }, files)
  }
  await servePush(http, { core, verify: context.verify, allowedOrigins: options.allowedOrigins })
  await serveRest(http, restDoor(options))
  await serveOperator(http, options)
  await serveChannels(http, options.carriers ?? [])
  const rounds = coreRounds(core, transport, failed)
  if (options.development) serveDevelopmentTokens(http, minter(clock, options.development))
  // Read only where there is something to serve: a test runner may not be able to read what it brings along.
  if (options.webFolder !== undefined) await serveWeb(http, options.webFolder, options)
  http.server.on('upgrade', (request, stream, head) => {
    // Node took its own listener away: a peer that resets the connection now would end the process.
    stream.on('error', ignoreFailure)
    const [path = ''] = (request.url ?? '').split('?', 1)
    const door = doors.get(path)
    if (door) door.upgrade(request, stream, head)
    else refuseUpgrade(stream, '404 Not Found')
  })
  return {
    http,
    async listen(port, host) {
      await http.listen({ port, host, backlog: MOST_WAITING })
      for (const each of rounds) each.start()
      core.joinNodes()
      const url = urlOf(http.server.address() as AddressInfo)
      await core.openChannels(url)
      await core.startOutbox()
      return url
    },
    async settled(isReachable = () => true) {
      const all = [...doors.values()]
      const heard = () => all.reduce((sum, door) => sum + door.heard, 0)
      for (let looks = 0, before = -1; looks < MOST_LOOKS && before !== heard(); looks++) {
        before = heard()
        await core.settled()
        await Promise.all(all.map((door) => door.settled(isReachable)))
      }
    },
    async close() {
      isEnding = true
      const { noticeOfEnd = 0 } = options
      if (noticeOfEnd > 0) await new Promise<void>((resolve) => transport.after(noticeOfEnd, resolve))
      await Promise.all([http.close(), ...doors.values().map((door) => door.close())])
      await Promise.all(rounds.map((each) => each.stop()))
      await core.stopOutbox()
      await core.closeChannels()
      core.leaveNodes()
    },
  }
}

const urlOf = ({ address, family, port }: AddressInfo) => `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

/** The page of the simulator is there when the simulator is. */
async function serveWeb(http: FastifyInstance, folder: string, { carriers = [] }: ServerOptions): Promise<void> {
  const { serveWebApp } = await import('./web-app.ts')
  await serveWebApp(http, folder, { hasSimulator: carriers.some(({ isForThisMachine }) => isForThisMachine) })
}

/** Our own protocol, and those that were handed over. */
function socketProtocols({ sockets = [] }: ServerOptions, context: SessionContext): readonly SocketProtocol[] {
  const { failed } = context.observer
  const own: SocketProtocol = { path: SOCKET_PATH, frames: 'text', open: (peer) => new Session(context, peer) }
  return [own, ...sockets.map((make) => make({ ...context, failed }))]
}

/** Every door that is reached by WebSockets, under its path. */
function socketDoors(
  { metrics, allowedOrigins, publicUrl, returnWithin }: ServerOptions,
  context: SessionContext,
  protocols: readonly SocketProtocol[],
): ReadonlyMap<string, SocketDoor> {
  const { transport: clock, times } = context
  const common = { clock, heartbeat: times.heartbeat, observer: metrics, allowedOrigins, publicUrl, returnWithin }
  return new Map(protocols.map((protocol) => [protocol.path, new SocketDoor({ ...common, protocol })]))
}

const DAY = 24 * 60 * 60 * 1000

function restDoor({ core, accounts, apiKeys, publicUrl, logger, idempotencyKeyLife = 7 * DAY }: ServerOptions): RestDoor {
  const caution = (operation: string, text: string) => logger.warn({ operation }, text)
  return { core, accounts, keys: apiKeys, publicUrl, keyLife: idempotencyKeyLife, caution }
}

function mediaDoor(
  { core, clock, transport = clock, metrics, allowedOrigins, uploadPace }: ServerOptions,
  links: MediaLinks,
  verify: SessionContext['verify'],
  failed: (error: unknown) => void,
): MediaDoor {
  return {
    core,
    clock,
    transport,
    links,
    verify,
    allowedOrigins,
    pace: uploadPace,
    uploaded: (outcome, bytes) => metrics.uploaded(outcome, bytes),
    downloaded: (bytes) => metrics.downloaded(bytes),
    failed,
  }
}

function sessionContext(
  { core, clock, transport = clock, metrics, apiKeys, times }: ServerOptions,
  failed: (error: unknown) => void,
): SessionContext {
  const keys: KeyRing = {
    key: (sid) => apiKeys.find((key) => key.sid === sid),
    serviceExists: async (accountSid, serviceSid) => (await core.service(serviceSid))?.accountSid === accountSid,
  }
  const allTimes = { ...DEFAULT_TIMES, ...times }
  return {
    core,
    clock,
    deadlines: new Deadlines(clock),
    transport,
    verify: (token) => verifyAccessToken(token, keys, clock.now(), { leewaySeconds: allTimes.expiryLeeway / 1000 }),
    times: allTimes,
    observer: {
      started: () => metrics.sessionStarted(),
      answered: (type, outcome, milliseconds) => metrics.commandFinished(type, outcome, milliseconds / 1000),
      delivered: () => metrics.delivered(1),
      failed,
    },
  }
}

/** Seconds that a token of the development page lives. */
const DEVELOPMENT_TOKEN_LIFE = 3600

function minter(
  clock: Clock,
  { key, serviceSid }: { key: ApiKey; serviceSid: string },
): (identity: string) => Promise<string | Refusal> {
  return async (identity) => {
    if (!identity.isWellFormed() || identity.includes('\0')) return new Refusal('parameter-invalid', { field: '/identity' })
    return mintAccessToken({
      accountSid: key.accountSid,
      keySid: key.sid,
      keySecret: key.secret,
      serviceSid,
      identity,
      ttlSeconds: DEVELOPMENT_TOKEN_LIFE,
      now: clock.now(),
    })
  }
}
