import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { SeededRandom } from '../simulation/random.ts'
import { findingsOf } from './findings.ts'

/** Bytes that are flipped, and places where the log is cut. */
const PLACES = Number(process.env.CORRUPTIONS ?? 20)
const MESSAGES = 300
const FILE = 'conversa.db'

/** Bytes of SQLite's log, and where the parts of a frame begin: https://www.sqlite.org/fileformat2.html#walformat */
const LOG_HEADER = 32
const FRAME_HEADER = 24
const FRAME_PARTS = { page: 0, size: 4, salt: 8, 'second salt': 12, sum: 16, 'second sum': 20, content: FRAME_HEADER }

afterAll(endServerProcesses)

/** A folder with a conversation in it. @param end ends the server, or lets it be ended */
async function filled(data: string, end: (server: ServerProcess) => Promise<unknown>): Promise<void> {
  const server = await ServerProcess.start({ data })
  const owner = await RawClient.signIn(server.url, await server.token('owner'))
  const { conversation } = await owner.ask({ type: 'conversation.create', friendlyName: 'kept' })
  const conversationSid = conversation.sid
  await owner.ask({ type: 'participant.add', conversationSid, identity: 'owner' })
  for (let at = 0; at < MESSAGES; at++) await owner.ask({ type: 'message.send', conversationSid, body: `number ${at}` })
  await end(server)
}

type Rows = Readonly<Record<string, readonly string[]>>

/** All rows, by table; what SQLite keeps for itself is no content. @throws when they cannot be read */
function rowsOf(path: string): Rows {
  const database = new DatabaseSync(path)
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name")
      .all()
    const rows = (name: string) => database.prepare(`SELECT * FROM "${name}"`).all()
    return Object.fromEntries(tables.map(({ name }) => [name, rows(String(name)).map((row) => JSON.stringify(row))]))
  } finally {
    database.close()
  }
}

/** Why a folder is not as it should be; nothing when it is. */
async function complaints(folder: string): Promise<string[]> {
  try {
    return (await findingsOf({ folder })).map(({ message }) => message)
  } catch (error) {
    return [(error as Error).message]
  }
}

describe('a database file', () => {
  test(`of which one bit in ${PLACES} places is flipped has the same rows, or is refused`, { timeout: 600_000 }, async () => {
    await using folder = await dataFolder()
    await filled(folder.path, (server) => server.stop())
    const whole = await readFile(join(folder.path, FILE))
    const before = rowsOf(join(folder.path, FILE))
    const random = new SeededRandom(1)
    const seen = { refused: 0, unchanged: 0 }
    for (let at = 0; at < PLACES; at++) {
      await using broken = await dataFolder()
      const path = join(broken.path, FILE)
      const bytes = Buffer.from(whole)
      const place = random.below(bytes.length)
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << random.below(8)), place)
      await writeFile(path, bytes)
      const said = await complaints(broken.path)
      if (said.length > 0) {
        expect(said.join()).not.toBe('')
        seen.refused++
        continue
      }
      expect(rowsOf(path), `byte ${place}`).toEqual(before)
      seen.unchanged++
    }
    const figures = Object.entries(seen).map(([what, count]) => `${count} ${what}`)
    process.stdout.write(`  ${PLACES} flipped bits: ${figures.join(', ')}, 0 with another value\n`)
  })

  test(`whose log is cut off in ${PLACES} places is what it was at some moment before`, { timeout: 600_000 }, async () => {
    await using folder = await dataFolder()
    await filled(folder.path, (server) => server.kill9())
    const log = `${FILE}-wal`
    const { length } = await readFile(join(folder.path, log))
    expect(length).toBeGreaterThan(0)
    const random = new SeededRandom(1)
    for (let at = 0; at < PLACES; at++) {
      await using broken = await dataFolder()
      for (const file of [FILE, log]) await copyFile(join(folder.path, file), join(broken.path, file))
      const place = random.below(length)
      await truncate(join(broken.path, log), place)
      const said = await complaints(broken.path)
      // Cut before the tables were made, there is nothing that could be read.
      if (said.length > 0) expect(said.join(), `byte ${place}`).toMatch(/version 0/)
      else {
        const bodies = (rowsOf(join(broken.path, FILE)).messages ?? []).map((row) => JSON.parse(row).body)
        expect(bodies, `byte ${place}`).toEqual(bodies.map((_, number) => `number ${number}`))
      }
    }
    process.stdout.write(`  a log cut off in ${PLACES} places: consistent each time\n`)
  })

  test(`of whose log one bit in ${PLACES} places is flipped is refused, or has all that was acknowledged`, {
    timeout: 600_000,
  }, async () => {
    await using folder = await dataFolder()
    await filled(folder.path, (server) => server.kill9())
    const log = await readFile(join(folder.path, `${FILE}-wal`))
    const random = new SeededRandom(2)
    const seen = { refused: 0, unchanged: 0, 'last change gone': 0 }
    for (let at = 0; at < PLACES; at++) {
      await using broken = await dataFolder()
      const path = join(broken.path, FILE)
      await copyFile(join(folder.path, FILE), path)
      const bytes = Buffer.from(log)
      const place = random.below(bytes.length)
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << random.below(8)), place)
      await writeFile(`${path}-wal`, bytes)
      const said = await complaints(broken.path)
      if (said.length > 0) {
        expect(said.join(), `byte ${place}`).toMatch(/wal from byte \d+ on/)
        // Nothing is let go before somebody has decided so.
        expect((await readFile(`${path}-wal`)).equals(bytes)).toBe(true)
        seen.refused++
        continue
      }
      const bodies = (rowsOf(path).messages ?? []).map((row) => JSON.parse(row).body)
      // The last transaction alone cannot be told from one that a power cut kept from being written.
      expect(bodies.length, `byte ${place}`).toBeGreaterThanOrEqual(MESSAGES - 1)
      seen[bodies.length === MESSAGES ? 'unchanged' : 'last change gone']++
    }
    expect(seen.refused).toBeGreaterThan(0)
    const figures = Object.entries(seen).map(([what, count]) => `${count} ${what}`)
    process.stdout.write(`  ${PLACES} flipped bits of a log: ${figures.join(', ')}\n`)
  })

  test('of whose log any part of a frame is damaged is refused', { timeout: 600_000 }, async () => {
    await using folder = await dataFolder()
    await filled(folder.path, (server) => server.kill9())
    const log = await readFile(join(folder.path, `${FILE}-wal`))
    const length = FRAME_HEADER + log.readUInt32BE(8)
    const frames = Math.floor((log.length - LOG_HEADER) / length)
    const begin = LOG_HEADER + Math.floor(frames / 2) * length
    for (const [part, at] of Object.entries(FRAME_PARTS)) {
      await using broken = await dataFolder()
      const path = join(broken.path, FILE)
      await copyFile(join(folder.path, FILE), path)
      const bytes = Buffer.from(log)
      bytes.writeUInt8(bytes.readUInt8(begin + at) ^ 1, begin + at)
      await writeFile(`${path}-wal`, bytes)
      expect((await complaints(broken.path)).join(), part).toContain(`wal from byte ${begin} on`)
    }
  })
})
