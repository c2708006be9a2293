import { hasDataChecksums } from '@conversa/adapters/postgres'
import { type Finding, fault, fine, reasonOf, warning } from './finding.ts'

/** Whether the database on PostgreSQL answers, and notices what a disk changes. */
export async function lookAtPostgres(url: string): Promise<Finding[]> {
  try {
    const checksums = (await hasDataChecksums(url))
      ? fine('checksums', 'the cluster keeps checksums of its pages')
      : warning(
          'checksums',
          'the cluster keeps no checksums of its pages: what a disk changes is not noticed',
          'stop the cluster and run `pg_checksums --enable`, or make it anew with `initdb --data-checksums`',
        )
    return [fine('database', 'it answers'), checksums]
  } catch (error) {
    if (isRefusal(error)) {
      const mend = 'make the database and the user that CONVERSA_DATABASE_URL names, or correct it'
      return [fault('database', `PostgreSQL refuses: ${(error as Error).message}`, mend)]
    }
    const mend = 'start PostgreSQL, or correct CONVERSA_DATABASE_URL'
    return [fault('database', `PostgreSQL does not answer: ${reasonOf(error)}`, mend)]
  }
}

/** Whether it was there and said no. */
const isRefusal = (error: unknown): boolean => error instanceof Error && 'severity' in error
