import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'

/*
 * Most of a start is finding and loading modules, some 0.2 ms each: 1,276 at the last look. 536 of them are typebox: its `typebox/compile` would bring 147 more.
 */
test('a start on one file loads not more than 1,300 modules', async () => {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const counting = new URL('counting-modules.ts', import.meta.url).href
  const server = await ServerProcess.start({ data: folder.path, env: { NODE_OPTIONS: `--import=${counting}` } })
  await server.stop()
  const count = Number(/^modules: (\d+)$/m.exec(server.output)?.[1])
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThanOrEqual(1300)
})
