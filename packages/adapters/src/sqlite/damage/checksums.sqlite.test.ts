import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreDamaged } from '@conversa/core'
import { CoreWorld } from '@conversa/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeEarlierFile } from '../../testing/earlier-file.ts'
import { openSqliteInventory } from '../sqlite-inventory.ts'
import { openSqliteStore, type SqliteStore } from '../sqlite-store.ts'
import { checkedTables } from './checked-tables.ts'
import { damagedRows, keepChecksums } from './checksums.ts'

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'store.db')
}

function opened(path: string): SqliteStore {
  const store = openSqliteStore({ path })
  onTestFinished(() => store.close())
  return store
}

/** What is in a file that no store has open. */
function look<T>(path: string, work: (database: DatabaseSync) => T): T {
  using database = new DatabaseSync(path)
  return work(database)
}

/** Changes values as a disk does: nothing keeps a checksum. */
const damage = (path: string, sql: string) => look(path, (database) => database.exec(sql))

/** A closed store with two conversations of five messages each. */
async function filled() {
  const path = newPath()
  const store = openSqliteStore({ path })
  const world = await CoreWorld.on(store)
  const anna = await world.user('anna')
  const rooms: string[] = []
  for (const uniqueName of ['damaged', 'whole']) {
    const conversationSid = await anna.converse({ uniqueName })
    for (let at = 0; at < 5; at++) await anna.send(conversationSid, `${uniqueName} ${at}`, `${uniqueName}-key-${at}`)
    rooms.push(conversationSid)
  }
  await store.close()
  const [room = '', other = ''] = rooms
  const bodies = (conversationSid: string) => (from: SqliteStore) =>
    from.read(async (reads) => {
      const found = await reads.messages(conversationSid, { from: 0, direction: 'forward', limit: 9 })
      return found.map(({ body }) => body)
    })
  return { path, serviceSid: world.serviceSid, room, other, bodies }
}

