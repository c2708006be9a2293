import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a service answers; `hang` is nothing, and `reset` ends the connection. */
export type Answer = { readonly status: number; readonly body?: string; readonly retryAfter?: string } | 'hang' | 'reset'

/** What calls back when it is over. */
export type AtEnd = (end: () => void) => void

/** Lets a server listen on this machine. @param atEnd the end of the test unless it is given @returns its port */
export async function listening(server: Server, atEnd: AtEnd = onTestFinished): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** All that came in. */
export async function bodyOf(request: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Answers a request of HTTP/1.1. */
export function answerWith(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (answer === 'hang') return
  if (answer === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const { status, body, retryAfter } = answer
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end(body)
}
