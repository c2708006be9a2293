import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What becomes of the request with a number: undefined lets it pass. */
export type Trouble = 'busy' | 'broken' | 'garbage' | 'cut' | 'cut-within'

/** A way to a server on which something goes wrong now and then. */
export class TroubledProxy {
  url = ''
  /** Requests so far. */
  count = 0
  /** Asked for each request, by its number and its path. */
  trouble: (count: number, path: string) => Trouble | undefined = () => undefined
  readonly #target: URL

  private constructor(target: string) {
    this.#target = new URL(target)
  }

  static async begin(target: string): Promise<TroubledProxy> {
    const proxy = new TroubledProxy(target)
    const server = createServer((incoming, response) => proxy.#pass(incoming, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return proxy
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const trouble = this.trouble(++this.count, incoming.url ?? '')
    if (trouble === 'busy') response.writeHead(429, { 'retry-after': '0' }).end('{}')
    else if (trouble === 'broken') response.writeHead(500).end('oh no')
    else if (trouble === 'garbage') response.writeHead(200).end('{"conversations": [{"sid": "CH')
    else if (trouble === 'cut') response.destroy()
    else this.#forward(incoming, response, trouble === 'cut-within')
  }

  #forward(incoming: IncomingMessage, response: ServerResponse, isCut: boolean): void {
    const { hostname, port } = this.#target
    const { method, url: path, headers } = incoming
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      if (isCut) answer.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, 20), () => response.destroy()))
      else answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  }
}
