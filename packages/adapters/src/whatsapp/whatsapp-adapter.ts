import {
  type ChannelAdapter,
  type ChannelAnswer,
  type ChannelDoor,
  type ChannelFile,
  type ChannelMessage,
  type ChannelReply,
  type ChannelRequest,
  Refusal,
} from '@conversa/core'
import { CarrierPause } from '../carrier-pause.ts'
import { type NotTaken, type PartAnswer, PartedSender, type PartName } from '../parted-sender.ts'
import { failureOf, type GraphAnswer, TOO_FAST, UNKNOWN } from './graph-answer.ts'
import { GraphClient } from './graph-client.ts'
import { templateMessage } from './template-message.ts'
import { readWebhook, type WebhookEvent } from './webhook-event.ts'
import { isSameSecret, isSigned } from './webhook-signature.ts'
import { partsOf, type WhatsAppPart } from './whatsapp-parts.ts'

const PREFIX = 'whatsapp:+'

export interface WhatsAppOptions {
  readonly name: string
  /** Where the Cloud API is, with its version. */
  readonly url?: string | undefined
  readonly token: string
  /** What the API calls our number. */
  readonly phoneNumberId: string
  /** What the API signs its webhooks with. */
  readonly appSecret: string
  /** What it says when a webhook is set up. */
  readonly verifyToken: string
  /** How files go out: they are given to the API, or it fetches them from this server. */
  readonly files?: 'upload' | 'link' | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const URL_OF_THE_API = 'https://graph.facebook.com/v23.0'

/** In place of a file that is too large, or of a kind that is not taken. */
const UNTAKEN = '[A file that is not taken here]'

/** WhatsApp by its Cloud API: one phone number of a business. */
export class WhatsAppAdapter implements ChannelAdapter {
  readonly name: string
  readonly #options: WhatsAppOptions
  readonly #client: GraphClient
  readonly #sender = new PartedSender()
  readonly #pause: CarrierPause
  #door: ChannelDoor | undefined

  constructor(options: WhatsAppOptions) {
    const { name, url = URL_OF_THE_API, token, phoneNumberId } = options
    this.name = name
    this.#options = options
    this.#pause = new CarrierPause(options.now)
    this.#client = new GraphClient({ url, token, phoneNumberId })
  }

  open(door: ChannelDoor): void {
    this.#door = door
  }

  async send(message: ChannelMessage): Promise<ChannelAnswer> {
    const parts = partsOf(message)
    if (!parts) return { outcome: 'refused', code: UNKNOWN }
    const pause = this.#pause.left
    if (pause > 0) return { outcome: 'failed', code: TOO_FAST, pause }
    const to = message.to.slice(PREFIX.length)
    return this.#sender.send(message, parts, UNKNOWN, (part, name) => this.#submit(to, part, name))
  }

  async handle({ method, path, headers, body }: ChannelRequest): Promise<ChannelReply> {
    if (method === 'GET') return this.#verify(new URL(path, 'http://localhost').searchParams)
    if (method !== 'POST') return { status: 405 }
    if (!isSigned(this.#options.appSecret, body, headers['x-hub-signature-256'])) return { status: 401 }
    const told = readWebhook(body, this.#options.phoneNumberId)
    if (!told) return { status: 400 }
    const door = this.#door
    if (!door) return { status: 503 }
    for (const event of told.events) {
      if (event.type === 'message') await this.#receive(door, event)
      else await this.#report(door, event)
    }
    return { status: told.isForeign && told.events.length === 0 ? 403 : 200 }
  }

  #verify(query: URLSearchParams): ChannelReply {
    const isRight = isSameSecret(query.get('hub.verify_token'), this.#options.verifyToken)
    if (query.get('hub.mode') !== 'subscribe' || !isRight) return { status: 403 }
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: query.get('hub.challenge') ?? '' }
  }

  /**
   * What is refused is not to be brought again, and the API knows no other way to say so than to take it. Nobody would hear of a file that
   * is refused, and of the text with it: so the text goes in alone, and says that there was one.
   */
  async #receive(door: ChannelDoor, { id, from, to, said }: Extract<WebhookEvent, { type: 'message' }>): Promise<void> {
    const { body, media } = said
    const files = media && [
      { filename: media.filename, contentType: media.contentType, read: () => this.#client.download(media.id) },
    ]
    const message = { id, address: from, proxyAddress: to }
    const done = await door.receive({ ...message, body, files })
    if (files && done instanceof Refusal) await door.receive({ ...message, body: [body, UNTAKEN].filter(Boolean).join('\n') })
  }

  /** What is not known is of a message that is gone, or that another program sent. */
  async #report(door: ChannelDoor, { report, ours }: Extract<WebhookEvent, { type: 'report' }>): Promise<void> {
    const name = ours === undefined ? undefined : partNamed(ours)
    // Of a message that was lost on the API's side nothing is there to be gone on with.
    if (name && report.status !== 'failed') this.#sender.learn(name, report.id)
    const told = this.#sender.report(report)
    if (told) await door.report(told)
  }

  async #submit(to: string, part: WhatsAppPart, name: PartName): Promise<PartAnswer> {
    const content = await this.#contentOf(part)
    if (isNotTaken(content)) return content
    const answer = await this.#client.send({
      to,
      type: part.type,
      [part.type]: content,
      biz_opaque_callback_data: nameOf(name),
    })
    const id = firstId(answer.fields.messages)
    if (answer.status !== 200 || id === undefined) return this.#failed(answer)
    this.#pause.end()
    return { outcome: 'taken', id }
  }

  async #contentOf(part: WhatsAppPart): Promise<object | NotTaken> {
    if (part.type === 'text') return { body: part.text }
    return part.type === 'template' ? templateMessage(part.template) : this.#mediaOf(part)
  }

  #failed(answer: GraphAnswer): NotTaken {
    const { isThrottled, ...failure } = failureOf(answer)
    return isThrottled && failure.outcome === 'failed' ? { ...failure, pause: this.#pause.begin() } : failure
  }

  /** @returns what the API is told of a file, or why it does not take it */
  async #mediaOf({ type, file, caption }: Extract<WhatsAppPart, { file: ChannelFile }>): Promise<object | NotTaken> {
    const said = { ...(caption !== undefined && { caption }), ...(type === 'document' && { filename: file.filename ?? 'file' }) }
    if (this.#options.files === 'link') return { link: file.url, ...said }
    const bytes = await contentOf(file)
    // It was removed meanwhile: there is nothing to send.
    if (!bytes) return { outcome: 'refused', code: UNKNOWN }
    const answer = await this.#client.upload(bytes, file.filename ?? 'file')
    if (answer.status !== 200 || typeof answer.fields.id !== 'string') return this.#failed(answer)
    return { id: answer.fields.id, ...said }
  }
}

async function contentOf({ contentType, read }: ChannelFile): Promise<Blob | undefined> {
  const content = await read()
  if (!content) return undefined
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of content) chunks.push(new Uint8Array(chunk))
  return new Blob(chunks, { type: contentType })
}

function firstId(messages: unknown): string | undefined {
  const id: unknown = Array.isArray(messages) ? messages[0]?.id : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}

const isNotTaken = (content: object): content is NotTaken => 'outcome' in content

const nameOf = ({ version, at, total }: PartName) => `${version} ${at} ${total}`

/** @returns undefined when it is not ours */
function partNamed(text: string): PartName | undefined {
  const [, version, at, total] = /^(\S+ \S+) (\d{1,3}) (\d{1,3})$/.exec(text) ?? []
  return version === undefined ? undefined : { version, at: Number(at), total: Number(total) }
}
