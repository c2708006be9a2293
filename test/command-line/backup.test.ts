import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client, type Conversation } from '@conversa/client'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { next } from '../scenarios/world.ts'
import { call } from './call.ts'

afterAll(endServerProcesses)

async function folderOfTest(): Promise<string> {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

/** A server with Anna, who is in a conversation. */
async function begin() {
  const [data, elsewhere] = [await folderOfTest(), await folderOfTest()]
  const server = await ServerProcess.start({ data })
  const client = await Client.create(await server.token('anna'), { url: server.url })
  onTestFinished(() => client.shutdown())
  const conversation = await client.createConversation({ uniqueName: 'lunch' })
  await conversation.join()
  const file = join(elsewhere, 'conversa.backup')
  const backUp = (...options: string[]) => call(['backup', file, '--url', server.url, ...options], { CONVERSA_DATA: data })
  return { data, elsewhere, server, client, conversation, file, backUp }
}

const restore = (data: string, ...args: string[]) => call(['restore', ...args], { CONVERSA_DATA: data })
const findingsOf = async (data: string) => JSON.parse((await call(['verify', '--json'], { CONVERSA_DATA: data })).stdout)

/** One column of what a data folder holds. */
function column(data: string, sql: string): unknown[] {
  using database = new DatabaseSync(join(data, 'conversa.db'))
  return database
    .prepare(sql)
    .all()
    .map((row) => Object.values(row)[0])
}

const bodiesIn = (data: string) => column(data, 'SELECT body FROM messages WHERE body IS NOT NULL ORDER BY idx')
const epochOf = (data: string) => column(data, "SELECT value FROM meta WHERE name = 'epoch'")[0]

test('a backup under load has all that was acknowledged before it began, whole, and elsewhere begins a life of its own', async () => {
  const { data, elsewhere, server, conversation, file, backUp } = await begin()
  const acknowledged: string[] = []
  let isOver = false
  const send = async (sender: number) => {
    for (let at = 0; !isOver; at++) {
      await conversation.sendMessage(`${sender}.${at}`)
      acknowledged.push(`${sender}.${at}`)
    }
  }
  const form = new FormData()
  form.append('file', new Blob(['a file of Anna'], { type: 'text/plain' }), 'a.txt')
  await conversation.sendMessage(form)
  const sending = Promise.all(Array.from({ length: 8 }, (_, sender) => send(sender)))
  while (acknowledged.length < 200) await new Promise((resolve) => setImmediate(resolve))
  const before = [...acknowledged]
  const said = { stdout: expect.stringMatching(/bytes\n$/), stderr: 'the server makes a copy …\n' }
  expect(await backUp()).toMatchObject({ code: 0, ...said })
  isOver = true
  await sending

  const restored = join(elsewhere, 'data')
  expect(await restore(restored, file)).toMatchObject({ code: 0, stdout: expect.stringMatching(/with 1 files of messages\n$/) })
  const bodies = bodiesIn(restored)
  expect(before.filter((body) => !bodies.includes(body))).toEqual([])
  expect(await findingsOf(restored)).toMatchObject({ findings: [], looked: { messages: bodies.length + 1, files: 1 } })
  const [sid] = column(restored, 'SELECT sid FROM media') as string[]
  expect(readFileSync(join(restored, 'media', String(sid).slice(-3), String(sid)), 'utf8')).toBe('a file of Anna')
  await server.stop()
  expect(epochOf(restored)).not.toBe(epochOf(data))
  // Nothing of the way to it stays behind.
  expect(existsSync(`${file}.partial`)).toBe(false)
  expect(column(restored, "SELECT name FROM sqlite_schema WHERE name LIKE 'backup%'")).toEqual([])
})

test('clients that know a later time than the backup see what the server has now, and go on', async () => {
  const { data, server, client, conversation, file, backUp } = await begin()
  await conversation.sendMessage('before')
  expect((await backUp('--json')).code).toBe(0)
  await conversation.sendMessage('after')
  const gone = next(client, 'connectionStateChanged', (state) => state === 'connecting')
  await server.stop()
  await gone
  expect(await restore(data, file)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is there already: --force replaces it/),
  })
  expect(await restore(data, file, '--force')).toMatchObject({ code: 0 })
  const back = next(client, 'connectionStateChanged', (state) => state === 'connected')
  await server.restart()
  await back
  const bodies = async (of: Conversation) => (await of.getMessages()).items.map(({ body }) => body)
  await conversation.sendMessage('later')
  expect(await bodies(conversation)).toEqual(['before', 'later'])
  expect(await bodies(await client.getConversationByUniqueName('lunch'))).toEqual(['before', 'later'])
})

