import { expect, test } from 'vitest'
import { toldBy } from '../end-to-end/forked.ts'
import type { ConnectionHeap } from './heap-of-connections.ts'

/*
 * What a silent connection takes: there may be tens of thousands. Some 3 KB of it are the sockets of Node and of `ws`.
 */
test('a silent connection of somebody in five conversations takes not more than 6.5 KB of the heap', async () => {
  const program = new URL('heap-of-connections.ts', import.meta.url)
  const { each } = await toldBy<ConnectionHeap>(program, [], ['--expose-gc'])
  expect(each).toBeLessThan(6.5 * 1024)
})
