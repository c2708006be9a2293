import { isCleanText, jsonDepthExceeds, Refusal } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { isJsonObject, readJson } from './json.ts'
import type { Packet } from './packet.ts'

/** An HTTP request as it comes through the socket (twilio-wire-protocol 2.4). */
export interface TunnelRequest {
  readonly method: string
  /** Decoded after the path was split: an identity may have a slash. */
  readonly segments: readonly string[]
  readonly params: Readonly<Record<string, string>>
  /** Of JSON, or of a form. */
  readonly body: Readonly<Record<string, unknown>>
  /** Names a write, so that a repeated one is the same. */
  readonly mutationId: string | undefined
}

const MUTATION_ID = 'x-twilio-mutation-id'

/** Reads a tunnelled request; the host is a label and is not looked at. */
export function readTunnel({ header, payload }: Packet): TunnelRequest | Refusal {
  const { http_request: http, payload_type: type } = header as { http_request?: unknown; payload_type?: unknown }
  if (!isJsonObject(http) || typeof http.path !== 'string' || typeof http.method !== 'string')
    return new Refusal('frame-malformed')
  const body = payload.length === 0 ? {} : readBody(payload, typeof type === 'string' ? type : '')
  const segments = http.path.split('/').filter(Boolean).map(decoded)
  const params = isJsonObject(http.params)
    ? Object.entries(http.params).map(([name, value]) => [name, decoded(String(value))])
    : []
  const request = { method: http.method, segments, params: Object.fromEntries(params), body }
  if (!body || !isCleanText(request)) return new Refusal('parameter-invalid', { reason: 'text' })
  return { ...request, body, mutationId: mutationIdOf(http.headers) }
}

function readBody(payload: Buffer, type: string): Record<string, unknown> | undefined {
  const text = payload.toString()
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  if (jsonDepthExceeds(text, LIMITS.jsonDepth)) return undefined
  const value = readJson(payload)
  return isJsonObject(value) ? value : undefined
}

function mutationIdOf(headers: unknown): string | undefined {
  if (!isJsonObject(headers)) return undefined
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === MUTATION_ID) ?? []
  return typeof value === 'string' ? value : undefined
}

/** What is no percent-encoding is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
