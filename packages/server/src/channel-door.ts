import type { ChannelAdapter } from '@conversa/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLoopbackHost } from './access/development.ts'
import { sendError } from './http.ts'

/** Bytes of what a carrier may say at once: a message with files. */
const LONGEST_REQUEST = 8 * 1024 * 1024
const ROOT = '/channels'

/**
 * The way in for carriers that call by HTTP: each adapter has `/channels/<its name>` and what is below, and answers there itself.
 */
export async function serveChannels(http: FastifyInstance, adapters: readonly ChannelAdapter[]): Promise<void> {
  await http.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LONGEST_REQUEST }, (_request, body, parsed) =>
      parsed(null, body),
    )
    for (const adapter of adapters) {
      if (!adapter.handle) continue
      const handler = (request: FastifyRequest, reply: FastifyReply) => answer(adapter, request, reply)
      for (const url of [`${ROOT}/${adapter.name}`, `${ROOT}/${adapter.name}/*`]) {
        scope.route({ method: ['GET', 'POST'], url, handler })
      }
    }
    done()
  })
}

async function answer(adapter: ChannelAdapter, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  if (adapter.isForThisMachine && !isLoopbackHost(request.headers.host ?? '')) return sendError(reply, 'access-denied')
  const { method, url, headers, body } = request
  const path = url.slice(ROOT.length + adapter.name.length + 1) || '/'
  const said = await adapter.handle?.({ method, path, headers, body: Buffer.isBuffer(body) ? body : new Uint8Array() })
  if (!said) return sendError(reply, 'resource-not-found')
  reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  return reply
    .code(said.status)
    .headers(said.headers ?? {})
    .send(said.body)
}
