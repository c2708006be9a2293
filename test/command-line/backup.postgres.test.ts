import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { withPostgresInventory } from '@conversa/adapters/postgres'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { Client, type Conversation } from '@conversa/client'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { next } from '../scenarios/world.ts'
import { call } from './call.ts'
import { everythingIn, everythingInFile, unlistedIn } from './everything.ts'
import { fillAtRandom } from './filled-store.ts'

async function folderOfTest(): Promise<string> {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

async function schemaOfTest(): Promise<string> {
  const { url, free } = await testSchema()
  onTestFinished(free)
  return url
}

/** A server on PostgreSQL whose store was filled by seed, with Anna, who is in one more conversation. */
async function begin(seed: number) {
  const [data, elsewhere, url] = [await folderOfTest(), await folderOfTest(), await schemaOfTest()]
  await fillAtRandom(data, seed, 200)
  const env = { CONVERSA_DATA: data, CONVERSA_DATABASE_URL: url }
  expect((await call(['migrate'], env)).code).toBe(0)
  const server = await ServerProcess.start({ data, env })
  onTestFinished(() => server.kill9().then(() => {}))
  const client = await Client.create(await server.token('anna'), { url: server.url })
  onTestFinished(() => client.shutdown())
  const conversation = await client.createConversation({ uniqueName: 'for backups' })
  await conversation.join()
  const file = join(elsewhere, 'conversa.backup')
  const backUp = (...options: string[]) => call(['backup', file, '--url', server.url, ...options], env)
  return { data, elsewhere, url, env, server, client, conversation, file, backUp }
}

const findingsOf = async (env: Readonly<Record<string, string>>) =>
  JSON.parse((await call(['verify', '--json'], env)).stdout).findings

withPostgres(() => {
  afterAll(endServerProcesses)

  test('a backup of PostgreSQL under load is whole, and fills either store with the same', async () => {
    const { elsewhere, env, conversation, file, backUp } = await begin(21)
    const acknowledged: string[] = []
    let isOver = false
    const send = async (sender: number) => {
      for (let at = 0; !isOver; at++) {
        await conversation.sendMessage(`${sender}.${at}`)
        acknowledged.push(`${sender}.${at}`)
      }
    }
    const sending = Promise.all(Array.from({ length: 8 }, (_, sender) => send(sender)))
    await expect.poll(() => acknowledged.length, { interval: 10, timeout: 30_000 }).toBeGreaterThan(100)
    const before = [...acknowledged]
    expect(await backUp()).toMatchObject({ code: 0, stdout: expect.stringMatching(/bytes\n$/) })
    isOver = true
    await sending

    const embedded = { CONVERSA_DATA: join(elsewhere, 'embedded') }
    const other = { CONVERSA_DATA: join(elsewhere, 'other'), CONVERSA_DATABASE_URL: await schemaOfTest() }
    for (const place of [embedded, other]) {
      expect(await call(['restore', file], place)).toMatchObject({ code: 0, stdout: expect.stringMatching(/with \d+ files/) })
      expect(await findingsOf(place)).toEqual([])
    }
    const path = join(embedded.CONVERSA_DATA, 'conversa.db')
    const unlisted = unlistedIn(path)
    const inFile = await everythingInFile(path)
    expect(await withPostgresInventory(other.CONVERSA_DATABASE_URL, (inventory) => everythingIn(inventory, unlisted))).toEqual(
      inFile,
    )
    const text = JSON.stringify(inFile)
    expect(before.filter((body) => !text.includes(`"body":"${body}"`))).toEqual([])
    expect(await findingsOf(env)).toEqual([])
  })

  test('a backup of SQLite fills PostgreSQL, in a life of its own', async () => {
    const [data, elsewhere, { url, run, free }] = [await folderOfTest(), await folderOfTest(), await testSchema()]
    onTestFinished(free)
    await fillAtRandom(data, 22, 200)
    const server = await ServerProcess.start({ data })
    const file = join(elsewhere, 'conversa.backup')
    expect(await call(['backup', file, '--url', server.url], { CONVERSA_DATA: data })).toMatchObject({ code: 0 })
    await server.stop()
    const place = { CONVERSA_DATA: join(elsewhere, 'data'), CONVERSA_DATABASE_URL: url }
    // As a restoration leaves it that was interrupted.
    await mkdir(join(place.CONVERSA_DATA, 'restoring'), { recursive: true })
    await writeFile(join(place.CONVERSA_DATA, 'restoring/another.restoring'), 'a copy')
    expect(await call(['restore', file, '--json'], place)).toMatchObject({ code: 0 })
    expect(await readdir(place.CONVERSA_DATA)).not.toContain('restoring')
    expect(await findingsOf(place)).toEqual([])
    const embedded = join(elsewhere, 'embedded')
    expect(await call(['restore', file], { CONVERSA_DATA: embedded })).toMatchObject({ code: 0 })
    const path = join(embedded, 'conversa.db')
    const unlisted = unlistedIn(path)
    const after = await withPostgresInventory(url, (inventory) => everythingIn(inventory, unlisted))
    expect(after).toEqual(await everythingInFile(path))
    const { rows } = await run("SELECT value FROM meta WHERE name = 'epoch'")
    using database = new DatabaseSync(join(data, 'conversa.db'))
    const old = database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value
    expect(rows[0].value).toMatch(/./)
    expect(rows[0].value).not.toBe(old)
  })

  test('a node that starts leaves the backup alone that another one takes, and removes what one left that was killed', async () => {
    const [data, { url, free }] = [await folderOfTest(), await testSchema()]
    onTestFinished(free)
    const copies = join(data, 'backups')
    await mkdir(copies)
    for (const name of ['taken.db', 'left.db']) await writeFile(join(copies, name), 'a copy')
    const before = new Date(Date.now() - 3_600_000)
    await utimes(join(copies, 'left.db'), before, before)
    await ServerProcess.start({ data, env: { CONVERSA_DATABASE_URL: url } })
    expect(await readdir(copies)).toEqual(['taken.db'])
  })

  test('nothing is replaced unasked, and nothing changed by what is damaged', async () => {
    const { elsewhere, url, env, server, client, conversation, file, backUp } = await begin(23)
    await conversation.sendMessage('before')
    expect((await backUp()).code).toBe(0)
    await conversation.sendMessage('after')
    const gone = next(client, 'connectionStateChanged', (state) => state === 'connecting')
    await server.stop()
    await gone
    const bodies = (inventory: object) => JSON.stringify(inventory).match(/"body":"(before|after)"/g)
    const stored = () =>
      withPostgresInventory(url, (inventory) => everythingIn(inventory, { answers: [], optOuts: [], optOutAnswers: [] })).then(
        bodies,
      )
    const beforeAll = await stored()
    expect(await call(['restore', file], env)).toMatchObject({ code: 2, stderr: expect.stringMatching(/--force replaces it/) })
    const bytes = readFileSync(file)
    const damaged = join(elsewhere, 'damaged.backup')
    writeFileSync(damaged, bytes.subarray(0, bytes.length - 8192))
    expect(await call(['restore', damaged, '--force'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/unable to restore/),
    })
    expect(await stored()).toEqual(beforeAll)
    expect(await call(['restore', file, '--force'], env)).toMatchObject({ code: 0 })
    // Clients that know a later time see what the server has now, and go on.
    const back = next(client, 'connectionStateChanged', (state) => state === 'connected')
    const again = await server.restart()
    onTestFinished(() => again.kill9().then(() => {}))
    await back
    await conversation.sendMessage('later')
    const shown = async (of: Conversation) => (await of.getMessages()).items.map(({ body }) => body)
    expect(await shown(conversation)).toEqual(['before', 'later'])
    expect(await shown(await client.getConversationByUniqueName('for backups'))).toEqual(['before', 'later'])
  })
})
