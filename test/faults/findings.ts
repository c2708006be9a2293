import { join } from 'node:path'
import { withPostgresInventory } from '@conversa/adapters/postgres'
import { openSqliteInventory } from '@conversa/adapters/sqlite'
import { type Finding, type Inventory, verify } from '@conversa/core'

/** Where a server keeps all. */
export interface Place {
  readonly databaseUrl?: string | undefined
  /** The data folder: its database counts where there is no other. */
  readonly folder: string
}

/** What is wrong with all that a server keeps. @throws when it cannot be read */
export async function findingsOf({ databaseUrl, folder }: Place): Promise<Finding[]> {
  if (databaseUrl !== undefined) return withPostgresInventory(databaseUrl, listed)
  using inventory = openSqliteInventory(join(folder, 'conversa.db'))
  return await listed(inventory)
}

async function listed(inventory: Inventory): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const finding of verify(inventory, undefined)) findings.push(finding)
  return findings
}
