import {
  type ChannelAdapter,
  type ChannelAnswer,
  type ChannelDoor,
  type ChannelMessage,
  type ChannelReply,
  type ChannelRequest,
  Refusal,
} from '@conversa/core'
import { readAnswer } from './connector-answer.ts'
import { type ConnectorCall, readCall } from './connector-call.ts'
import { signedHeaders, TOLERANCE, verified } from './standard-webhook.ts'

/** Milliseconds in which a connector has to answer. */
const DEADLINE = 20_000

export interface HttpConnectorOptions {
  readonly name: string
  /** Where it takes messages. */
  readonly url: string
  /** What both sides sign with. */
  readonly secret: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * A connector that somebody writes for a carrier of theirs: it is told by signed HTTP what to send, and tells in the same way what
 * came. Nothing unsigned, old or repeated has an effect (reliability B37).
 */
export class HttpConnector implements ChannelAdapter {
  readonly name: string
  readonly #options: HttpConnectorOptions
  readonly #calls: TakenCalls
  #door: ChannelDoor | undefined

  constructor(options: HttpConnectorOptions) {
    this.name = options.name
    this.#options = options
    this.#calls = new TakenCalls(options.now)
  }

  open(door: ChannelDoor): void {
    this.#door = door
  }

  async send({ files, ...message }: ChannelMessage): Promise<ChannelAnswer> {
    const { url, secret, now } = this.#options
    const shown = files.map(({ contentType, filename, size, url: address }) => ({ contentType, filename, size, url: address }))
    const body = JSON.stringify({ type: 'message', ...message, conversationSid: message.conversationSid || null, files: shown })
    const seconds = Math.floor(now() / 1000)
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Conversa-Channels/1',
      ...signedHeaders(secret, { id: message.id, seconds }, body),
    }
    const signal = AbortSignal.timeout(DEADLINE)
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    return readAnswer(response, message.id)
  }

  async handle(request: ChannelRequest): Promise<ChannelReply> {
    if (request.method !== 'POST') return json(405, {})
    const head = verified(this.#options.secret, request, this.#options.now())
    if (!head) return json(401, { message: 'The call is not signed with the secret, or not within the last minutes.' })
    const signature = String(request.headers['webhook-signature'])
    if (this.#calls.has(signature)) return json(409, { message: 'This call was taken already.' })
    const call = readCall(request.body)
    if (!call) return json(400, { message: 'The call is neither a message nor a report.' })
    const reply = await this.#take(call)
    if (reply.status === 200) this.#calls.add(signature)
    return reply
  }

  async #take(call: ConnectorCall): Promise<ChannelReply> {
    const door = this.#door
    if (!door) return json(503, {})
    if (call.type === 'report') return json((await door.report(call.report)) ? 200 : 404, {})
    const received = await door.receive(call.inbound)
    if (received instanceof Refusal) return json(422, received.body())
    return json(200, { conversationSid: received?.conversationSid ?? null, messageSid: received?.sid ?? null })
  }
}

function json(status: number, body: object): ChannelReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}

/** Signatures of calls that were taken, for as long as somebody could repeat one of them. */
class TakenCalls {
  readonly #now: () => number
  /** With the time after which it is too old anyway; the one that was taken first comes first. */
  readonly #taken = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  has(signature: string): boolean {
    for (const [each, until] of this.#taken) {
      if (until > this.#now()) break
      this.#taken.delete(each)
    }
    return this.#taken.has(signature)
  }

  add(signature: string): void {
    this.#taken.set(signature, this.#now() + 2 * TOLERANCE * 1000)
  }
}
