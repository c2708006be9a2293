/**
 * One start of the SDK, in a process of its own: `start-up-client.ts <url> <token> <conversations>`. Tells its parent what it took
 * until the first conversations could be used, and until all had been told.
 */
import { Client } from '@conversa/client'
import type { Start, StartStage } from './start-up.ts'

const [, , url = '', token = '', count = ''] = process.argv
const WANTED = Math.min(20, Number(count))

let received = 0

/** Counts what comes, without the heads of the frames. */
class CountingSocket extends WebSocket {
  constructor(address: string) {
    super(address)
    this.addEventListener('message', ({ data }) => {
      received += Buffer.byteLength(String(data))
    })
  }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const before = heap()
const began = performance.now()

/** The time is taken before the heap is cleaned up to be measured. */
function stage(): StartStage {
  const milliseconds = performance.now() - began
  return { milliseconds, bytes: received, heapBytes: heap() - before }
}

const client = new Client(token, { url, WebSocket: CountingSocket })
let told = 0
const all = new Promise<void>((resolve) => {
  client.on('conversationJoined', () => {
    if (++told === Number(count)) resolve()
  })
})
await new Promise((resolve, reject) => client.on('initialized', resolve).on('initFailed', reject))
const { items } = await client.getSubscribedConversations()
const usable = items.slice(0, WANTED).filter(({ friendlyName, lastMessage }) => friendlyName && lastMessage)
if (usable.length < WANTED) throw new Error(`only ${usable.length} of ${WANTED} conversations can be used`)
const first = stage()
await all
const whole = stage()
process.send?.({ first, whole } satisfies Start)
await client.shutdown()
