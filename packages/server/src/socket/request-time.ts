import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body as a stream and looks at its pace itself. */
    streams?: boolean
  }
}

/** Milliseconds that a request may take to come in. */
export interface RequestTimes {
  /** Until its headers are there. */
  readonly headers: number
  /** From the headers to the end of its body, files excepted. */
  readonly whole: number
}

export const USUAL_REQUEST_TIMES: RequestTimes = { headers: 10_000, whole: 30_000 }

const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * Cuts off who does not send a whole request in time (reliability B18). Node has one such time for all requests of a server; files
 * need longer than everything else.
 *
 * @param milliseconds from the headers to the end of the body
 */
export function limitRequestTime(app: FastifyInstance, milliseconds: number): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.streams) return
    const timer = setTimeout(() => {
      if (request.raw.complete) return
      const { socket } = request.raw
      if (reply.raw.headersSent) socket.destroy()
      else socket.end(TIMED_OUT, () => socket.destroy())
    }, milliseconds).unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
}
