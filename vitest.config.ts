import { defineConfig } from 'vitest/config'

const beside = ['packages/*/src', 'apps/*/src']

/** What a test file needs, as the suffix before `.test.ts` says; a test without one needs nothing. */
const services = ['sqlite', 'postgres', 'nats', 'browser']

/** Whether tests of a project keep something in PostgreSQL. */
const needsPostgres = (name: string) => name === 'postgres' || process.env.TEST_STORE === 'postgres'

const project = (name: string, include: string[], seconds: number, more: object = {}) => ({
  extends: true as const,
  test: {
    name,
    include,
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    globalSetup: needsPostgres(name) ? ['test/postgres.ts'] : [],
    ...more,
  },
})

/**
 * Files of such a project run one after another in the process of a worker: they keep nothing in it that another file would meet,
 * so it loads the program once and has it compiled when the next file begins.
 */
const inOneProcess = ({ test, ...rest }: ReturnType<typeof project>) => ({ ...rest, test: { ...test, isolate: false } })

/**
 * What keeps something in its process, in `test/`: the vendor's clients change what is global in it, a heap is measured, a program is
 * loaded as for the first time.
 */
const alone = [
  '{budget,docs,every-sdk,faults,gateway,packages,project,simulation}/**/!(*.{SERVICES}).test.ts',
  'end-to-end/{ending,rate-limits}.test.ts',
  'push/{pushes,senders,vendor}.test.ts',
  'scenarios/{application,client}.test.ts',
  'test-server/vendor.test.ts',
].map((files) => `test/${files.replace('SERVICES', services.join(','))}`)

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
      inOneProcess(project('system', [withoutService('test')], 120, { exclude: alone, setupFiles: 'test/unchanged-globals.ts' })),
      project('alone', alone, 120),
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
