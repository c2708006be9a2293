import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileInventory } from '@conversa/adapters/files'
import { openSqliteInventory } from '@conversa/adapters/sqlite'
import { type Finding, type Inventory, type Verified, verify } from '@conversa/core'
import type { Reach } from './config.ts'

/** What was looked at, and what is wrong. */
export interface VerifiedStore {
  readonly looked: Readonly<Verified>
  readonly findings: readonly Finding[]
}

/**
 * Recounts all that the store and the folder for files of a configuration hold.
 *
 * @param watch hears now and then how much was looked at, and is waited for
 * @throws when the store cannot be opened, or a server has it
 */
export async function verifyStore(
  { databaseUrl, dataDirectory }: Pick<Reach, 'databaseUrl' | 'dataDirectory'>,
  watch: (looked: Readonly<Verified>) => Promise<void> | void,
): Promise<VerifiedStore> {
  const media = join(dataDirectory, 'media')
  const files = existsSync(media) ? fileInventory(media) : undefined
  const run = async (inventory: Inventory): Promise<VerifiedStore> => {
    let looked: Verified = { services: 0, users: 0, conversations: 0, messages: 0, files: 0 }
    const findings: Finding[] = []
    const watching = async (now: Readonly<Verified>) => {
      looked = { ...now }
      await watch(looked)
    }
    for await (const finding of verify(inventory, files, watching)) findings.push(finding)
    return { looked, findings }
  }
  if (databaseUrl === undefined) return ofFile(join(dataDirectory, 'conversa.db'), run)
  const { withPostgresInventory } = await import('@conversa/adapters/postgres')
  return withPostgresInventory(databaseUrl, run)
}

async function ofFile<T>(path: string, work: (inventory: Inventory) => Promise<T>): Promise<T> {
  using inventory = openSqliteInventory(path)
  return await work(inventory)
}
