import { Refusal } from '@conversa/core'
import type { FastifyInstance } from 'fastify'
import { sendError } from '../http.ts'

const LONGEST_IDENTITY = 256

/**
 * Signs anybody in as anybody: for development on a loopback address only. A page of another origin cannot use it, since it takes
 * JSON only, which a browser asks about first, and since the host must be this machine's own name.
 *
 * @param mint makes an access token for an identity, or says why not
 */
export function serveDevelopmentTokens(app: FastifyInstance, mint: (identity: string) => Promise<string | Refusal>): void {
  app.post<{ Body: { identity?: unknown } | null }>('/development/token', async (request, reply) => {
    if (!isLoopbackHost(request.headers.host ?? '')) return sendError(reply, 'access-denied')
    const identity = request.body?.identity
    if (typeof identity !== 'string' || identity === '' || identity.length > LONGEST_IDENTITY) {
      return sendError(reply, 'parameter-invalid', { field: '/identity' })
    }
    const token = await mint(identity)
    return token instanceof Refusal ? sendError(reply, token.name, token.detail) : { token }
  })
}

/** A name that an attacker's DNS could point here would not be one of these. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
