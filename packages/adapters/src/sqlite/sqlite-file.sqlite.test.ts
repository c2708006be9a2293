import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeEarlierFile } from '../testing/earlier-file.ts'
import { FailingDatabase } from '../testing/failing-database.ts'
import { openSqliteStore } from './sqlite-store.ts'

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'store.db')
}

/** Works on the file as another program would. */
function withDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

const versionOf = (path: string) =>
  withDatabase(path, (database) => database.prepare('PRAGMA user_version').get()?.user_version as number)

/** The newest version of the file. */
const newest = await (async () => {
  const seen = new FailingDatabase()
  const store = openSqliteStore({ path: ':memory:', open: seen.open })
  const version = seen.real.prepare('PRAGMA user_version').get()?.user_version
  await store.close()
  return Number(version)
})()

describe('durability', () => {
  test.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['locking_mode', 'exclusive'],
  ])('PRAGMA %s is %s, so that a commit is on disk when it returns', async (pragma, value) => {
    const seen = new FailingDatabase()
    const store = openSqliteStore({ path: newPath(), open: seen.open })
    onTestFinished(() => store.close())
    expect(seen.real.prepare(`PRAGMA ${pragma}`).get()).toEqual({ [pragma]: value })
  })

  test('nothing turns it off later', async () => {
    const seen = new FailingDatabase()
    const store = openSqliteStore({ path: newPath(), open: seen.open })
    await store.transact([], (tx) => tx.keepAnswer('o', 'k', { fingerprint: '', answer: '', dateCreated: 1 }))
    await store.close()
    const said = seen.log.flatMap((sql) => sql.match(/synchronous\s*=\s*\w+|journal_mode\s*=\s*\w+/gi) ?? [])
    expect(said).toEqual(['journal_mode = WAL', 'synchronous = FULL'])
  })

  test('a write that is acknowledged is in the files, though the store is not closed', async () => {
    const path = newPath()
    const store = openSqliteStore({ path })
    onTestFinished(() => store.close())
    await store.transact([], (tx) => tx.keepAnswer('o', 'k', { fingerprint: '', answer: 'MARKER', dateCreated: 1 }))
    expect(readFileSync(`${path}-wal`).includes('MARKER')).toBe(true)
  })
})

describe('the epoch', () => {
  test('stays while the file does, and differs between files', async () => {
    const paths = [newPath(), newPath()]
    const epochs: string[] = []
    for (const path of [...paths, ...paths]) {
      const store = openSqliteStore({ path })
      epochs.push(store.epoch)
      await store.close()
    }
    expect(epochs.slice(2)).toEqual(epochs.slice(0, 2))
    expect(epochs[0]).not.toBe(epochs[1])
    expect(epochs[0]).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('migrations', () => {
  test('a file without anything in it becomes one of the newest version', async () => {
    const path = newPath()
    withDatabase(path, (database) => database.exec('PRAGMA user_version = 0'))
    await openSqliteStore({ path }).close()
    expect(versionOf(path)).toBe(newest)
    expect(newest).toBeGreaterThan(0)
  })

  test('what waited for webhooks before there was an outbox for all kinds is in it, with its tries', async () => {
    const path = newPath()
    const rows = `INSERT INTO hook_deliveries
      VALUES (7, 'e1', 'WH1', 'CH1', 'AC1', 'http://a.example/', 'GET', '{"b":"1","a":"ü"}', 5, 2, 9, 0)`
    makeEarlierFile(path, 'RENAME TO outbox', rows)
    const store = openSqliteStore({ path })
    onTestFinished(() => store.close())
    const queue = { kind: 'webhook', destination: 'WH1', subject: 'CH1' } as const
    const [entry] = await store.read((reads) => reads.outboxEntries(queue, 10))
    const payload = { url: 'http://a.example/', method: 'GET', fields: { b: '1', a: 'ü' } }
    const tried = { id: 7, attempts: 2, due: 9, dead: false }
    expect(entry).toEqual({ ...queue, ...tried, eventId: 'e1', accountSid: 'AC1', payload, dateCreated: 5 })
    expect(Object.keys(entry?.kind === 'webhook' ? entry.payload.fields : {})).toEqual(['b', 'a'])
  })

  test('a file of the newest version is left as it is', async () => {
    const path = newPath()
    await openSqliteStore({ path }).close()
    const seen = new FailingDatabase()
    await openSqliteStore({ path, open: seen.open }).close()
    // Triggers of the connection are none of the file's.
    const lasting = seen.log.map((sql) => sql.replaceAll(/(CREATE TEMP|DROP) TRIGGER/g, ''))
    expect(lasting.filter((sql) => /CREATE|ALTER|DROP/.test(sql))).toEqual([])
  })

  test('a file of a newer program is refused, and left as it is', async () => {
    const path = newPath()
    await openSqliteStore({ path }).close()
    withDatabase(path, (database) => database.exec(`PRAGMA user_version = ${newest + 1}`))
    const before = readFileSync(path)
    expect(() => openSqliteStore({ path })).toThrow(
      `unable to open the database: it has version ${newest + 1}, this program knows ${newest}; use a newer program`,
    )
    expect(versionOf(path)).toBe(newest + 1)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test.each([
    ['creates a table', /CREATE TABLE/],
    ['commits', /COMMIT/],
  ])('one that fails while it %s changes nothing, and runs again at the next start', async (_, sql) => {
    const path = newPath()
    const broken = new FailingDatabase()
    broken.fails = (text) => sql.test(text)
    expect(() => openSqliteStore({ path, open: broken.open })).toThrow('the disk fails')
    expect(versionOf(path)).toBe(0)
    expect(withDatabase(path, (database) => database.prepare('SELECT * FROM sqlite_schema').all())).toEqual([])
    await openSqliteStore({ path }).close()
    expect(versionOf(path)).toBe(newest)
  })

  test('what is no database is refused', async () => {
    const path = newPath()
    writeFileSync(path, 'this is a text, and by far long enough to have a header of sixteen bytes'.repeat(20))
    expect(() => openSqliteStore({ path })).toThrow('file is not a database')
    expect(readFileSync(path, 'utf8')).toContain('this is a text')
  })
})

describe('the lock', () => {
  const refusal = (path: string) => `unable to open the database: another process is using ${path}`

  test('a file belongs to one process at a time', async () => {
    const path = newPath()
    const store = openSqliteStore({ path })
    const program = `
      import { openSqliteStore } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
      try {
        await openSqliteStore({ path: ${JSON.stringify(path)} }).close()
        console.log('opened')
      } catch (error) {
        console.log(error.message)
      }`
    const other = () => {
      const flags = ['--conditions=conversa-source', '--input-type=module', '--eval', program]
      return spawnSync(process.execPath, flags, { encoding: 'utf8' }).stdout.trim()
    }
    expect(other()).toBe(refusal(path))
    expect(await store.writable()).toBe(true)
    await store.close()
    expect(other()).toBe('opened')
  })

  test('and to one store of it', async () => {
    const path = newPath()
    const store = openSqliteStore({ path })
    expect(() => openSqliteStore({ path })).toThrow(refusal(path))
    await store.close()
    await openSqliteStore({ path }).close()
  })
})
