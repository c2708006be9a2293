import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { keepChecksums } from '@conversa/adapters/sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { uploaded } from '../end-to-end/media-client.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'

const MEGABYTE = 1024 * 1024

afterEach(endServerProcesses)

/** The names of all files that a server keeps, whole or not. */
async function filesIn(data: string): Promise<string[]> {
  const entries = await readdir(join(data, 'media'), { recursive: true, withFileTypes: true })
  return entries.filter((one) => one.isFile()).map(({ name }) => name)
}

/** The states of all files, read from the database of a server that has ended. */
function statesIn(data: string): unknown[] {
  const database = new DatabaseSync(join(data, 'conversa.db'))
  try {
    return database
      .prepare('SELECT state FROM media')
      .all()
      .map(({ state }) => state)
  } finally {
    database.close()
  }
}

/** Bytes that come chunk by chunk, none of them twice the same. */
async function* chunksOf(megabytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < megabytes; at++) yield new Uint8Array(MEGABYTE).fill(at)
}

/** Fetches what `chunksOf` gave, and counts the bytes as far as they are the right ones. */
async function countRight(address: string): Promise<number> {
  let received = 0
  const response = await fetch(address)
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    if (chunk[0] !== Math.floor(received / MEGABYTE)) throw new Error(`byte ${received} is not the one that was sent`)
    received += chunk.length
  }
  return received
}

describe('files in a process of their own', () => {
  test('three times 100 MB go in and out at once without being held', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const token = await server.token('alice')
    const alice = await RawClient.signIn(server.url, token)
    // What the first one brings along (code, buffers) is not what is measured.
    await uploaded(server.url, token, chunksOf(2))
    const before = await server.residentBytes()
    let most = 0
    const watch = setInterval(async () => {
      most = Math.max(most, await server.residentBytes())
    }, 20)
    const files = await Promise.all([1, 2, 3].map(() => uploaded(server.url, token, chunksOf(100))))
    const { urls } = await alice.ask({ type: 'media.urls', sids: files.map(({ sid }) => sid) })
    const received = await Promise.all(urls.map(({ url }) => countRight(server.url + url)))
    clearInterval(watch)
    expect(received).toEqual([100 * MEGABYTE, 100 * MEGABYTE, 100 * MEGABYTE])
    // What is allocated and not collected yet is bounded by the collector, not by the files.
    expect((most - before) / MEGABYTE).toBeLessThan(120)
    await alice.close()
  })

  test('twenty readers of 50 MB who do not read hold no more than their sockets', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const token = await server.token('alice')
    const alice = await RawClient.signIn(server.url, token)
    const media = await uploaded(server.url, token, chunksOf(50))
    const { urls } = await alice.ask({ type: 'media.urls', sids: [media.sid] })
    const before = await server.residentBytes()
    const requests = Array.from({ length: 20 }, () => httpRequest(server.url + urls[0]?.url, { agent: false }).end())
    const responses = await Promise.all(requests.map((request) => once(request, 'response')))
    for (const [response] of responses) response.pause()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(((await server.residentBytes()) - before) / MEGABYTE).toBeLessThan(120)
    for (const request of requests) request.destroy()
    await alice.close()
  })
})

describe('after kill -9', () => {
  test('in the middle of an upload nothing is left, and the retried one is one file', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const token = await server.token('alice')
    const request = httpRequest(`${server.url}/v1/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-length': 10 * MEGABYTE, 'idempotency-key': 'k' },
      agent: false,
    })
    request.on('error', () => {})
    request.write(Buffer.alloc(5 * MEGABYTE))
    await expect.poll(async () => (await filesIn(folder.path)).length).toBe(1)
    await server.kill9()
    expect([await filesIn(folder.path), statesIn(folder.path)]).toEqual([[expect.stringMatching(/^ME/)], ['uploading']])
    const again = await server.restart()
    await expect.poll(() => filesIn(folder.path)).toEqual([])
    const media = await uploaded(again.url, token, Buffer.alloc(10 * MEGABYTE), { key: 'k' })
    expect(await filesIn(folder.path)).toEqual([media.sid])
    await again.stop()
    expect(statesIn(folder.path)).toEqual(['pending'])
  })

  test('between the file and its row the file is collected', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const token = await server.token('alice')
    const media = await uploaded(server.url, token, 'hello', { key: 'k' })
    await server.kill9()
    // As a kill leaves it that comes after the file was moved into place and before its row was written.
    const database = new DatabaseSync(join(folder.path, 'conversa.db'))
    keepChecksums(database)
    database.exec("UPDATE media SET state = 'uploading', key = NULL, digest = ''")
    database.close()
    expect(await filesIn(folder.path)).toEqual([media.sid])
    const again = await server.restart()
    await expect.poll(() => filesIn(folder.path)).toEqual([])
    const second = await uploaded(again.url, token, 'hello', { key: 'k' })
    expect(second.sid).not.toBe(media.sid)
  })

  test('what was acknowledged is there, in one message, and what was removed goes', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const token = await server.token('alice')
    const alice = await RawClient.signIn(server.url, token)
    const { conversation } = await alice.ask({ type: 'conversation.create' })
    const conversationSid = conversation.sid
    await alice.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
    const files = []
    for (const text of ['kept', 'removed']) {
      const media = await uploaded(server.url, token, text, { key: text })
      await alice.ask({ type: 'message.send', conversationSid, body: null, media: [media.sid], key: text })
      files.push(media)
    }
    await alice.ask({ type: 'message.remove', conversationSid, index: 1 })
    await server.kill9()
    const again = await server.restart()
    await expect.poll(() => filesIn(folder.path)).toEqual([files[0]?.sid])
    const back = await RawClient.signIn(again.url, token)
    const retried = { type: 'message.send' as const, conversationSid, body: null, media: [files[0]?.sid ?? ''], key: 'kept' }
    expect(await back.ask(retried)).toMatchObject({ index: 0 })
    expect(await uploaded(again.url, token, 'kept', { key: 'kept' })).toEqual(files[0])
    const { urls } = await back.ask({ type: 'media.urls', conversationSid, index: 0 })
    expect(await (await fetch(again.url + urls[0]?.url)).text()).toBe('kept')
    await back.close()
  })
})
