import type { FastifyInstance } from 'fastify'

/**
 * Milliseconds for which what was asked for may still be answered when the server is to end. Connections that do not answer that they are closed
 * get five seconds after that: both are over before an engine of containers ends the process, which waits for ten unless it is told otherwise.
 */
export const ANSWERING_TIME = 4000

/**
 * Lets requests that are under way be answered when the server is to end, each connection ending with its answer. Those that nobody speaks on end at
 * once, and nobody new is let in.
 */
export function answerBeforeEnd(app: FastifyInstance): void {
  let isEnding = false
  app.addHook('onSend', async (_request, reply) => {
    if (isEnding) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    isEnding = true
    const { server } = app
    const cutOff = setTimeout(() => server.closeAllConnections(), ANSWERING_TIME).unref()
    server.once('close', () => clearTimeout(cutOff))
  })
}