test('a backup may be without files, and then says so', async () => {
  const { elsewhere, file, conversation, backUp } = await begin()
  const form = new FormData()
  form.append('file', new Blob(['a file of Anna'], { type: 'text/plain' }), 'a.txt')
  await conversation.sendMessage(form)
  expect((await backUp('--without-files')).stdout).toMatch(/without files of messages/)
  expect((await restore(join(elsewhere, 'data'), file)).stdout).toMatch(/put the folder media into the data folder/)
  expect((await findingsOf(join(elsewhere, 'data'))).findings).toMatchObject([
    { kind: 'media', message: 'its file is not there' },
  ])
})

test('nothing is replaced unasked, nothing restored where a server runs, and nothing of what is no backup', async () => {
  const { data, elsewhere, file, backUp } = await begin()
  writeFileSync(file, 'somebody wrote this')
  expect(await backUp()).toMatchObject({ code: 2, stderr: expect.stringMatching(/is there already/) })
  expect(readFileSync(file, 'utf8')).toBe('somebody wrote this')
  expect(await restore(join(elsewhere, 'data'), file)).toMatchObject({ code: 1, stderr: expect.stringMatching(/not a database/) })
  expect(existsSync(join(elsewhere, 'data', 'conversa.db'))).toBe(false)
  expect(await backUp('--force')).toMatchObject({ code: 0 })
  expect(await restore(data, file, '--force')).toMatchObject({ code: 1, stderr: expect.stringMatching(/a server is using/) })
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.subarray(0, bytes.length - 8192))
  expect(await restore(join(elsewhere, 'data'), file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/unable to restore/),
  })
  expect(existsSync(join(elsewhere, 'data', 'conversa.db'))).toBe(false)
  expect(await restore(data, join(elsewhere, 'nothing'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/there is no/) })
})

test('a server in production gives its backup to its operator alone', async () => {
  const [data, elsewhere] = [await folderOfTest(), await folderOfTest()]
  const account = { CONVERSA_ACCOUNT_SID: `AC${'a'.repeat(32)}`, CONVERSA_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' }
  const key = { CONVERSA_API_KEY_SID: `SK${'c'.repeat(32)}`, CONVERSA_API_KEY_SECRET: 'fedcba9876543210fedcba9876543210' }
  const operator = { CONVERSA_OPERATOR_TOKEN: '00112233445566778899aabbccddeeff' }
  const env = { CONVERSA_MODE: 'production', ...account, ...key, CONVERSA_SERVICE_SID: `IS${'e'.repeat(32)}` }
  const file = join(elsewhere, 'conversa.backup')
  const backUp = (url: string, more: Record<string, string>) => call(['backup', file, '--url', url], { ...env, ...more })
  const without = await ServerProcess.start({ data, env })
  expect(await backUp(without.url, operator)).toMatchObject({ code: 1, stderr: expect.stringMatching(/refused with 401/) })
  await without.stop()
  const server = await ServerProcess.start({ data, env: { ...env, ...operator } })
  expect(await backUp(server.url, {})).toMatchObject({ code: 1, stderr: expect.stringMatching(/refused with 401/) })
  expect(existsSync(file)).toBe(false)
  expect(await backUp(server.url, operator)).toMatchObject({ code: 0 })
  await server.stop()
})
