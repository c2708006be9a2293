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

/**
 * Files of such a project run one after another in the process of a worker: they keep nothing in it that another file would meet,
 * so it loads the program once and has it compiled when the next file begins.
 */
const inOneProcess = ({ test, ...rest }: ReturnType<typeof project>) => ({ ...rest, test: { ...test, isolate: false } })

const withoutService = (root: string) => `${root}/**/!(*.${services.join('|*.')}).test.ts`

export default defineConfig({
  ssr: { resolve: { conditions: ['conversa-source'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // What is waited for comes when the machine has time for it: a test ends by its own limit.
    expect: { poll: { timeout: 25_000 } },
    projects: [
      inOneProcess(project('unit', beside.map(withoutService), 30)),
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
