import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'

/**
 * Changes one bit of a message in a database that nobody has open, as a disk does it: its checksum stays what it was.
 *
 * @returns its number
 */
export function damageRow(path: string): number {
  using database = new DatabaseSync(path)
  const row = database.prepare("SELECT id, body FROM messages WHERE body <> '' ORDER BY id LIMIT 1").get()
  if (!row) throw new Error(`there is no message in ${path}`)
  const { id, body } = row as { id: number; body: string }
  const other = String.fromCharCode(body.charCodeAt(0) ^ 1) + body.slice(1)
  database.prepare('UPDATE messages SET body = ? WHERE id = ?').run(other, id)
  return id
}

/** Words of a command that say so of a message with a number. */
export const saying = (id: number): unknown =>
  expect.stringMatching(new RegExp(`row of messages \\(id ${id}, [^)]*\\) is damaged`))
