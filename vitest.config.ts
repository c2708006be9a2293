import { defineConfig } from 'vitest/config'

const beside = ['packages/*/src', 'apps/*/src']

/** What a test file needs, as the suffix before `.test.ts` says; a test without one needs nothing. */
const services = ['sqlite', 'postgres', 'nats', 'browser']

/** Whether tests of a project keep something in PostgreSQL. */
const needsPostgres = (name: string) => name === 'postgres' || process.env.TEST_STORE === 'postgres'

const project = (name: string, include: string[], seconds: number) => ({
  extends: true as const,
  test: {
    name,
    include,
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    globalSetup: needsPostgres(name) ? ['test/postgres.ts'] : [],
  },
})

const withoutService = (root: string) => `${root}/**/!(*.${services.join('|*.')}).test.ts`

export default defineConfig({
  ssr: { resolve: { conditions: ['conversa-source'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // What is waited for comes when the machine has time for it: a test ends by its own limit.
    expect: { poll: { timeout: 25_000 } },
    projects: [
      project('unit', beside.map(withoutService), 30),
      project('system', [withoutService('test')], 120),
      ...services.map((service) =>
        project(
          service,
          [...beside, 'test'].map((root) => `${root}/**/*.${service}.test.ts`),
          120,
        ),
      ),
    ],
  },
})
