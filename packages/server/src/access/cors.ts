import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from '../http.ts'

/** What pages of other origins may do with some routes. Cookies are never part of it: a token or a signature lets in. */
export interface CrossOrigin {
  /** Origins of such pages; every one when there is none. Our own is never another. */
  readonly allowed: readonly string[] | undefined
  readonly methods: readonly string[]
  /** Headers that they may send, and those that they may read, besides the usual ones. */
  readonly sends: readonly string[]
  readonly reads: readonly string[]
}

/** Seconds for which a browser need not ask again. */
const REMEMBERED = 7200

/**
 * Lets pages of other origins use the routes of a scope, and answers when their browsers ask first.
 *
 * @param paths of the routes
 */
export function allowCrossOrigin(scope: FastifyInstance, paths: readonly string[], options: CrossOrigin): void {
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined) return
    if (!isAllowed(request, origin, options.allowed)) return sendError(reply, 'access-denied', { reason: 'origin' })
    reply.header('access-control-allow-origin', options.allowed?.length ? origin : '*')
    reply.header('access-control-expose-headers', options.reads.join(', '))
  })
  const preflight = (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .header('access-control-allow-methods', options.methods.join(', '))
      .header('access-control-allow-headers', options.sends.join(', '))
      .header('access-control-max-age', REMEMBERED)
      .code(204)
      .send()
  for (const path of paths) scope.options(path, preflight)
}

/** A page of ours is not of another origin, by whichever name this server is reached. */
function isAllowed(request: FastifyRequest, origin: string, allowed: readonly string[] | undefined): boolean {
  if (!allowed?.length || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === request.headers.host
}
