import { expect, it } from 'vitest'
import { judgeSeeds, NODE_SEEDS } from './judge-seeds.ts'
import { World } from './world.ts'

it.each([2, 3])('every seeded world of %i nodes keeps every promise', { timeout: 1_200_000 }, async (nodes) => {
  expect(await judgeSeeds({ store: 'memory', nodes }, NODE_SEEDS)).toBeUndefined()
})

it.each([1, 2, 3])('the same seed has the same history on %i nodes, and another one another', async (nodes) => {
  const digests: string[] = []
  for (const seed of [5, 5, 6]) {
    const world = new World({ seed, operations: 100, store: 'memory', nodes })
    await world.live()
    digests.push(`${world.digest()} ${world.steps.join()}`)
  }
  expect(digests[0]).toBe(digests[1])
  expect(digests[0]).not.toBe(digests[2])
})
