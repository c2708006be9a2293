import { createHistogram } from 'node:perf_hooks'
import { upload, uploaded } from '../end-to-end/media-client.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import type { Workload } from './bench.ts'
import { latencyOf, shown, shownLatency } from './figures.ts'
import { cpuSeconds } from './load/load.ts'
import { type OurServer, ourServer } from './our-server.ts'
import { BODY } from './seed.ts'
import { SMALL } from './sending.ts'
import { TENANT } from './tenant.ts'

const AT_ONCE = 16
const REQUESTS = 4000
const FILES = 40
const FETCHES = 200
const MEGABYTES = 5
const BYTES = Buffer.alloc(MEGABYTES * 1_000_000, 'a file of a measurement, ')

/** One kind of request, made many times. */
interface Kind {
  readonly name: string
  readonly count: number
  /** Megabytes of each, where they are what counts. */
  readonly megabytes?: number
  /** @param at which one it is */
  request(at: number): Promise<Response>
}

/** Sends a file, and asks where it is fetched from. @returns its address */
async function fileAddress({ process: { url }, users }: OurServer): Promise<string> {
  const { token = '' } = users[0] ?? {}
  const { sid } = await uploaded(url, token, BYTES, { contentType: 'text/plain', filename: 'a.txt', category: 'media' })
  const client = await RawClient.signIn(url, token)
  const { urls } = await client.ask({ type: 'media.urls', sids: [sid] })
  client.socket.terminate()
  return new URL(urls[0]?.url ?? '', url).href
}

/** Makes all requests of a kind, some at once. @returns its row */
async function row({ name, count, megabytes, request }: Kind, { process }: OurServer): Promise<string[]> {
  const histogram = createHistogram()
  let next = 0
  const work = async () => {
    while (next < count) {
      const began = performance.now()
      const response = await request(next++)
      // What comes is let go: to keep it would be the clients' work.
      await response.body?.pipeTo(new WritableStream())
      if (!response.ok) throw new Error(`${name}: ${response.status}`)
      histogram.record(Math.max(1, Math.round((performance.now() - began) * 1000)))
    }
  }
  const [cpu, began] = [await cpuSeconds([process.pid]), performance.now()]
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const [used, seconds] = [(await cpuSeconds([process.pid])) - cpu, (performance.now() - began) / 1000]
  const latency = shownLatency(latencyOf(histogram), 1)
  const rate = megabytes ? `${shown((count * megabytes) / seconds)} MB` : shown(count / seconds)
  return [name, rate, latency, shown((used / count) * 1000, 2)]
}

function kindsOf({ process: { url }, users }: OurServer, file: string): Kind[] {
  const { CONVERSA_ACCOUNT_SID: account, CONVERSA_AUTH_TOKEN: secret } = TENANT
  const authorization = `Basic ${Buffer.from(`${account}:${secret}`).toString('base64')}`
  const rooms = users[0]?.rooms ?? []
  const at = (number: number) => `${url}/v1/Conversations/${rooms[number % rooms.length]}`
  const get = (path: string) => fetch(path, { headers: { authorization } })
  // Of many people: one of them may not have so much under way.
  const send = (number: number) =>
    upload(url, users[number % users.length]?.token ?? '', BYTES, {
      contentType: 'text/plain',
      filename: 'a.txt',
      category: 'media',
    })
  return [
    {
      name: 'a message is created',
      count: REQUESTS,
      request: (number) =>
        fetch(`${at(number)}/Messages`, {
          method: 'POST',
          headers: { authorization },
          body: new URLSearchParams({ Body: BODY }),
        }),
    },
    { name: 'a conversation is read', count: REQUESTS, request: (number) => get(at(number)) },
    { name: '50 messages are read', count: REQUESTS, request: (number) => get(`${at(number)}/Messages?Order=desc`) },
    { name: `a file of ${MEGABYTES} MB is sent`, count: FILES, megabytes: MEGABYTES, request: send },
    { name: `a file of ${MEGABYTES} MB is fetched`, count: FETCHES, megabytes: MEGABYTES, request: () => fetch(file) },
  ]
}

/** What REST and files cost. */
export const http: Workload = {
  name: 'http',
  title: 'REST and files',
  about: [
    `${AT_ONCE} requests at a time over kept connections, from one process. Every created message, and every file, is on disk before the answer. Per second;`,
    'milliseconds of a request, p50 / p99; milliseconds of the server’s CPU time each.',
  ],
  columns: ['request', 'per second', 'ms', 'CPU ms'],
  async *rows() {
    await using server = await ourServer(SMALL)
    for (const kind of kindsOf(server, await fileAddress(server))) yield await row(kind, server)
  },
}
