import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { KilledWorld, type KilledWorldOptions } from './killed-world.ts'
import type { Step } from './send-step.ts'
import type { DeadlyCall } from './system-call-kill.ts'

/** `KILL_POINTS=all` kills at every call; otherwise at the first and the last one for each purpose. */
const IS_EVERY = process.env.KILL_POINTS === 'all'
/** Kills for those purposes that were not hit: what the server does by itself may come in between. */
const MORE_TRIES = 40
/** Calls of a send at least, however small the change is that it makes. */
const FEWEST_CALLS = 25

/** A seeded bug for `imported`, on either store. */
const EARLY_ACKNOWLEDGEMENT = {
  sqlite: fileURLToPath(new URL('early-acknowledgement.ts', import.meta.url)),
  postgres: fileURLToPath(new URL('early-acknowledgement-postgres.ts', import.meta.url)),
}

type Where = Omit<KilledWorldOptions, 'folder'>

/** What was found. */
interface Survived {
  /** The steps that the server was killed at. */
  readonly hit: readonly string[]
  /** What does not hold, with the step; nothing further was tried then. */
  readonly violations: readonly string[]
}

/**
 * Kills a server at every point of a send, and fails when something does not hold afterwards, or a step was not reached.
 *
 * @param needed the steps that there are on its store
 */
export async function surviveKillPoints(store: string, where: Where, needed: readonly string[]): Promise<void> {
  const { hit, violations } = await killAtEveryCall(where, needed)
  expect(violations).toEqual([])
  const counts = Map.groupBy(hit, (step) => step)
  expect([...counts.keys()]).toEqual(expect.arrayContaining([...needed]))
  if (IS_EVERY) expect(hit.length).toBeGreaterThanOrEqual(FEWEST_CALLS)
  const words = [...counts].map(([step, { length }]) => `${length} × ${step}`)
  process.stdout.write(`  ${store}: killed at ${hit.length} calls of a send, 0 lost, 0 doubled (${words.join(', ')})\n`)
}

/** What is found of a server that acknowledges before it commits. */
export async function killPointsOfBug(where: Where): Promise<readonly string[]> {
  const imported = EARLY_ACKNOWLEDGEMENT[where.database ? 'postgres' : 'sqlite']
  return (await killAtEveryCall({ ...where, imported }, [])).violations
}

/**
 * Sends one message again and again, and each time kills the server at a later system call: from the request to the commit, the
 * acknowledgement, the delivery to another member and to a webhook, until that is noted (reliability F2). After each kill the server is
 * started again and all is judged, before the author asks again with the same key and afterwards.
 *
 * Why system calls: what a process that is killed leaves behind is what it told the kernel, so between two calls it does not matter where
 * it dies. So this reaches every point there is, and the product needs no labels, which would have to be kept complete, and pays nothing.
 */
async function killAtEveryCall(where: Where, needed: readonly string[]): Promise<Survived> {
  await using folder = await dataFolder()
  const world = await KilledWorld.begin({ ...where, folder: folder.path })
  const hit: string[] = []
  const violations: string[] = []
  const kill = async (aim: DeadlyCall) => {
    const step = await world.sendAndKill(aim)
    if (step !== undefined) hit.push(step)
    violations.push(...(await world.judge()).map((one) => `${step}: ${one}`))
  }
  const aims = aimsOf(await world.sendInPeace())
  for (let at = 0; at < aims.length && violations.length === 0; at++) await kill(aims[at] as DeadlyCall)
  for (let tries = 0; tries < MORE_TRIES && violations.length === 0; tries++) {
    const missing = needed.find((what) => !hit.includes(what))
    if (missing === undefined) break
    const steps = await world.sendInPeace()
    const at = steps.findIndex(({ what }) => what === missing)
    if (at >= 0) await kill(aimAt(steps, at))
  }
  await world.end()
  return { hit, violations }
}

/** The calls of a send that the server is killed at. */
function aimsOf(steps: readonly Step[]): DeadlyCall[] {
  const isEnd = ({ what }: Step, at: number) =>
    at === steps.findIndex((one) => one.what === what) || at === steps.findLastIndex((one) => one.what === what)
  return steps.flatMap((step, at) => (IS_EVERY || isEnd(step, at) ? [aimAt(steps, at)] : []))
}

/** By the calls of its own name, whose number varies less from one send to the next than that of all. */
function aimAt(steps: readonly Step[], at: number): DeadlyCall {
  const { call } = steps[at] as Step
  return { call, at: steps.slice(0, at + 1).filter((one) => one.call === call).length }
}
