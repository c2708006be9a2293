import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { SeededRandom } from '../simulation/random.ts'
import { hostilePacket, type Target } from './hostile-packets.ts'
import { RawTwilsock } from './raw-twilsock.ts'

const SEED = 1
const PACKETS = 20_000
/** Packets between two questions whether the server still answers this connection. */
const AT_ONCE = 40
/** Bytes by which the memory of the server may have grown in the end. */
const MOST_GROWTH = 100 * 1024 * 1024

afterAll(endServerProcesses)

/** What the others see of their room. */
async function seen(client: RawClient, conversationSid: string): Promise<unknown> {
  const { conversation } = await client.ask({ type: 'conversation.get', conversationSid })
  const { messages } = await client.ask({ type: 'message.page', conversationSid })
  const { participants } = await client.ask({ type: 'participant.list', conversationSid })
  return { conversation, messages, participants }
}

/** Whoever sends what no client would ever send: connects again when they are sent away. */
class Mallory {
  /** Answers that say that the server failed. */
  readonly failures: unknown[] = []
  connections = 0
  #raw: RawTwilsock | undefined
  readonly #server: ServerProcess

  constructor(server: ServerProcess) {
    this.#server = server
  }

  async send(packets: readonly Buffer[]): Promise<void> {
    const raw = this.#raw ?? (await this.#connect())
    this.#raw = raw
    for (const packet of packets) raw.socket.send(packet)
    const isOpen = await Promise.race([
      raw.ask('GET', '/Client/v2/Configuration').then(({ status }) => status === 200),
      once(raw.socket, 'close').then(() => false),
    ])
    if (!isOpen || raw.socket.readyState !== raw.socket.OPEN) this.#raw = undefined
  }

  async #connect(): Promise<RawTwilsock> {
    this.connections++
    const raw = await RawTwilsock.connect(this.#server.url)
    raw.socket.on('error', () => {})
    raw.heard = ({ header }) => {
      const codes = [header.status, header.http_status].map((status) => (status as { code?: number } | undefined)?.code ?? 0)
      if (codes.some((code) => code >= 500)) this.failures.push(header)
    }
    await raw.call('init', { token: await this.#server.token('mallory') })
    return raw
  }
}

test(`${PACKETS} hostile packets (seed ${SEED}) leave the server serving others, with nothing changed and its memory bounded`, {
  timeout: 300_000,
}, async () => {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const server = await ServerProcess.start({ data: folder.path })
  const alice = await RawClient.signIn(server.url, await server.token('alice'))
  const { sid: conversationSid } = (await alice.ask({ type: 'conversation.create', friendlyName: 'ours' })).conversation
  for (const identity of ['alice', 'bob']) await alice.ask({ type: 'participant.add', conversationSid, identity })
  await alice.ask({ type: 'message.send', conversationSid, body: 'before' })
  const before = await seen(alice, conversationSid)
  const target: Target = { conversationSid, foreignToken: await server.token('alice') }
  const random = new SeededRandom(SEED)
  const mallory = new Mallory(server)
  let grown = 0
  const begin = await server.residentBytes()
  for (let sent = 0; sent < PACKETS; sent += AT_ONCE) {
    await mallory.send(Array.from({ length: AT_ONCE }, (_, at) => hostilePacket(random, target, `H${sent + at}`)))
    if (sent % 2000 === 0) {
      expect(await seen(alice, conversationSid)).toEqual(before)
      grown = Math.max(grown, (await server.residentBytes()) - begin)
    }
  }
  expect(mallory.failures).toEqual([])
  expect(mallory.connections).toBeGreaterThan(100)
  expect(grown).toBeLessThan(MOST_GROWTH)
  expect(await seen(alice, conversationSid)).toEqual(before)
  expect(await alice.ask({ type: 'message.send', conversationSid, body: 'after' })).toMatchObject({ index: 1 })
  expect(server.output).not.toMatch(/"level":(50|60)/)
  await alice.close()
  await server.stop()
  const database = new DatabaseSync(join(folder.path, 'conversa.db'))
  onTestFinished(() => database.close())
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([])
})
