import { type ClientRequest, request as httpRequest } from 'node:http'
import { MemoryBlobs } from '@conversa/adapters/memory'
import type { Media } from '@conversa/protocol'
import { expect } from 'vitest'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import { type upload, uploaded } from './media-client.ts'
import type { RawClient } from './raw-client.ts'

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Two people in a conversation, on a server that keeps files in memory. */
export interface MediaStage {
  readonly server: InProcessServer
  readonly blobs: MemoryBlobs
  readonly alice: RawClient
  readonly bob: RawClient
  /** Alice's. */
  readonly token: string
  readonly conversationSid: string
  /** The address of a file that a reader has. */
  addressOf(media: Pick<Media, 'sid'>, reader: RawClient): Promise<string>
  /** Uploads, sends, and gives the address that Bob has of it. */
  sent(body: Parameters<typeof upload>[2], input?: Parameters<typeof upload>[3]): Promise<string>
  /** Begins an upload whose bytes the test sends by itself. */
  begin(headers: Record<string, string>): ClientRequest
  /** Waits until so many uploads are under way. */
  underWay(count: number, of?: InProcessServer): Promise<void>
}

/** Whoever calls it ends its server. */
export async function mediaStage(): Promise<MediaStage> {
  const blobs = new MemoryBlobs()
  const server = await startInProcess({ blobs })
  const token = await server.token('alice')
  const [alice, bob] = [await server.signIn('alice'), await server.signIn('bob')]
  bob.onEvent = () => {}
  const conversationSid = (await alice.ask({ type: 'conversation.create' })).conversation.sid
  for (const identity of ['alice', 'bob']) await alice.ask({ type: 'participant.add', conversationSid, identity })
  const addressOf: MediaStage['addressOf'] = async ({ sid }, reader) => {
    const { urls } = await reader.ask({ type: 'media.urls', sids: [sid] })
    return server.url + urls[0]?.url
  }
  const sent: MediaStage['sent'] = async (body, input) => {
    const media = await uploaded(server.url, token, body, input)
    await alice.ask({ type: 'message.send', conversationSid, body: null, media: [media.sid] })
    return addressOf(media, bob)
  }
  const begin: MediaStage['begin'] = (headers) => {
    const options = { method: 'POST', headers: { authorization: `Bearer ${token}`, ...headers }, agent: false }
    const request = httpRequest(`${server.url}/v1/media`, options)
    request.on('error', () => {})
    request.flushHeaders()
    return request
  }
  const underWay: MediaStage['underWay'] = async (count, of = server) => {
    const uploading = of.database.prepare("SELECT count(*) AS count FROM media WHERE state = 'uploading'")
    await expect.poll(() => uploading.get()?.count).toBe(count)
  }
  return { server, blobs, alice, bob, token, conversationSid, addressOf, sent, begin, underWay }
}

/** The code that an answer of the server carries, in the one shape of errors. */
export async function errorOf(response: Response): Promise<{ status: number; code: number }> {
  const body = (await response.json()) as { code: number; status: number }
  expect(body).toEqual({
    code: expect.any(Number),
    message: expect.any(String),
    more_info: expect.any(String),
    status: response.status,
  })
  return { status: response.status, code: body.code }
}
