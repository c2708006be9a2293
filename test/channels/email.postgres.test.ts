import { withPostgres } from '@conversa/adapters/testing'
import { describe, expect, test, vi } from 'vitest'

// Before the suites are loaded, which ask for it.
vi.stubEnv('TEST_STORE', 'postgres')

// Hostile e-mail is stopped before the store: that suite runs on one alone.
withPostgres(() =>
  describe('on PostgreSQL', async () => {
    const { mailScene } = await import('./mail-world.ts')
    test('the server of these suites keeps nothing in SQLite', async () => {
      expect((await mailScene()).server.database).toBeUndefined()
    })
    await import('./email-in.test.ts')
    await import('./email-out.test.ts')
  }),
)