describe('a row that the disk changed', () => {
  test('is refused when it is read, by its name, and others are not', async () => {
    const { path, room, other, bodies } = await filled()
    damage(path, "UPDATE messages SET body = 'damaged 7' WHERE body = 'damaged 3'")
    const store = opened(path)
    await expect(bodies(room)(store)).rejects.toThrow(StoreDamaged)
    await expect(bodies(room)(store)).rejects.toThrow(/row of messages \(conversation_id 1, idx 3/)
    await expect(store.read((reads) => reads.message(room, 3))).rejects.toThrow(/conversa verify.*conversa restore/)
    expect(await store.read(async (reads) => (await reads.message(room, 2))?.body)).toBe('damaged 2')
    expect(await bodies(other)(store)).toHaveLength(5)
  })

  test('is not passed over when it seems to be removed', async () => {
    const { path, room, bodies } = await filled()
    damage(path, "UPDATE messages SET removed = 1 WHERE body = 'damaged 3'")
    await expect(bodies(room)(opened(path))).rejects.toThrow(StoreDamaged)
  })

  test('that lost its checksum too is refused', async () => {
    const { path, room, bodies } = await filled()
    damage(path, "UPDATE messages SET checksum = NULL WHERE body = 'damaged 3'")
    await expect(bodies(room)(opened(path))).rejects.toThrow(StoreDamaged)
  })

  test.each([
    ['a conversation', "UPDATE conversations SET friendly_name = 'x' WHERE unique_name = 'damaged'"],
    ['the service', "UPDATE services SET friendly_name = 'x'"],
    ['a role', "UPDATE roles SET permissions = '[]'"],
  ])('is refused in %s', async (_, sql) => {
    const { path, serviceSid, room } = await filled()
    damage(path, sql)
    const store = opened(path)
    const reading = store.read(async (reads) => [
      await reads.conversation(serviceSid, room),
      await reads.service(serviceSid),
      await reads.roles(serviceSid),
    ])
    await expect(reading).rejects.toThrow(StoreDamaged)
  })

  test('stays damaged when other columns of it are written', async () => {
    const path = newPath()
    await openSqliteStore({ path }).close()
    look(path, (database) => {
      keepChecksums(database)
      database.exec("INSERT INTO accounts (sid, timer_inactive) VALUES ('AC1', 1), ('AC2', 1)")
    })
    damage(path, "UPDATE accounts SET timer_inactive = 7 WHERE sid = 'AC1'")
    look(path, (database) => {
      keepChecksums(database)
      database.exec('UPDATE accounts SET timer_closed = 3')
      expect([...damagedRows(database)]).toEqual(['row of accounts (sid AC1)'])
    })
  })

  test('is found by looking at all rows, in every table', async () => {
    const { path } = await filled()
    const damages = () => {
      using inventory = openSqliteInventory(path)
      return [...inventory.damages()]
    }
    expect(damages()).toEqual([])
    const tables = look(path, checkedTables)
    expect([...tables.keys()].length).toBeGreaterThan(20)
    const all = look(path, (database) =>
      database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").all(),
    )
    // Whoever adds a table gives it the column.
    expect(all.map(({ name }) => name).filter((name) => !tables.has(String(name)))).toEqual([])
    damage(path, "UPDATE users SET attributes = '{\"a\":1}'; UPDATE conversation_events SET event = event || ' '")
    const subjects = damages().map(({ subject }) => subject)
    expect(subjects.some((subject) => /^row of users \(id \d+, sid US/.test(subject))).toBe(true)
    expect(subjects.some((subject) => /^row of conversation_events \(conversation_id 1, revision 1\)/.test(subject))).toBe(true)
  })
})

describe('a definition that the disk changed', () => {
  test.each([
    ['a column', 'body TEXT', 'bodY TEXT'],
    ['the condition of an index', 'WHERE removed = 1', 'WHERE removed = 3'],
  ])('is refused at the start: %s', async (_, old, now) => {
    const { path } = await filled()
    look(path, (database) => {
      // Node's SQLite is defensive unless it is told otherwise.
      database.enableDefensive(false)
      database.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${old}', '${now}')`)
    })
    expect(() => openSqliteStore({ path })).toThrow(/the definition of (messages|tombstones) is damaged/)
  })

  test('but what an operator adds is theirs', async () => {
    const { path, room, bodies } = await filled()
    damage(path, 'CREATE INDEX mine ON messages (author)')
    expect(await bodies(room)(opened(path))).toHaveLength(5)
  })
})

describe('rows from before there were checksums', () => {
  /** A file as the program before wrote it, with more messages than are filled in one step. */
  function old(count: number): string {
    const path = newPath()
    const rows = `
      INSERT INTO receipts VALUES (1, 1, 'MB1', 'DY1', 'SM1', 'sent', NULL, 1, 1), (1, 2, 'MB1', 'DY2', 'SM2', 'sent', 7, 1, 1);
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
      INSERT INTO messages (conversation_id, idx, revision, author, body, attributes, date_created, date_updated, removed)
        SELECT 1, i, i + 1, 'anna', 'text ' || i, '{}', i, i, 0 FROM n`
    makeEarlierFile(path, 'CREATE TABLE unchecked', rows)
    return path
  }

  test('get them while the store is open, once', async () => {
    const path = old(1700)
    const tables = () => look(path, (database) => database.prepare('SELECT count(*) AS count FROM unchecked').get()?.count)
    await openSqliteStore({ path }).close()
    expect(tables()).toBe(3)
    // A store that is closed early goes on at the next start, with at least one step.
    for (let starts = 0; starts < 20 && tables() !== 0; starts++) await openSqliteStore({ path }).close()
    look(path, (database) => {
      expect(database.prepare('SELECT count(*) AS count FROM unchecked').get()).toEqual({ count: 0 })
      expect(database.prepare('SELECT count(*) AS count FROM messages WHERE checksum IS NULL').get()).toEqual({ count: 0 })
      expect([...damagedRows(database)]).toEqual([])
    })
    damage(path, "UPDATE messages SET body = 'text 9' WHERE idx = 1500; UPDATE receipts SET error_code = 8 WHERE idx = 2")
    look(path, (database) =>
      expect([...damagedRows(database)]).toEqual([
        expect.stringMatching(/^row of messages \(id \d+, conversation_id 1, idx 1500\)/),
        expect.stringMatching(/^row of receipts \(conversation_id 1, idx 2, participant_sid MB1\)/),
      ]),
    )
  })

  test('keep those that they have when a column is added', async () => {
    const { path } = await filled()
    damage(path, 'ALTER TABLE messages ADD COLUMN later TEXT')
    look(path, (database) => expect([...damagedRows(database)]).toEqual([]))
  })
})
