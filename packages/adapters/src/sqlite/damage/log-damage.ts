import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { StoreDamaged } from '@conversa/core'

/*
 * SQLite's write-ahead log has checksums, and what follows the first frame that does not fit them is left out at the next start, silently: it
 * takes it for a transaction that a power cut kept from being written. But the next transaction is written when the one before is on disk
 * (`synchronous=FULL`). So where more follows behind the end of a transaction that does not fit, that was acknowledged, and the disk has
 * changed it. See https://www.sqlite.org/fileformat2.html#walformat
 */

const HEADER = 32
const FRAME_HEADER = 24
const MAGIC = 0x377f0682

/** What the disk did to a log. */
interface LogDamage {
  /** The byte from which on nothing can be read any more. */
  readonly from: number
}

/**
 * Looks at the log of a database that nobody has open, before it is opened: to open it may remove what is not readable.
 *
 * @param path of the database
 * @returns undefined when all that was acknowledged can be read, as far as the log tells
 */
function damageInLog(path: string): LogDamage | undefined {
  const log = `${path}-wal`
  if (!existsSync(log)) return undefined
  const file = openSync(log, 'r')
  try {
    return damageIn((buffer, position) => readSync(file, buffer, 0, buffer.length, position))
  } finally {
    closeSync(file)
  }
}

/**
 * Keeps a program off a database of whose log acknowledged changes cannot be read any more: to open it would let them go for good, and to serve
 * it would give their revisions to others.
 *
 * @throws StoreDamaged which says what to do
 */
export function refuseDamagedLog(path: string): void {
  const damage = damageInLog(path)
  if (damage)
    throw new StoreDamaged(`${path}-wal from byte ${damage.from} on, and there are acknowledged changes behind that: it`)
}

function damageIn(read: (buffer: Buffer, position: number) => number): LogDamage | undefined {
  const header = Buffer.alloc(HEADER)
  // A log that was just begun is empty, or as long as the file system made it.
  if (read(header, 0) < HEADER || header.every((byte) => byte === 0)) return undefined
  const magic = header.readUInt32BE(0)
  const isBigEndian = (magic & 1) === 1
  if ((magic & ~1) !== MAGIC || !isEqual(summed([0, 0], header.subarray(0, 24), isBigEndian), sumAt(header, 24)))
    return { from: 0 }
  const salts = header.subarray(16, 24)
  const frame = Buffer.alloc(FRAME_HEADER + header.readUInt32BE(8))
  let [sum, from, isEnded] = [sumAt(header, 24), undefined as number | undefined, false]
  for (let position = HEADER; read(frame, position) === frame.length; position += frame.length) {
    // The salts are other ones where an earlier round of the log left something, or where they are damaged, which what follows tells.
    const fits = frame.subarray(8, 16).equals(salts) && isEqual(sumOf(frame, sum, isBigEndian), sumAt(frame, 16))
    // What fits behind the end of a transaction was written after it, and is no rest of an attempt before.
    if (isEnded && fits) return { from: from as number }
    if (!fits) from ??= position
    // The last frame of a transaction says how long the database is then.
    isEnded = from !== undefined && frame.readUInt32BE(4) > 0
    sum = sumAt(frame, 16)
  }
  return undefined
}

type Sum = readonly [number, number]

const sumAt = (bytes: Buffer, at: number): Sum => [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
const isEqual = (one: Sum, other: Sum) => one[0] === other[0] && one[1] === other[1]

/** The checksum that a frame should have. */
function sumOf(frame: Buffer, before: Sum, isBigEndian: boolean): Sum {
  const head = summed(before, frame.subarray(0, 8), isBigEndian)
  return summed(head, frame.subarray(FRAME_HEADER), isBigEndian)
}

/** The checksum of SQLite's log, which goes on from that of what stands before. */
function summed([first, second]: Sum, bytes: Buffer, isBigEndian: boolean): Sum {
  let [one, two] = [first, second]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + view.getUint32(at, !isBigEndian) + two) >>> 0
    two = (two + view.getUint32(at + 4, !isBigEndian) + one) >>> 0
  }
  return [one, two]
}
