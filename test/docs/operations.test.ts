import { expect, onTestFinished, test } from 'vitest'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { textOf } from './pages.ts'

/* What the guides and the files for containers name has to be there. */

const namesIn = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([name]) => name))]

test('metrics that the operations guide tells to watch are counted', async () => {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const served = await (await fetch(`${server.url}/metrics`)).text()
  const named = namesIn(textOf('docs/guides/operations.md'), /conversa_[a-z_]+/g)
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !served.includes(`# TYPE ${name} `))).toEqual([])
})

test.each(['Dockerfile', 'deploy/compose.yaml'])('%s sets what there is to set', (file) => {
  const settings = textOf('README.md')
  expect(namesIn(textOf(file), /CONVERSA_[A-Z_]+/g).filter((name) => !settings.includes(`\`${name}\``))).toEqual([])
})
