import { Refusal } from '@conversa/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from '../http.ts'
import type { Admitted } from './basic-auth.ts'
import { type Form, type fieldReader, readForm } from './form.ts'
import type { jsonReader } from './json-body.ts'

/** One address with one method, and what answers there. */
export interface Route {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH'] as const

/** A form in UTF-8; without a body there is no type either. */
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose credentials the request came with; on routes for back ends and operators only. */
    admitted: Admitted | null
  }
}

/**
 * Serves routes that take forms, and some of them JSON, from whoever signs in with HTTP Basic. A method that an address has not is told as that.
 *
 * @param admit says whose credentials a header holds
 */
export async function serveRoutes(
  app: FastifyInstance,
  admit: (authorization: string | undefined) => Admitted | undefined,
  routes: readonly Route[],
): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser([FORM, JSON_TYPE], { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    scope.setErrorHandler((error: { code?: string }, _request, reply) => {
      if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') throw error
      return sendError(reply, 'parameter-invalid', { reason: `a body must be ${FORM} or, where it says so, ${JSON_TYPE}` })
    })
    scope.decorateRequest('admitted', null)
    scope.addHook('onRequest', async (request, reply) => {
      const admitted = admit(request.headers.authorization)
      if (!admitted) return sendError(reply.header('www-authenticate', 'Basic realm="Conversa"'), 'authentication-failed')
      request.admitted = admitted
    })
    // One route for all methods of an address: each takes its time at every start.
    for (const [url, rows] of Map.groupBy(routes, (route) => route.url)) {
      scope.route({ method: [...METHODS], url, handler: dispatch(rows) })
    }
    done()
  })
}

/** Answers every method of one address: those that it has, and that it has no other. */
function dispatch(rows: readonly Route[]): Route['handler'] {
  const handlers = new Map<string, Route['handler']>(rows.map(({ method, handler }) => [method, handler]))
  const allow = [...handlers.keys()].join(', ')
  const refuse: Route['handler'] = async (_request, reply) => sendError(reply.header('allow', allow), 'method-not-allowed')
  // The framework answers HEAD by what answers GET.
  return (request, reply) => (handlers.get(request.method === 'HEAD' ? 'GET' : request.method) ?? refuse)(request, reply)
}

/** A path of a table as the router writes it. */
export const routerPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** The path that a request names, without its query. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

/** What a request says besides its path. */
export interface Said {
  /** As the schema of the operation has it. */
  readonly fields: object
  /** The query as it came in. */
  readonly query: Form
  /** The body of a POST as it came in. */
  readonly body: string
}

/**
 * Reads the fields of a request: a POST has them in its body, every other one in its query.
 *
 * @param readJson reads the body where that is JSON
 */
export function readSaid(
  request: FastifyRequest,
  readFields: ReturnType<typeof fieldReader>,
  readJson?: ReturnType<typeof jsonReader>,
): Said | Refusal {
  const query = readForm(request.url.split('?').slice(1).join('?'))
  if (query instanceof Refusal) return query
  const wanted = readJson ? JSON_TYPE : FORM
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== wanted && request.method === 'POST')
    return new Refusal('parameter-invalid', { reason: `a body must be ${wanted}` })
  if (readJson) {
    const text = readBody(request.body)
    const fields = text instanceof Refusal ? text : readJson(text)
    return fields instanceof Refusal ? fields : { fields, query, body: text as string }
  }
  const body = request.method === 'POST' ? readBody(request.body) : ''
  const form = body instanceof Refusal ? body : request.method === 'POST' ? readForm(body) : query
  if (form instanceof Refusal) return form
  const fields = readFields(form)
  return fields instanceof Refusal ? fields : { fields, query, body: body as string }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function readBody(body: unknown): string | Refusal {
  try {
    return body instanceof Buffer ? decoder.decode(body) : ''
  } catch {
    return new Refusal('parameter-invalid', { reason: 'text' })
  }
}
