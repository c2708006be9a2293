import { World, type WorldOptions } from './world.ts'

/** Operations in one world. */
const OPERATIONS = 150

/**
 * Lives through worlds, one after another, and says how far it is.
 *
 * @param place where they keep everything, and how many nodes they have
 * @returns the first world that broke a promise, in words to repeat it by; undefined when none did
 */
export async function judgeSeeds(place: Pick<WorldOptions, 'store' | 'nodes'>, count: number): Promise<string | undefined> {
  const name = place.nodes === undefined ? place.store : `${place.nodes} nodes`
  for (let seed = 1; seed <= count; seed++) {
    const world = new World({ seed, operations: OPERATIONS, ...place })
    const violations = await world.live()
    if (violations.length > 0) {
      return [`seed ${seed} on ${name}:`, ...violations.slice(0, 10), 'the last steps:', ...world.steps.slice(-30)].join('\n')
    }
    if (seed % 500 === 0) process.stdout.write(`  ${seed} of ${count} worlds on ${name}\n`)
  }
  return undefined
}

const given = process.env.SIMULATION_SEEDS

/** How many worlds of one server a run lives through: `SIMULATION_SEEDS`, or what a change can wait for. */
export const SEEDS = Number(given ?? 2000)
/** The same of several nodes, which take three times as long. */
export const NODE_SEEDS = Number(given ?? 200)
