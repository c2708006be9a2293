import { describe, expect, it } from 'vitest'
import { SEEDED_BUGS } from './seeded-bugs.ts'
import { World } from './world.ts'

/** Worlds in which a bug may hide before it counts as not found. */
const MOST_WORLDS = 100

describe('a server with a bug is found out', () => {
  it.each(SEEDED_BUGS)('$name', { timeout: 300_000 }, async ({ store, sabotage }) => {
    let found: string[] = []
    for (let seed = 1; seed <= MOST_WORLDS && found.length === 0; seed++) {
      found = await new World({ seed, operations: 150, store, sabotage: sabotage() }).live()
    }
    expect(found).not.toEqual([])
  })
})
