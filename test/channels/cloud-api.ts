import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const [TOKEN, APP_SECRET, VERIFY_TOKEN, NUMBER_ID] = [
  'a token',
  'the secret of the app',
  'a word',
  '106540352242922',
] as const

/** A message as the API got it. */
export interface Posted {
  readonly fields: {
    readonly to: string
    readonly type: string
    readonly biz_opaque_callback_data: string
    readonly [name: string]: unknown
  }
}

type Answer = { readonly status: number; readonly code?: number } | 'hang-up' | undefined

/**
 * Plays the Cloud API: checks every request as the API does, and answers as a test says. It can go down and come back on its
 * port.
 */
export class CloudApi {
  /** What it took, in order. */
  readonly posted: Posted[] = []
  readonly uploads: { readonly id: string; readonly type: string; readonly bytes: Buffer; readonly filename: string }[] = []
  /** Requests that are none of the API's. */
  readonly wrong: string[] = []
  /** Files that people have sent, by their ids. */
  readonly media = new Map<string, Buffer>()
  /** What it answers in place of taking a message; undefined takes it. */
  answer: (posted: Posted) => Answer = () => undefined
  port = 0
  #server: Server | undefined

  static async begin(): Promise<CloudApi> {
    const api = new CloudApi()
    await api.up()
    return api
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response))
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    this.#server?.closeAllConnections()
    await closed
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v23.0`
  }

  /** What it calls the messages that it took. */
  idOf(at: number): string {
    return `wamid.${at}`
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const say = (status: number, fields: object | Buffer) =>
      response.writeHead(status).end(Buffer.isBuffer(fields) ? fields : JSON.stringify(fields))
    const { method, url = '', headers } = request
    const file = /^\/(?:v23\.0\/(\w+)\?phone_number_id=\d+|files\/(\w+))$/.exec(url)
    if (headers.authorization !== `Bearer ${TOKEN}`) say(401, { error: { code: 190 } })
    else if (method === 'POST' && url === `/v23.0/${NUMBER_ID}/messages`) this.#take(JSON.parse(body.toString()), say, response)
    else if (method === 'POST' && url === `/v23.0/${NUMBER_ID}/media`) say(200, { id: await this.#keep(headers, body) })
    else if (file?.[1] && this.media.has(file[1]))
      say(200, { url: `http://127.0.0.1:${this.port}/files/${file[1]}`, mime_type: 'image/png' })
    else if (file?.[2] && this.media.has(file[2])) say(200, this.media.get(file[2]) ?? {})
    else {
      this.wrong.push(`${method} ${url}`)
      say(404, { error: { code: 100 } })
    }
  }

  #take(fields: Posted['fields'], say: (status: number, fields: object) => void, response: ServerResponse): void {
    const isRight =
      fields.messaging_product === 'whatsapp' &&
      fields.recipient_type === 'individual' &&
      /^\d{7,15}$/.test(fields.to) &&
      typeof fields[fields.type] === 'object'
    if (!isRight) this.wrong.push(JSON.stringify(fields))
    const answer = isRight ? this.answer({ fields }) : ({ status: 400, code: 100 } as const)
    if (answer === 'hang-up') response.destroy()
    else if (answer) say(answer.status, { error: { code: answer.code, message: 'as the test says' } })
    else {
      this.posted.push({ fields })
      say(200, { messaging_product: 'whatsapp', messages: [{ id: this.idOf(this.posted.length) }] })
    }
  }

  async #keep(headers: IncomingMessage['headers'], body: Buffer): Promise<string> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': String(headers['content-type']) },
    }).formData()
    const file = form.get('file') as File
    if (form.get('messaging_product') !== 'whatsapp' || form.get('type') !== file.type) this.wrong.push('a file')
    const id = `file${this.uploads.length + 1}`
    this.uploads.push({ id, type: file.type, bytes: Buffer.from(await file.arrayBuffer()), filename: file.name })
    return id
  }
}

/** A webhook's headers, signed with the secret of the app. */
export function signedHook(body: string, secret: string = APP_SECRET): Record<string, string> {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }
}

/** A webhook as the API writes it. */
export function hookOf(value: object, numberId: string = NUMBER_ID): string {
  const metadata = { display_phone_number: '+1 555-999-0000', phone_number_id: numberId }
  const changes = [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } }]
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] })
}
