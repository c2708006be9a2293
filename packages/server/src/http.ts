import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type Refusal, refusalAfter } from '@conversa/core'
import { type ErrorName, errorBody, restErrorBody } from '@conversa/protocol'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { answerBeforeEnd } from './answer-before-end.ts'
import type { Metrics } from './observability/metrics.ts'
import { limitRequestTime, type RequestTimes, USUAL_REQUEST_TIMES } from './socket/request-time.ts'

/** What the HTTP door serves besides the socket. */
export interface HttpOptions {
  readonly writable: () => Promise<boolean>
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>
  /** Hears of requests that failed by a fault of ours. */
  readonly failed: (error: unknown) => void
  readonly times?: Partial<RequestTimes> | undefined
}

/**
 * Answers with the one error shape of REST (rest-and-semantics 3.14).
 *
 * @param detail its `retryAfter`, in milliseconds, is said in whole seconds in the header of that name
 */
export function sendError(reply: FastifyReply, name: ErrorName, detail?: Refusal['detail']): FastifyReply {
  const body = restErrorBody(errorBody(name, detail))
  if (typeof detail?.retryAfter === 'number') reply.header('retry-after', Math.max(1, Math.ceil(detail.retryAfter / 1000)))
  return reply.code(body.status).send(body)
}

/** Answers what is no HTTP in the same shape, and ends the connection: nothing that follows can be understood. */
function refuseGarbage(error: { code?: string }, socket: Socket): void {
  // The peer is gone, or somebody else ends this connection.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const said = restErrorBody(errorBody(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'unavailable' : 'parameter-invalid'))
  const body = JSON.stringify(said)
  const head = `HTTP/1.1 ${said.status} ${STATUS_CODES[said.status]}\r\nContent-Type: application/json; charset=utf-8\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy())
}

/** Milliseconds between two looks at connections whose headers do not end. */
const BETWEEN_LOOKS = 1000

function noSchemas(): never {
  throw new Error('unable to compile a schema of a route: routes have none')
}

/**
 * The HTTP server: health, metrics, and the places where other doors add theirs. Limits of time and size are set against slow and
 * large requests (reliability B18).
 */
export function createHttp({ writable, metrics, failed, times }: HttpOptions): FastifyInstance {
  const { headers, whole } = { ...USUAL_REQUEST_TIMES, ...times }
  const app = Fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    connectionTimeout: 30_000,
    // Node looks only as often as it is told, and every half minute otherwise.
    http: { headersTimeout: headers, connectionsCheckingInterval: Math.min(headers, BETWEEN_LOOKS) },
    routerOptions: { maxParamLength: 4096 },
    // Requests that are under way are answered: see below.
    forceCloseConnections: false,
    // No route has a schema: what would compile them takes longer to load than a server to start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (_error, _request, reply) => void sendError(reply as FastifyReply, 'parameter-invalid'),
    clientErrorHandler: refuseGarbage,
  })
  limitRequestTime(app, whole)
  answerBeforeEnd(app)
  // A first line without a version is read as one of HTTP 0.9, which nobody speaks and where a body has no end (reliability B17).
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.httpVersionMajor < 1) return sendError(reply.header('connection', 'close'), 'parameter-invalid')
  })
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, 'resource-not-found', { resource: request.url.split('?', 1)[0] ?? '' }),
  )
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500) return sendError(reply, 'parameter-invalid')
    failed(error)
    return sendError(reply, refusalAfter(error).name)
  })
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => ((await writable()) ? { status: 'ready' } : sendError(reply, 'unavailable')))
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()))
  return app
}
