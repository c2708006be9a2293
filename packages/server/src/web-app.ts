import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** Nothing but this server's own files runs or is shown; stored text can never run (reliability B44). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Serves the web app at `/`.
 *
 * @param folder the built app
 * @param hasSimulator whether the page of the simulator is served too, at `/simulator/`
 */
export async function serveWebApp(
  app: FastifyInstance,
  folder: string,
  { hasSimulator }: { readonly hasSimulator: boolean },
): Promise<void> {
  if (!existsSync(folder)) return
  if (hasSimulator) app.get('/simulator', (_request, reply) => reply.redirect('/simulator/'))
  await app.register(fastifyStatic, {
    root: folder,
    allowedPath: (path) => hasSimulator || !/^\/*simulator(\/|$)/i.test(path),
    setHeaders: (reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
      reply.header('x-content-type-options', 'nosniff')
      reply.header('referrer-policy', 'no-referrer')
      reply.header('cross-origin-opener-policy', 'same-origin')
    },
  })
}
