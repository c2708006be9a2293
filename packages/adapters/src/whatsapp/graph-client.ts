import type { Content } from '@conversa/core'
import { type GraphAnswer, readGraphAnswer } from './graph-answer.ts'

/** Milliseconds in which the API has to answer. */
const DEADLINE = 20_000

export interface GraphClientOptions {
  /** Where the API is, with its version. */
  readonly url: string
  readonly token: string
  readonly phoneNumberId: string
}

/** The Cloud API of WhatsApp for one phone number. */
export class GraphClient {
  readonly #options: GraphClientOptions

  constructor(options: GraphClientOptions) {
    this.#options = options
  }

  /** Sends a message. @param body as the API describes it @throws when there is no answer */
  async send(body: object): Promise<GraphAnswer> {
    const sent = JSON.stringify({ messaging_product: 'whatsapp', recipient_type: 'individual', ...body })
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    return readGraphAnswer(await this.#fetch(this.#own('messages'), { method: 'POST', headers, body: sent }))
  }

  /** Gives the API a file. @returns what it calls it, if it takes it @throws when there is no answer */
  async upload(bytes: Blob, filename: string): Promise<GraphAnswer> {
    const form = new FormData()
    form.set('messaging_product', 'whatsapp')
    form.set('type', bytes.type)
    form.set('file', bytes, filename)
    return readGraphAnswer(await this.#fetch(this.#own('media'), { method: 'POST', body: form }))
  }

  /** The content of a file that somebody sent. @throws when it cannot be had now */
  async *download(id: string): Content {
    const { url } = await this.#describe(id)
    const response = await this.#fetch(url, {})
    if (!response.ok || !response.body) throw new Error(`unable to fetch a file: the API answered ${response.status}`)
    yield* response.body
  }

  async #describe(id: string): Promise<{ readonly url: string }> {
    const { url, phoneNumberId } = this.#options
    const address = `${url}/${encodeURIComponent(id)}?phone_number_id=${phoneNumberId}`
    const { status, fields } = await readGraphAnswer(await this.#fetch(address, {}))
    const found = typeof fields.url === 'string' && URL.canParse(fields.url) ? new URL(fields.url) : undefined
    // The token goes along: to nobody who could be listened to, unless the API itself is such.
    if (status !== 200 || !found || (found.protocol !== 'https:' && found.origin !== new URL(url).origin))
      throw new Error(`unable to fetch a file: the API answered ${status}`)
    return { url: found.href }
  }

  #own(what: string): string {
    const { url, phoneNumberId } = this.#options
    return `${url}/${phoneNumberId}/${what}`
  }

  #fetch(url: string, { headers, ...init }: RequestInit): Promise<Response> {
    const authorization = `Bearer ${this.#options.token}`
    const signal = AbortSignal.timeout(DEADLINE)
    return fetch(url, { ...init, headers: { ...headers, authorization }, redirect: 'error', signal })
  }
}
