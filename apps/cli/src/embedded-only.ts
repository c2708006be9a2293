import type { Reach } from './config.ts'

/**
 * Refuses what a command can do with the embedded store alone.
 *
 * @param tool what does the same for PostgreSQL
 * @returns what to say; nothing when the embedded store is set up
 */
export function embeddedOnly({ databaseUrl }: Pick<Reach, 'databaseUrl'>, command: string, tool: string): readonly string[] {
  if (databaseUrl === undefined) return []
  return [`conversa ${command} is for the database in the data folder; CONVERSA_DATABASE_URL names one on PostgreSQL: ${tool}`]
}
