import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openFileBlobs } from '@conversa/adapters/files'
import { keepChecksums } from '@conversa/adapters/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { uploaded } from '../end-to-end/media-client.ts'
import { backEndOf } from '../rest/back-end.ts'
import { call } from './call.ts'

/** The data folder of a server that has stopped: people, messages, tombstones, horizons, receipts, a file, a removed conversation. */
async function stopped() {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const blobs = await openFileBlobs(join(folder.path, 'media'))
  const server = await startInProcess({ blobs, open: () => new DatabaseSync(join(folder.path, 'conversa.db')) })
  const { v1 } = backEndOf(server).conversations
  const gone = await v1.conversations.create({ uniqueName: 'gone' })
  await v1.conversations(gone.sid).messages.create({ body: 'gone' })
  const { sid } = await v1.conversations.create({ uniqueName: 'lunch' })
  const room = v1.conversations(sid)
  for (const identity of ['alice', 'bob']) await room.participants.create({ identity })
  const binding = { 'messagingBinding.address': '+491511234567', 'messagingBinding.proxyAddress': '+491511234568' }
  await room.participants.create(binding)
  const [alice, bob] = [await server.signIn('alice'), await server.signIn('bob')]
  alice.onEvent = bob.onEvent = () => {}
  for (let at = 0; at < 8; at++) await alice.ask({ type: 'message.send', conversationSid: sid, body: `${at}`, key: `key-${at}` })
  await alice.ask({ type: 'message.remove', conversationSid: sid, index: 3 })
  await bob.ask({ type: 'readHorizon.set', conversationSid: sid, index: 2 })
  const file = await uploaded(server.url, await server.token('alice'), 'a file')
  await alice.ask({ type: 'message.send', conversationSid: sid, body: null, media: [file.sid] })
  await v1.conversations(gone.sid).remove()
  await Promise.all([alice.close(), bob.close()])
  await server[Symbol.asyncDispose]()
  const verified = async () => {
    const { code, stdout, stderr } = await call(['verify', '--json'], { CONVERSA_DATA: folder.path })
    return { code, stderr, ...(stdout !== '' && (JSON.parse(stdout) as { findings: Found[]; looked: object })) }
  }
  return { folder: folder.path, sid, file, verified }
}

interface Found {
  readonly kind: string
  readonly subject: string
  readonly message: string
}

/** Changes what is kept as a mistaken program would, and not as a disk. */
const change = (folder: string, sql: string) => {
  using database = new DatabaseSync(join(folder, 'conversa.db'))
  keepChecksums(database)
  database.exec(sql)
}

test('conversa verify finds nothing in what the server kept, and says what it looked at', async () => {
  const { verified, folder } = await stopped()
  expect(await verified()).toEqual({
    code: 0,
    stderr: '',
    findings: [],
    looked: { services: 3, users: expect.any(Number), conversations: 1, messages: 9, files: 1 },
  })
  const { code, stdout, stderr } = await call(['verify'], { CONVERSA_DATA: folder })
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: expect.stringMatching(/: all as it should be\n$/) })
})

