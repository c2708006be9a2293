import { copyFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../command-line/call.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient, Refused } from '../end-to-end/raw-client.ts'
import { endServerProcesses, runToEnd, ServerProcess } from '../end-to-end/server-process.ts'

/*
 * Real processes on files that a disk has damaged: a start is refused in words that say what to do, and a server that runs gives everything
 * but what is damaged.
 */

const FILE = 'conversa.db'
const PAGE = 4096

let whole: Awaited<ReturnType<typeof dataFolder>>
/** The two conversations of what the server kept. */
const rooms: string[] = []

beforeAll(async () => {
  whole = await dataFolder()
  const server = await ServerProcess.start({ data: whole.path })
  const owner = await RawClient.signIn(server.url, await server.token('owner'))
  for (const friendlyName of ['damaged', 'whole']) {
    const { conversation } = await owner.ask({ type: 'conversation.create', friendlyName })
    const conversationSid = conversation.sid
    await owner.ask({ type: 'participant.add', conversationSid, identity: 'owner' })
    const body = (at: number) => `${friendlyName} ${at} ${'x'.repeat(200)}`
    for (let at = 0; at < 40; at++) await owner.ask({ type: 'message.send', conversationSid, body: body(at) })
    rooms.push(conversationSid)
  }
  await server.stop()
})

afterAll(async () => {
  await endServerProcesses()
  await whole[Symbol.asyncDispose]()
})

/** A copy of the folder. @returns its path, and its database */
async function copied() {
  const folder = await dataFolder()
  for (const file of [FILE, 'credentials.json']) await copyFile(join(whole.path, file), join(folder.path, file))
  return { folder, path: join(folder.path, FILE), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

async function overwrite(path: string, at: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, at)
}

/** Puts another text of the same length everywhere: pages keep copies of what was moved away. */
async function replace(path: string, text: string, other: string): Promise<void> {
  const before = await readFile(path, 'latin1')
  expect(before).toContain(text)
  await writeFile(path, before.replaceAll(text, other), 'latin1')
}

/** Where the root page of a table is. */
function rootOf(path: string, table: string): number {
  using database = new DatabaseSync(path, { readOnly: true })
  return (Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)?.rootpage) - 1) * PAGE
}

const junk = Buffer.alloc(PAGE, 0xa5)

describe('a server does not start, says why, and writes nothing', () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ['the header is damaged', (path) => overwrite(path, 0, Buffer.from('SQLitE'))],
    ['the page size is damaged', (path) => overwrite(path, 16, Buffer.from([3]))],
    ['the page of the definitions is damaged', (path) => overwrite(path, 100, junk.subarray(0, 1000))],
    ['a letter of a definition is another one', (path) => replace(path, 'participant_sid TEXT,', 'participant_sId TEXT,')],
    ['the first page of the messages is damaged', async (path) => overwrite(path, rootOf(path, 'messages'), junk)],
    ['the first page of the roles is damaged', async (path) => overwrite(path, rootOf(path, 'roles'), junk)],
    ['the file is cut off', async (path) => truncate(path, (await stat(path)).size - 3 * PAGE)],
    ['the file is cut off in the first page', (path) => truncate(path, 1000)],
  ])('when %s', async (_, damage) => {
    await using copy = await copied()
    await damage(copy.path)
    const before = await readFile(copy.path)
    const { code, signal, output } = await runToEnd({ data: copy.folder.path })
    expect({ code, signal }, output).toEqual({ code: 1, signal: null })
    expect(output).toMatch(
      /is damaged\. Stop the server, look at all of it with `conversa verify`, and restore a backup with `conversa restore`/,
    )
    expect(output).not.toMatch(/^\s+at /m)
    expect((await readFile(copy.path)).equals(before)).toBe(true)
    const verified = await call(['verify'], { CONVERSA_DATA: copy.folder.path })
    expect(verified.code).toBe(1)
    const looked = await call(['doctor', '--json'], { CONVERSA_DATA: copy.folder.path })
    expect(looked.stdout).toMatch(/conversa restore|restore a backup/)
  })
})

test('a server refuses a damaged message by code, says so in its log, and gives all others', async () => {
  await using copy = await copied()
  await replace(copy.path, 'damaged 7 xxx', 'damaged 9 xxx')
  const verified = await call(['verify', '--json'], { CONVERSA_DATA: copy.folder.path })
  expect(verified.code).toBe(1)
  const row = expect.stringMatching(/^row of messages \(id \d+, conversation_id 1, idx 7\)/)
  expect(JSON.parse(verified.stdout).findings).toEqual([expect.objectContaining({ kind: 'damaged', subject: row })])
  const server = await ServerProcess.start({ data: copy.folder.path })
  const owner = await RawClient.signIn(server.url, await server.token('owner'))
  const [damaged = '', other = ''] = rooms
  const page = (conversationSid: string, from: number) =>
    owner.ask({ type: 'message.page', conversationSid, anchor: from, direction: 'backwards', limit: 5 })
  const refusal = await page(damaged, 9).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(Refused)
  expect((refusal as Refused).body).toMatchObject({ code: 51312, status: 500, retry: 'later' })
  expect(server.output).toMatch(/row of messages \(conversation_id 1, idx 7.*conversa verify.*conversa restore/)
  const bodies = async (conversationSid: string, from: number) =>
    (await page(conversationSid, from)).messages.map(({ body }) => body?.split(' x')[0])
  // A page looks one message beyond its ends.
  expect(await bodies(damaged, 5)).toContain('damaged 5')
  expect(await bodies(other, 9)).toContain('whole 7')
  await owner.ask({ type: 'message.send', conversationSid: damaged, body: 'later' })
  await server.stop()
})
