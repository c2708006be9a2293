import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import twilio from 'twilio'
import { expect, onTestFinished, vi } from 'vitest'

/** A request that came in. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The raw body. */
  readonly body: string
  readonly fields: Readonly<Record<string, string>>
}

/** What is answered; `hang` is nothing. */
export type Answer = { readonly status: number; readonly body?: string; readonly location?: string } | 'hang'

/** A webhook of a back end, on this machine. */
export class Receiver {
  readonly url: string
  readonly received: Received[] = []
  /** Decides what is answered, and when. */
  answer: (request: Received) => Answer | Promise<Answer> = () => ({ status: 200 })

  private constructor(url: string) {
    this.url = url
  }

  /** Begins to listen; ends with the test. */
  static async begin(): Promise<Receiver> {
    const open: { receiver?: Receiver } = {}
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks).toString('utf8')
      const form = request.method === 'GET' ? (request.url ?? '').split('?')[1] : body
      const { method = '', url = '' } = request
      const headers = request.headers as Record<string, string>
      const received = { method, url, headers, body, fields: Object.fromEntries(new URLSearchParams(form)) }
      open.receiver?.received.push(received)
      const answer = (await open.receiver?.answer(received)) ?? 'hang'
      if (answer === 'hang') return
      response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end(answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    open.receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return open.receiver
  }

  /** The names of the events that came in. */
  get names(): string[] {
    return this.received.map(({ fields }) => fields.EventType ?? '')
  }

  /** Waits until so many have come in. */
  async has(count: number): Promise<readonly Received[]> {
    await vi.waitFor(() => expect(this.received.length).toBeGreaterThanOrEqual(count), { timeout: 10_000, interval: 5 })
    return this.received
  }

  /** Whether the vendor's own library takes the signature of a request. */
  isSigned({ method, url, headers, fields }: Received, authToken: string): boolean {
    const signature = headers['x-twilio-signature'] ?? ''
    return twilio.validateRequest(authToken, signature, this.url + url, method === 'GET' ? {} : { ...fields })
  }
}