test.each<[string, string, Partial<Found>[]]>([
  [
    'a count of messages',
    'UPDATE conversations SET messages_count = messages_count + 1',
    [{ kind: 'counter' }, { kind: 'unread' }],
  ],
  [
    'a count of participants',
    'UPDATE conversations SET participants_count = 7',
    [{ kind: 'counter', message: /7 is kept, 3 was/ as never }],
  ],
  ['a count of people outside', 'UPDATE conversations SET non_chat_count = 0', [{ kind: 'counter' }]],
  ['the next index', 'UPDATE conversations SET next_index = 12', [{ kind: 'counter' }, { kind: 'unread' }]],
  ['the last message', 'UPDATE conversations SET last_message_index = 5', [{ kind: 'counter' }]],
  [
    'a lost message',
    'DELETE FROM messages WHERE idx = 5',
    [{ kind: 'index' }, { kind: 'counter' }, { kind: 'unread' }, { kind: 'revision' }],
  ],
  ['a lost tombstone', 'UPDATE messages SET removed = 0 WHERE idx = 3', [{ kind: 'counter' }]],
  [
    'a horizon beyond the end',
    'UPDATE participants SET last_read_message_index = 99 WHERE last_read_message_index = 2',
    [{ kind: 'unread' }],
  ],
  ['a hole in the log', 'DELETE FROM conversation_events WHERE revision = 3', [{ kind: 'revision' }]],
  ['a revision that went back', 'UPDATE conversations SET revision = revision - 1', [{ kind: 'revision' }]],
  ["a hole in a user's log", 'UPDATE users SET revision = revision + 3', [{ kind: 'revision' }]],
  [
    'a participant of nobody',
    "DELETE FROM users WHERE identity = 'bob'",
    [{ kind: 'orphan' }, { kind: 'reference' }, { kind: 'lookup' }],
  ],
  ['a role that is gone', "DELETE FROM roles WHERE type = 'conversation'", [{ kind: 'reference' }]],
  ['a conversation that is gone', 'DELETE FROM conversations', [{ kind: 'orphan' }]],
  [
    'a message counted as delivered',
    `UPDATE messages SET delivery = json_set(delivery, '$.read', 1) WHERE idx = 0`,
    [{ kind: 'receipts' }],
  ],
  [
    'a participant of another user',
    "UPDATE participants SET user_id = (SELECT id FROM users WHERE identity = 'system') WHERE identity = 'bob'",
    [{ kind: 'lookup' }],
  ],
  ['a file of no message', 'UPDATE media SET idx = 0', [{ kind: 'media' }]],
  [
    'a file of another size',
    'UPDATE media SET size = 7',
    [{ kind: 'media', message: /6 bytes, and its record says 7/ as never }],
  ],
  ['a record that is gone', 'DELETE FROM media', [{ kind: 'media', message: 'there is a file without a record' }]],
])('conversa verify finds %s', async (_, sql, expected) => {
  const { folder, verified } = await stopped()
  change(folder, sql)
  const { code, findings = [] } = await verified()
  expect(code).toBe(1)
  const kinds = new Set(findings.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set(expected.map(({ kind }) => kind)))
  for (const { message } of expected) if (message) expect(findings.map((each) => each.message).join('\n')).toMatch(message)
})

test('conversa verify finds a file that is gone, and one that nobody knows', async () => {
  const { folder, file, verified } = await stopped()
  rmSync(join(folder, 'media', file.sid.slice(-3), file.sid))
  const stray = `ME${'0'.repeat(32)}`
  await mkdir(join(folder, 'media', '000'), { recursive: true })
  writeFileSync(join(folder, 'media', '000', stray), 'x')
  const { findings } = await verified()
  expect(findings).toEqual([
    { kind: 'media', subject: file.sid, message: 'its file is not there' },
    { kind: 'media', subject: stray, message: 'there is a file without a record' },
  ])
})

test('conversa verify finds a damaged page', async () => {
  const { folder, verified } = await stopped()
  const path = join(folder, 'conversa.db')
  const bytes = readFileSync(path)
  // The last page; the first has the version.
  writeFileSync(path, bytes.fill(0x41, bytes.length - 4096))
  const { code, findings = [], stderr } = await verified()
  expect(code).toBe(1)
  expect(findings.some(({ kind }) => kind === 'damaged') || /malformed|corrupt/.test(stderr)).toBe(true)
})

test('conversa verify does not look at what is not there, nor at what a server uses, and makes no file', async () => {
  await using folder = await dataFolder()
  const env = { CONVERSA_DATA: folder.path }
  expect(await call(['verify'], env)).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is no/) })
  expect(existsSync(join(folder.path, 'conversa.db'))).toBe(false)
  await using _server = await startInProcess({ open: () => new DatabaseSync(join(folder.path, 'conversa.db')) })
  expect(await call(['verify'], env)).toMatchObject({ code: 1, stderr: expect.stringMatching(/a server is using/) })
})
