import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

/** Bytes of an answer that are read; nothing that a push service says is longer. */
const LONGEST_ANSWER = 64 * 1024

/** A request with a body. */
export interface Post {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** Milliseconds in which it has to be answered. */
  readonly deadline: number
  /** Looks the name up in place of the machine. */
  readonly lookup?: LookupFunction | undefined
}

/** What was answered. */
export interface Posted {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * Posts, without following redirects.
 *
 * @throws when there was no answer, or not in time
 */
export async function post({ url, headers, body, deadline, lookup }: Post): Promise<Posted> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const signal = AbortSignal.timeout(deadline)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const length = String(Buffer.byteLength(body))
    const options = { method: 'POST', headers: { ...headers, 'content-length': length }, signal, ...(lookup && { lookup }) }
    send(url, options, resolve).on('error', reject).end(body)
  })
  return { status: response.statusCode ?? 0, headers: response.headers, body: await read(response) }
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
