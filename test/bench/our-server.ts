import type { Core } from '@conversa/core'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { onCore } from './load/cores.ts'
import type { LoadUser } from './load/plan.ts'
import { measured } from './measured.ts'
import { identityOf, makeRooms, type Rooms, withCore } from './seed.ts'
import { TENANT, tokenOf } from './tenant.ts'

/** `conversa serve` on a core of its own, with rooms and those who are in them; it ends with the scope that holds it. */
export interface OurServer extends AsyncDisposable {
  readonly process: ServerProcess
  /** Of the Conversa socket. */
  readonly socket: string
  readonly users: readonly LoadUser[]
}

/** @param more makes further data before the server starts */
export async function ourServer(rooms: Rooms, more: (core: Core) => Promise<void> = async () => {}): Promise<OurServer> {
  const folder = await dataFolder()
  const sids = await withCore(folder.path, async (core) => {
    const made = await makeRooms(core, rooms)
    await more(core)
    return made
  })
  const server = await ServerProcess.start({ data: folder.path, env: measured(TENANT), under: onCore(0) })
  return {
    process: server,
    socket: socketOf(server),
    users: await usersOf(sids),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export const socketOf = ({ url }: ServerProcess) => `${url.replace('http', 'ws')}/v1/socket`

/** Those who are in rooms, with their tokens. @param sids the rooms of each */
export function usersOf(sids: readonly (readonly string[])[]): Promise<LoadUser[]> {
  return Promise.all(sids.map(async (rooms, at) => ({ token: await tokenOf(identityOf(at)), rooms })))
}
