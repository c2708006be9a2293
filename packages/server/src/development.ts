import { Refusal } from '@conversa/core'
import type { FastifyInstance } from 'fastify'
import { sendError } from './http.ts'

/**
 * Signs anybody in as anybody: for development on a loopback address only. A page of another origin cannot use it, since it takes
 * JSON only, which a browser asks about first, and since the host must be this machine's own name.
 *
 * @param mint makes an access token for an identity, or says why not
 */
export function serveDevelopmentTokens(app: FastifyInstance, mint: (identity: string) => Promise<string | Refusal>): void {
  const body = {
    type: 'object',
    required: ['identity'],
    properties: { identity: { type: 'string', minLength: 1, maxLength: 256 } },
  }
  app.post<{ Body: { identity: string } }>('/development/token', { schema: { body } }, async (request, reply) => {
    if (!isLoopbackHost(request.headers.host ?? '')) return sendError(reply, 'access-denied')
    const token = await mint(request.body.identity)
    return token instanceof Refusal ? sendError(reply, token.name, token.detail) : { token }
  })
}

/** A name that an attacker's DNS could point here would not be one of these. */
function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
