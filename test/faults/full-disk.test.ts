import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { upload, uploaded } from '../end-to-end/media-client.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { judgeSends, type Send } from '../simulation/history.ts'
import { findingsOf } from './findings.ts'
import { FullDisk, withoutMounts } from './full-disk.ts'
import { readAll } from './read-all.ts'

const MEGABYTE = 1024 * 1024
/** Sends that are refused before there is room again. */
const REFUSALS = 20
/** Sends after which the log has grown to the end of the disk, whatever of it was used again. */
const MOST_SENDS = 2000

beforeEach(({ skip }) => skip(withoutMounts !== undefined, withoutMounts))
afterEach(endServerProcesses)

/** Somebody who says much, one message after the other. */
class Talkative {
  readonly sends: Send[] = []
  /** The codes of refusals, in their order. */
  readonly refusals: string[] = []
  readonly #client: RawClient
  readonly #conversationSid: string

  constructor(client: RawClient, conversationSid: string) {
    this.#client = client
    this.#conversationSid = conversationSid
  }

  async say(): Promise<void> {
    const conversationSid = this.#conversationSid
    const body = `${this.sends.length} ${'x'.repeat(20_000)}`
    const begun = performance.now()
    const send: Send = { author: 'alice', device: 'alice', conversationSid, body, begun, ended: undefined, outcome: undefined }
    this.sends.push(send)
    const { result, error } = await this.#client.exchange({ type: 'message.send', conversationSid, body })
    if (error) this.refusals.push(`${error.code} ${error.status}`)
    send.outcome = error ? 'refused' : { index: Number(result?.index) }
    send.ended = performance.now()
  }
}

test('on a full disk writing is refused with a code of its own, reading goes on, and so does writing when there is room', {
  timeout: 300_000,
}, async () => {
  await using folder = await dataFolder()
  const disk = await FullDisk.begin(folder.path, '8m')
  const { server } = disk
  const token = await server.token('alice')
  const client = await RawClient.signIn(server.url, token)
  client.onEvent = () => {}
  const { conversation } = await client.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  await client.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
  const alice = new Talkative(client, conversationSid)
  const full = { code: 51305, status: 507 }

  const tooLarge = await upload(server.url, token, new Uint8Array(10 * MEGABYTE))
  expect([tooLarge.status, await tooLarge.json()]).toEqual([507, expect.objectContaining(full)])
  // Nothing of it is left: there is room for this.
  const kept = await uploaded(server.url, token, new Uint8Array(2 * MEGABYTE))
  await alice.say()
  await disk.fill()
  while (alice.refusals.length < REFUSALS && alice.sends.length < MOST_SENDS) await alice.say()
  expect(new Set(alice.refusals)).toEqual(new Set(['51305 507']))
  const another = await upload(server.url, token, new Uint8Array(MEGABYTE))
  expect([another.status, await another.json()]).toEqual([507, expect.objectContaining(full)])

  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  const readable = await readAll(client, conversationSid)
  expect(judgeSends(alice.sends, readable, false)).toEqual([])
  const { urls } = await client.ask({ type: 'media.urls', sids: [kept.sid] })
  expect((await (await fetch(server.url + urls[0]?.url)).arrayBuffer()).byteLength).toBe(2 * MEGABYTE)

  await disk.free()
  await alice.say()
  expect(alice.refusals).toHaveLength(REFUSALS)
  await uploaded(server.url, token, new Uint8Array(MEGABYTE))
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  const stored = await readAll(client, conversationSid)
  expect(judgeSends(alice.sends, stored, false)).toEqual([])
  await using copy = await dataFolder()
  await disk.copyTo(copy.path)
  expect(await findingsOf({ folder: copy.path })).toEqual([])
  process.stdout.write(
    `  a full disk: ${REFUSALS} sends refused, ${stored.length} acknowledged and there, writing again at once when there was room\n`,
  )
  await client.close()
})
