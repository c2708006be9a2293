import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { withPostgresInventory } from '@conversa/adapters/postgres'
import { keepChecksums } from '@conversa/adapters/sqlite'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { Network } from 'conversa'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { nextOf } from '../every-sdk/events.ts'
import { SDKS } from '../every-sdk/sdks.ts'
import { call } from './call.ts'
import { everythingIn, everythingInFile, unlistedIn } from './everything.ts'
import { fillAtRandom } from './filled-store.ts'

const SEEDS = [1, 2, 3]

async function begin(seed: number, operations = 400) {
  const [folder, { url, free, run }] = [await dataFolder(), await testSchema()]
  onTestFinished(async () => {
    await folder[Symbol.asyncDispose]()
    await free()
  })
  await fillAtRandom(folder.path, seed, operations)
  const env = { CONVERSA_DATA: folder.path, CONVERSA_DATABASE_URL: url }
  return { folder: folder.path, path: join(folder.path, 'conversa.db'), url, env, run }
}

// The command of docs/postgresql.md, between stores that this machine has.

/** What SQLite has of a kind that no read lists. */
function rowsOf(path: string, sql: string): Record<string, unknown>[] {
  using database = new DatabaseSync(path)
  return database.prepare(sql).all()
}

withPostgres(() => {
  test.each(SEEDS)('conversa migrate brings everything over, record by record: seed %i', async (seed) => {
    const { path, url, env, run } = await begin(seed)
    const { code, stdout, stderr } = await call(['migrate', '--json'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/: all as it should be\n$/) })
    const report = JSON.parse(stdout)
    const unlisted = unlistedIn(path)
    expect(report).toMatchObject({
      findings: [],
      files: 0,
      rows: { answers: unlisted.answers.length },
      epoch: expect.any(String),
    })
    expect(report.to).not.toContain('search_path')
    const before = await everythingInFile(path)
    const after = await withPostgresInventory(url, (inventory) => everythingIn(inventory, unlisted))
    expect(after).toEqual(before)
    const empty = Object.entries(report.rows).filter(([, count]) => count === 0)
    expect(empty, 'a table of its own needs something in filled-store.ts, and a look at it in everything.ts').toEqual([])
    // The next delivery gets a number that none had.
    const [{ seq } = {}] = rowsOf(path, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
    const { rows } = await run("SELECT nextval(pg_get_serial_sequence('outbox', 'id')) AS next")
    expect(Number(rows[0].next)).toBe(Number(seq) + 1)
  })

  test('conversa migrate writes into nothing that is not empty, and leaves everything as it was', async () => {
    const { path, url, env, run } = await begin(4, 50)
    expect((await call(['migrate'], env)).code).toBe(0)
    const { rows } = await run('SELECT * FROM messages ORDER BY conversation_sid, idx')
    await run("UPDATE messages SET body = 'later'")
    expect(await call(['migrate'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is not empty: there is something in .*conversations/),
    })
    const { rows: now } = await run('SELECT * FROM messages ORDER BY conversation_sid, idx')
    expect(now).toEqual(rows.map((row) => ({ ...row, body: 'later' })))
    // And the old database is as it was.
    expect(rowsOf(path, 'SELECT count(*) AS count FROM messages')[0]?.count).toBeGreaterThan(0)
    expect(url).toContain('postgres')
  })

  test('conversa migrate brings all or nothing: what fails in between leaves the database empty', async () => {
    const { path, env, run } = await begin(5, 50)
    using database = new DatabaseSync(path)
    keepChecksums(database)
    // What no server lets in, and PostgreSQL keeps nowhere.
    database.exec("UPDATE webhooks SET target = 'a' || char(0) WHERE sid = (SELECT max(sid) FROM webhooks)")
    database.close()
    expect(await call(['migrate'], env)).toMatchObject({ code: 1 })
    const { rows } = await run('SELECT (SELECT count(*) FROM services) + (SELECT count(*) FROM messages) AS count')
    expect(Number(rows[0].count)).toBe(0)
  })

  test('conversa migrate brings files over from another folder, and reads its places from the command line', async () => {
    const { folder, url } = await begin(6, 150)
    const elsewhere = await dataFolder()
    onTestFinished(() => elsewhere[Symbol.asyncDispose]())
    const env = { CONVERSA_DATA: elsewhere.path }
    const { code, stdout } = await call(['migrate', '--json', '--from', `sqlite:${folder}`, '--to', url], env)
    const { files, rows, findings } = JSON.parse(stdout)
    expect({ code, findings }).toEqual({ code: 0, findings: [] })
    expect(files).toBeGreaterThan(0)
    expect(files).toBeLessThanOrEqual(rows.media)
    for (const wrong of [['--from', 'mysql'], ['--to', 'mysql://x/y'], ['--from', 'sqlite:/nowhere/at/all'], []]) {
      expect(await call(['migrate', ...wrong], env)).toMatchObject({ code: 2, stderr: expect.stringMatching(/./) })
    }
  })

  test('conversa migrate and verify leave a server alone that has the database', async () => {
    const { env, folder } = await begin(7, 20)
    const server = await ServerProcess.start({ data: folder })
    onTestFinished(() => server.kill9().then(() => {}))
    expect(await call(['migrate'], env)).toMatchObject({ code: 1, stderr: expect.stringMatching(/a server is using/) })
  })

  test.each(SDKS)('clients go on after a migration as after a restart: $name', async (sdk) => {
    const [folder, { url, free }] = [await dataFolder(), await testSchema()]
    let server = await ServerProcess.start({ data: folder.path })
    const network = await Network.begin(server.url)
    onTestFinished(async () => {
      await network.close()
      await server.kill9()
      await folder[Symbol.asyncDispose]()
      await free()
    })
    const owner = await RawClient.signIn(server.url, await server.token('owner'))
    const { sid: conversationSid } = (await owner.ask({ type: 'conversation.create' })).conversation
    for (const identity of ['owner', 'anna']) await owner.ask({ type: 'participant.add', conversationSid, identity })
    const anna = await sdk.create(await server.token('anna'), sdk.options(network.url))
    await sdk.loaded(anna)
    onTestFinished(() => anna.shutdown())
    const conversation = await anna.getConversationBySid(conversationSid)
    await conversation.getMessages(1)
    const told: (string | null)[] = []
    conversation.on('messageAdded', ({ body }) => told.push(body))
    const before = nextOf(conversation, 'messageAdded')
    await owner.ask({ type: 'message.send', conversationSid, body: 'before', key: 'a-key' })
    await before
    // What it is told while it is not there, it is told when it is back.
    const gone = nextOf(anna, 'connectionStateChanged', (state) => state !== 'connected')
    network.partition()
    await gone
    await owner.ask({ type: 'message.send', conversationSid, body: 'missed' })
    await server.stop()
    expect(await call(['migrate'], { CONVERSA_DATA: folder.path, CONVERSA_DATABASE_URL: url })).toMatchObject({ code: 0 })
    const port = Number(new URL(server.url).port)
    server = await ServerProcess.start({ data: folder.path, env: { CONVERSA_DATABASE_URL: url } }, port)
    const snapshots: unknown[] = []
    network.rule(({ frame }) => void (JSON.stringify(frame?.result ?? {}).includes('"snapshot"') && snapshots.push(frame)))
    const missed = nextOf(conversation, 'messageAdded')
    network.heal()
    await missed
    const again = await RawClient.signIn(server.url, await server.token('owner'))
    const after = nextOf(conversation, 'messageAdded')
    // One that was sent already, and one that was not.
    const repeated = await again.ask({ type: 'message.send', conversationSid, body: 'before', key: 'a-key' })
    expect(repeated).toMatchObject({ index: 0 })
    await again.ask({ type: 'message.send', conversationSid, body: 'after' })
    await after
    expect(told).toEqual(['before', 'missed', 'after'])
    expect(await conversation.sendMessage('from Anna')).toBe(3)
    expect(snapshots).toEqual([])
  })
})
