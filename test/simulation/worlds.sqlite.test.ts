import { expect, it } from 'vitest'
import { judgeSeeds, SEEDS } from './judge-seeds.ts'

it('every seeded world on sqlite keeps every promise', { timeout: 1_200_000 }, async () => {
  expect(await judgeSeeds({ store: 'sqlite' }, SEEDS)).toBeUndefined()
})
