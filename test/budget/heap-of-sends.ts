/** Sends 10,000 messages to a core on a file of its own, and tells its parent what that left on the heap. */
import { join } from 'node:path'
import { openSqliteStore } from '@conversa/adapters/sqlite'
import { createCore } from 'conversa'
import { dataFolder } from '../end-to-end/data-folder.ts'

/** What sends left. */
export interface KeptHeap {
  /** Bytes, after garbage was collected. */
  readonly kept: number
}

const SENDS = 10_000
const AT_ONCE = 500
const SERVICE_SID = `IS${'1'.repeat(32)}`

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

await using folder = await dataFolder()
const store = openSqliteStore({ path: join(folder.path, 'conversa.db') })
const core = createCore(store)
await core.ensureService({ sid: SERVICE_SID, accountSid: `AC${'a'.repeat(32)}`, friendlyName: 'of a budget' })
const alice = { kind: 'user', serviceSid: SERVICE_SID, identity: 'alice' } as const
const created = await core.execute({ ...alice, kind: 'back-end' }, { type: 'conversation.create' })
if (!('conversation' in created)) throw new Error('unable to make a conversation')
const conversationSid = created.conversation.sid
await core.execute({ ...alice, kind: 'back-end' }, { type: 'participant.add', conversationSid, identity: 'alice' })

async function send(count: number, name: string): Promise<void> {
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const group = Array.from({ length: AT_ONCE }, (_, at) => `${name}${sent + at}`)
    await Promise.all(
      group.map((key) => core.execute(alice, { type: 'message.send', conversationSid, body: 'x'.repeat(100), key })),
    )
  }
}

await send(SENDS, 'warm up ')
const before = heap()
await send(SENDS, 'measured ')
process.send?.({ kept: heap() - before } satisfies KeptHeap)
await store.close()
process.disconnect?.()
