import { readCount } from './count-argument.ts'
import { type Fields, type RunningServer, ServerRefusal } from './running-server.ts'
import type { ExitCode, Terminal } from './terminal.ts'

/** Ids on the command line, one after another. */
export function readIds(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, readCount(text)]
}

/** Whether it is said in just one way which dead letters are meant. */
export function isOneWay(ids: readonly number[], all: boolean | undefined, one: string | undefined): boolean {
  return [ids.length > 0, all, one !== undefined].filter(Boolean).length === 1
}

/**
 * Lets dead letters be tried again, and says how many.
 *
 * @param ids which of them; without any those that the fields say
 * @returns 1 when one of them was not there
 */
export async function replay(
  server: RunningServer,
  ids: readonly number[],
  which: Fields,
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): Promise<ExitCode> {
  const missing: number[] = []
  let replayed = 0
  if (ids.length === 0) replayed = (await server.post<{ replayed: number }>('/DeadLetters/Replay', which)).replayed
  for (const id of ids) {
    if (await replayOne(server, id)) replayed++
    else missing.push(id)
  }
  terminal.print(json ? JSON.stringify({ replayed, missing }) : `replayed: ${replayed}`)
  for (const id of missing) terminal.say(`${id} is no dead letter`)
  return missing.length > 0 ? 1 : 0
}

/** @returns whether it was there */
async function replayOne(server: RunningServer, id: number): Promise<boolean> {
  try {
    await server.post(`/DeadLetters/${id}/Replay`)
    return true
  } catch (error) {
    if (error instanceof ServerRefusal && error.status === 404) return false
    throw error
  }
}
