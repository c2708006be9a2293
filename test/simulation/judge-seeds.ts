import { World, type WorldOptions } from './world.ts'

/** Operations in one world. */
const OPERATIONS = 150

/**
 * Lives through worlds, one after another, and says how far it is.
 *
 * @returns the first world that broke a promise, in words to repeat it by; undefined when none did
 */
export async function judgeSeeds(store: WorldOptions['store'], count: number): Promise<string | undefined> {
  for (let seed = 1; seed <= count; seed++) {
    const world = new World({ seed, operations: OPERATIONS, store })
    const violations = await world.live()
    if (violations.length > 0) {
      return [`seed ${seed} on ${store}:`, ...violations.slice(0, 10), 'the last steps:', ...world.steps.slice(-30)].join('\n')
    }
    if (seed % 500 === 0) process.stdout.write(`  ${seed} of ${count} worlds on ${store}\n`)
  }
  return undefined
}

/** How many worlds a run lives through: `SIMULATION_SEEDS`, or what a change can wait for. */
export const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 2000)
