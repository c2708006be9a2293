/**
 * Holds a server with silent clients, who are in five conversations each, and tells its parent what one of them takes on the heap. The clients
 * are a thread of their own, whose heap does not count.
 */
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { FrameSocket } from '../bench/load/frame-socket.ts'
import { type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'

/** What a connection takes. */
export interface ConnectionHeap {
  /** Bytes, after garbage was collected. */
  readonly each: number
}

/** Whom the clients are to sign in as, and where. */
interface Comers {
  readonly socket: string
  readonly tokens: readonly string[]
}

const ROOMS = 5
const [WARM_UP, COUNT] = [100, 400]
const identityOf = (at: number) => `user${at}`

async function makeRooms({ core }: InProcessServer): Promise<void> {
  const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
  for (let first = 0; first < WARM_UP + COUNT; first += ROOMS) {
    for (let room = 0; room < ROOMS; room++) {
      const created = await core.execute(backEnd, { type: 'conversation.create' })
      if (!('conversation' in created)) throw new Error('unable to make a conversation')
      const { sid: conversationSid } = created.conversation
      for (let at = 0; at < ROOMS; at++) {
        await core.execute(backEnd, { type: 'participant.add', conversationSid, identity: identityOf(first + at) })
      }
    }
  }
}

async function signIn({ socket, tokens }: Comers): Promise<void> {
  for (const token of tokens) {
    await new Promise<void>((resolve, reject) => {
      const reader = { text: () => resolve(), closed: () => reject(new Error('the server closed the connection')) }
      FrameSocket.open(new URL(socket), reader).then(
        (opened) => opened.send(JSON.stringify({ id: 1, type: 'session.start', version: 1, token })),
        reject,
      )
    })
  }
}

/** The heap is collected until nothing more goes: what a turn left over is garbage in a later one. */
async function heap(): Promise<number> {
  let used = Number.POSITIVE_INFINITY
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
    const { heapUsed } = process.memoryUsage()
    if (heapUsed >= used) return used
    used = heapUsed
  }
}

async function measure(): Promise<void> {
  await using server = await startInProcess()
  await makeRooms(server)
  const socket = `${server.url.replace('http', 'ws')}/v1/socket`
  const clients = new Worker(new URL(import.meta.url))
  const come = async (from: number, count: number) => {
    const tokens = await Promise.all(Array.from({ length: count }, (_, at) => server.token(identityOf(from + at))))
    clients.postMessage({ socket, tokens } satisfies Comers)
    await once(clients, 'message')
  }
  await come(0, WARM_UP)
  const before = await heap()
  await come(WARM_UP, COUNT)
  process.send?.({ each: ((await heap()) - before) / COUNT } satisfies ConnectionHeap)
  await clients.terminate()
  process.disconnect?.()
}

if (isMainThread) await measure()
else parentPort?.on('message', (comers: Comers) => void signIn(comers).then(() => parentPort?.postMessage('here')))
