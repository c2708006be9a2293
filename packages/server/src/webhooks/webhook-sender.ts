import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HookAnswer, HookRequest } from '@conversa/core'
import { type LookupAll, publicNetwork } from './public-network.ts'
import { standardHeaders, vendorSignature } from './webhook-signature.ts'

/** Milliseconds in which a webhook has to answer (rest-and-semantics 3.8). */
const DEADLINE = 5000
/** Bytes of an answer that are read; more is no answer to any question of ours. */
const LONGEST_ANSWER = 64 * 1024

/** What sending to webhooks goes by. */
export interface WebhookSenderOptions {
  readonly accounts: readonly { readonly sid: string; readonly authToken: string }[]
  /** Whether webhooks may be on this machine and in its private networks. */
  readonly mayBePrivate: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds in which a webhook has to answer; five seconds unless it says otherwise. */
  readonly deadline?: number | undefined
  /** Looks a name up; the machine's unless it says otherwise. Where private addresses are refused it is asked once per request. */
  readonly lookup?: LookupAll | undefined
}

const NO_ANSWER: HookAnswer = { status: undefined, body: '' }

/**
 * Sends requests to webhooks: signed, in time, without following redirects, and only to addresses where they may be. A name is
 * looked up once, and what it was looked up to is what is connected to, so that a name cannot change its mind in between.
 */
export function webhookSender(options: WebhookSenderOptions): (request: HookRequest) => Promise<HookAnswer> {
  const tokens = new Map(options.accounts.map(({ sid, authToken }) => [sid, authToken]))
  return (request) =>
    new Promise((resolve) => {
      const giveUp = () => resolve(NO_ANSWER)
      try {
        const sent = open(request, tokens.get(request.accountSid) ?? '', options)
        sent.on('error', giveUp)
        sent.on('close', giveUp)
        sent.on('response', (response) => void read(response).then(resolve, giveUp))
      } catch {
        giveUp()
      }
    })
}

function open(request: HookRequest, authToken: string, options: WebhookSenderOptions): ClientRequest {
  const { mayBePrivate, now, deadline } = options
  const form = new URLSearchParams(request.fields).toString()
  const isGet = request.method === 'GET'
  const url = isGet ? `${request.url}${request.url.includes('?') ? '&' : '?'}${form}` : request.url
  const target = new URL(url)
  const network = mayBePrivate ? undefined : publicNetwork(options.lookup)
  if (network && !network.isAllowed(target)) throw new Error('unable to reach a private address')
  const body = isGet ? '' : form
  const headers = {
    'user-agent': 'Conversa-Webhooks/1',
    ...(!isGet && {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    }),
    // What is signed is what is sent: receivers know no other writing of the address (rest-and-semantics 2.5).
    'x-twilio-signature': vendorSignature(authToken, target.href, isGet ? {} : request.fields),
    ...standardHeaders(authToken, request.eventId, Math.floor(now() / 1000), body),
  }
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const sent = send(target, {
    method: request.method,
    headers,
    agent: false,
    signal: AbortSignal.timeout(deadline ?? DEADLINE),
    ...(network && { lookup: network.lookup }),
  })
  return sent.end(body)
}

async function read(response: IncomingMessage): Promise<HookAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER) break
    chunks.push(chunk)
  }
  return { status: response.statusCode, body: size > LONGEST_ANSWER ? '' : Buffer.concat(chunks).toString('utf8') }
}
