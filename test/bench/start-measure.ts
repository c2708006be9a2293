import type { Start, StartStage } from './start-up.ts'

let received = 0

/** Counts what comes, without the heads of the frames. */
export class CountingSocket extends WebSocket {
  constructor(address: string | URL) {
    super(address)
    this.addEventListener('message', ({ data }) => {
      received += typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
    })
  }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** What an application looks at first of a conversation. */
interface Shown {
  readonly friendlyName: string | null
  readonly lastMessage?: object | undefined
}

/** The part of a client that is the same in all SDKs. */
interface Starting {
  on(name: 'conversationJoined' | 'initialized', listener: () => void): unknown
  on(name: 'initFailed', listener: (failure: unknown) => void): unknown
  getSubscribedConversations(): Promise<{ readonly items: readonly Shown[] }>
  shutdown(): Promise<void>
}

/**
 * Measures one start of an SDK, and tells the parent process.
 *
 * @param make makes the client, which begins to connect
 * @param count conversations that its user is in
 */
export async function measureStart(make: () => Starting, count: number): Promise<void> {
  const before = heap()
  const began = performance.now()
  // The time is taken before the heap is cleaned up to be measured.
  const stage = (): StartStage => {
    const milliseconds = performance.now() - began
    return { milliseconds, bytes: received, heapBytes: heap() - before }
  }
  const client = make()
  let told = 0
  const all = new Promise<void>((resolve) => {
    client.on('conversationJoined', () => {
      if (++told === count) resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    client.on('initialized', resolve)
    client.on('initFailed', reject)
  })
  const wanted = Math.min(20, count)
  const { items } = await client.getSubscribedConversations()
  const usable = items.slice(0, wanted).filter(({ friendlyName, lastMessage }) => friendlyName && lastMessage)
  if (usable.length < wanted) throw new Error(`only ${usable.length} of ${wanted} conversations can be used`)
  const first = stage()
  await all
  const whole = stage()
  process.send?.({ first, whole } satisfies Start)
  await client.shutdown()
  process.disconnect?.()
}
