import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { judgeSyncOrder } from './sync-order.ts'

const STRACE = '/usr/bin/strace'
const SENDS = 25
const CALLS = 'trace=read,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync'
const UNSAFE_DATABASE = fileURLToPath(new URL('unsafe-database.ts', import.meta.url))

afterAll(endServerProcesses)

/** Runs a server under strace, sends one message after the other, and gives the trace of that part: all of a write, the event and its answer. */
async function traceSends(imported?: string): Promise<string> {
  await using folder = await dataFolder()
  const file = join(folder.path, 'trace')
  const under = [STRACE, '-f', '-yy', '-s', '4096', '-e', CALLS, '-o', file]
  const server = await ServerProcess.start({
    data: join(folder.path, 'data'),
    under,
    ...(imported !== undefined && { env: { NODE_OPTIONS: `--import=${imported}` } }),
  })
  const client = await RawClient.signIn(server.url, await server.token('alice'))
  const { conversation } = await client.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  await client.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
  const before = (await readFile(file, 'utf8')).length
  for (let sent = 0; sent < SENDS; sent++) await client.ask({ type: 'message.send', conversationSid, body: `message ${sent}` })
  client.socket.terminate()
  // The process that was started is strace; it ends with the server, which is its only child.
  const child = Number(await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8'))
  process.kill(child, 'SIGTERM')
  await server.ended
  return (await readFile(file, 'utf8')).slice(before)
}

describe.skipIf(!existsSync(STRACE))('the log on disk and the acknowledgement on the wire', () => {
  it('are synced and sent in this order', { timeout: 120_000 }, async () => {
    const { acknowledged, early } = judgeSyncOrder(await traceSends())
    expect(early).toEqual([])
    expect(acknowledged).toBeGreaterThanOrEqual(SENDS)
  })

  it('are found out when the store does not sync', { timeout: 120_000 }, async () => {
    const { early } = judgeSyncOrder(await traceSends(UNSAFE_DATABASE))
    expect(early.length).toBeGreaterThanOrEqual(SENDS)
  })
})
