import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call that a connector got. */
export interface ConnectorCall {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly fields: { readonly id: string; readonly to: string; readonly body: string | null; readonly [name: string]: unknown }
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export const SECRET = 'a secret that both sides know of'

/** A connector as somebody would write it, on a socket of its own. */
export class Connector {
  readonly url: string
  readonly calls: ConnectorCall[] = []
  answer: (call: ConnectorCall) => Answer | Promise<Answer> = () => ({ status: 200 })
  readonly close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.close = close
  }

  static async begin(): Promise<Connector> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', async () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const call = { headers: request.headers, text, fields: JSON.parse(text) }
        connector.calls.push(call)
        const { status, headers = {}, body = '{}' } = await connector.answer(call)
        response.writeHead(status, headers).end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const connector = new Connector(`http://127.0.0.1:${(server.address() as AddressInfo).port}/send`, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return connector
  }

  /** The texts that it got, in their order, each once however often it came. */
  get texts(): (string | null)[] {
    return [...new Map(this.calls.map(({ fields }) => [fields.id, fields.body])).values()]
  }
}

let called = 0

/** Signs a body as Standard Webhooks say. */
export function signed(
  body: string,
  { seconds = Math.floor(Date.now() / 1000), id = `call-${++called}`, secret = SECRET } = {},
): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  }
}
