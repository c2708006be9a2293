import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseOlder, openSqliteInventory } from '@conversa/adapters/sqlite'
import { type Finding, fault, fine, reasonOf, warning } from './finding.ts'

const [LITTLE_ROOM, NO_ROOM] = [2 ** 30, 100 * 2 ** 20]
/** Milliseconds that clocks of a file system and of a machine may be apart. */
const TOLERANCE = 60_000

/** What is the matter with the data folder, and with the database in it. */
export async function lookAtDataFolder(folder: string, now: number): Promise<Finding[]> {
  const there = await isThere(folder)
  const findings = [await rights(folder, there), await room(there ? folder : await nearestAbove(folder))]
  if (!there) return findings
  const path = join(folder, 'conversa.db')
  return [...findings, ...(await secrecy(folder)), ...(await clock(path, now)), await database(path)]
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function nearestAbove(path: string): Promise<string> {
  const above = dirname(path)
  return above === path || (await isThere(above)) ? above : nearestAbove(above)
}

async function rights(folder: string, there: boolean): Promise<Finding> {
  const place = there ? folder : await nearestAbove(folder)
  try {
    if (!(await stat(place)).isDirectory()) throw new Error('it is no folder')
    await access(place, constants.R_OK | constants.W_OK | constants.X_OK)
    return fine('data folder', there ? folder : `${folder} is made at the first start`)
  } catch (error) {
    const mend = `give ${place} to the user that runs the server (chown), or set CONVERSA_DATA to a folder of its own`
    return fault('data folder', `${place} cannot be written: ${reasonOf(error)}`, mend)
  }
}

async function secrecy(folder: string): Promise<Finding[]> {
  const open: string[] = []
  for (const path of [join(folder, 'credentials.json'), join(folder, 'conversa.db')]) {
    const found = await stat(path).catch(() => undefined)
    const folderMode = (await stat(folder)).mode
    if (found && (found.mode & 0o077) !== 0 && (folderMode & 0o077) !== 0) open.push(path)
  }
  if (open.length === 0) return []
  return [warning('secrecy', `other users of this machine can read ${open.join(' and ')}`, `chmod 700 ${folder}`)]
}

async function room(place: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(place)
  const free = bavail * bsize
  const said = `${Math.floor(free / 2 ** 20)} MB are free on the disk of ${place}`
  const mend = 'make room, or move the data folder to a larger disk: a full one refuses every write'
  if (free < NO_ROOM) return fault('disk', said, mend)
  return free < LITTLE_ROOM ? warning('disk', said, mend) : fine('disk', said)
}

/** A clock that went back makes tokens invalid and dates wrong. */
async function clock(path: string, now: number): Promise<Finding[]> {
  const written = (await stat(path).catch(() => undefined))?.mtimeMs
  if (written === undefined || written <= now + TOLERANCE) return []
  const behind = Math.round((written - now) / 1000)
  return [
    fault('clock', `the database was written ${behind} s in the future`, 'set the clock of this machine, and let NTP keep it'),
  ]
}

async function database(path: string): Promise<Finding> {
  if (!(await isThere(path))) return fine('database', 'it is made at the first start')
  try {
    using inventory = openSqliteInventory(path)
    const [first] = inventory.damages()
    const later = inventory.awaitsChecksums ? '; rows of an older version get their checksums while the server runs' : ''
    if (!first) return fine('database', path + later)
    return fault(
      'database',
      `${first.subject}: ${first.message}`,
      'look at all of it with `conversa verify`, then restore a backup',
    )
  } catch (error) {
    if (error instanceof DatabaseOlder) {
      return warning('database', 'an older program wrote it', 'it is brought up to date at the next start: take a backup before')
    }
    const { message } = error as Error
    // Whether it is ours is seen at the port.
    if (/a server is using/.test(message)) return fine('database', `${path}, in use by a server`)
    return fault(
      'database',
      message,
      'use a newer program if a newer one wrote it; otherwise restore a backup with `conversa restore`',
    )
  }
}
