import { LIMITS } from '@conversa/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { RawClient } from './raw-client.ts'
import { endServerProcesses, ServerProcess } from './server-process.ts'

afterEach(endServerProcesses)

const MIB = 1024 * 1024
/** As large as a body can be, and twice that on the wire. */
const QUOTES = '"'.repeat(LIMITS.bodyBytes)

/** A conversation of alice and bob with many large messages. */
async function largeConversation(messages: number) {
  const folder = await dataFolder()
  const server = await ServerProcess.start({ data: folder.path })
  const alice = await RawClient.signIn(server.url, await server.token('alice'))
  alice.onEvent = () => {}
  const { conversation } = await alice.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  for (const identity of ['alice', 'bob']) await alice.ask({ type: 'participant.add', conversationSid, identity })
  await Promise.all(Array.from({ length: messages }, () => alice.ask({ type: 'message.send', conversationSid, body: QUOTES })))
  const bob = await RawClient.signIn(server.url, await server.token('bob'))
  return { server, alice, bob, conversationSid }
}

describe('what somebody asks for can be larger than what may wait for them', () => {
  test('a page of the largest messages arrives, also four at once', async () => {
    const { bob, conversationSid } = await largeConversation(100)
    const page = { type: 'message.page', conversationSid, limit: 100 } as const
    expect((await bob.ask(page)).messages).toHaveLength(100)
    const pages = await Promise.all(Array.from({ length: 4 }, () => bob.ask(page)))
    expect(pages.every(({ messages }) => messages.every(({ body }) => body === QUOTES))).toBe(true)
  })

  test('who was away while much was sent comes back', async () => {
    const { bob, conversationSid } = await largeConversation(200)
    const { conversations } = await bob.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: 3 }] })
    expect(conversations).toHaveLength(1)
    expect(await bob.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
  })

  test('who asks for more than they read is not read from, and the memory of the server stays', async () => {
    const { server, alice, bob, conversationSid } = await largeConversation(100)
    const before = await server.residentBytes()
    bob.socket.pause()
    for (let id = 1; id <= 1000; id++) {
      bob.socket.send(JSON.stringify({ id, type: 'message.page', conversationSid, limit: 100 }))
    }
    // Long after the first of them were read, whoever else asks is answered.
    for (let sent = 0; sent < 20; sent++) await alice.ask({ type: 'message.page', conversationSid, limit: 1 })
    expect((await server.residentBytes()) - before).toBeLessThan(400 * MIB)
    bob.socket.terminate()
    await bob.closed
  })
})
