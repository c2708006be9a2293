import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { SEEDED_BUGS } from './seeded-bugs.ts'
import { SEEDED_NODE_BUGS } from './seeded-node-bugs.ts'
import { World, type WorldOptions } from './world.ts'

/** Worlds in which a bug may hide before it counts as not found. */
const MOST_WORLDS = 100

/** What the first world in which it shows says of a bug; undefined when it hides in all of them. */
async function find(
  worldOf: (seed: number) => Omit<WorldOptions, 'seed' | 'operations'>,
  shows: RegExp,
): Promise<string | undefined> {
  for (let seed = 1; seed <= MOST_WORLDS; seed++) {
    const found = await new World({ seed, operations: 150, ...worldOf(seed) }).live()
    const shown = found.find((one) => shows.test(one))
    if (shown) return shown
  }
  return undefined
}

describe('a server with a bug is found out', () => {
  it.each(SEEDED_BUGS)('$name', { timeout: 300_000 }, async ({ store, shows, sabotage }) => {
    expect(await find(() => ({ store, sabotage: sabotage() }), shows)).toBeDefined()
  })
})

describe('nodes with a bug are found out', () => {
  it.each(SEEDED_NODE_BUGS)('$name', { timeout: 300_000 }, async ({ shows, sabotage }) => {
    const worldOf = (seed: number) => ({ store: 'memory', nodes: 2 + (seed % 2), sabotage: sabotage() }) as const
    expect(await find(worldOf, shows)).toBeDefined()
  })
})

it('GUARANTEES.md names every bug that is put in', async () => {
  const page = await readFile(new URL('../../GUARANTEES.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| (.+?) \| (?:one server|two and three nodes) \| I/gm)].map(([, name]) => name)
  expect(named).toEqual([...SEEDED_BUGS, ...SEEDED_NODE_BUGS].map(({ name }) => name))
})
