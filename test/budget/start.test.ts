import { expect, onTestFinished, test } from 'vitest'
import { builtProgram } from '../end-to-end/built-program.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { type ProcessOptions, ServerProcess } from '../end-to-end/server-process.ts'

/** Modules that a start on one file loads. */
async function modulesOf(options: Pick<ProcessOptions, 'program'>): Promise<number> {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const counting = new URL('counting-modules.ts', import.meta.url).href
  const server = await ServerProcess.start({ ...options, data: folder.path, env: { NODE_OPTIONS: `--import=${counting}` } })
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  await server.stop()
  const count = Number(/^modules: (\d+)$/m.exec(server.output)?.[1])
  expect(count).toBeGreaterThan(0)
  return count
}

/*
 * Most of a start is finding and loading modules, some 0.2 ms each. Of those of the source, 536 are typebox: its `typebox/compile` would bring
 * 147 more.
 */
test('a start on one file loads not more than 20 modules as it is published, and 1,300 from source', async () => {
  const program = await builtProgram()
  onTestFinished(() => program[Symbol.asyncDispose]())
  expect(await modulesOf({ program: program.path })).toBeLessThanOrEqual(20)
  expect(await modulesOf({})).toBeLessThanOrEqual(1300)
})
