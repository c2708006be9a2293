import type { Reads } from '@conversa/core'
import { expect, onTestFinished, test } from 'vitest'
import { type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { manyConversations } from '../scenarios/many-conversations.ts'
import { RawTwilsock } from './raw-twilsock.ts'

const COUNT = 1000
const PAGE = 50
/** Reads that a page may cost besides what it shows, whatever there is. */
const BESIDES = 10

/** Counts what is read from now on: each question, and each row of its answer. */
function countReads({ store }: InProcessServer): { reads: number } {
  const counted = { reads: 0 }
  const read = store.read.bind(store)
  const counting = (reads: Reads): Reads =>
    new Proxy(reads, {
      get: (target, name: keyof Reads) => {
        const ask = target[name] as (...given: unknown[]) => unknown
        return async (...given: unknown[]) => {
          const answer = await ask.apply(target, given)
          counted.reads += Array.isArray(answer) ? 1 + answer.length : 1
          return answer
        }
      },
    })
  store.read = ((work: (reads: Reads) => unknown) => read((reads) => work(counting(reads)) as never)) as never
  return counted
}

interface Page {
  readonly items: readonly { readonly key: string; readonly data: object }[]
  readonly meta: { readonly next_token: string | null; readonly previous_token: string | null }
}

async function begin(count: number) {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const raw = await RawTwilsock.connect(server.url)
  await raw.call('init', { token: await server.token('alice') })
  const sids = (await manyConversations(server.core, { identity: 'alice', serviceSid: SERVICE_SID, count })).sort()
  const map = `/v3/Maps/${Buffer.from('alice').toString('base64url')}.my_conversations`
  const counted = countReads(server)
  const page = async (params: object) => (await raw.ask('GET', `${map}/Items`, undefined, params)).body as Page
  return { raw, map, sids, counted, page }
}

const keys = ({ items }: Page) => items.map(({ key }) => key)

test('opening the list of conversations, and any page of it, costs what it shows', async () => {
  const { raw, map, sids, counted, page } = await begin(COUNT)
  await raw.ask('GET', map)
  expect(counted.reads).toBeLessThanOrEqual(BESIDES)
  for (const order of ['asc', 'desc']) {
    for (const from of [undefined, sids[0], sids[500], sids[999]]) {
      counted.reads = 0
      const { items } = await page({ PageSize: String(PAGE), Order: order, ...(from && { From: from }) })
      expect(counted.reads).toBeLessThanOrEqual(items.length + BESIDES)
    }
  }
})

test('the list is paged in both directions, by tokens and by keys, each once', async () => {
  const { sids, page } = await begin(25)
  for (const order of ['asc', 'desc']) {
    const wanted = order === 'asc' ? sids : sids.toReversed()
    const seen: string[] = []
    let at = await page({ PageSize: '10', Order: order })
    expect(at.meta.previous_token).toBeNull()
    for (;;) {
      seen.push(...keys(at))
      if (at.meta.next_token === null) break
      at = await page({ PageToken: at.meta.next_token })
      expect(at.meta.previous_token).not.toBeNull()
    }
    expect(seen).toEqual(wanted)
    const back = await page({ PageToken: at.meta.previous_token ?? '' })
    expect(keys(back)).toEqual(wanted.slice(10, 20).reverse())
    const inclusive = await page({ PageSize: '11', Order: order, From: wanted[9] })
    expect(keys(inclusive)).toEqual(wanted.slice(9, 20))
    expect([inclusive.meta.previous_token, inclusive.meta.next_token].map((token) => token === null)).toEqual([false, false])
    const last = await page({ PageSize: '10', Order: order, From: wanted[20] })
    expect([keys(last), last.meta.next_token]).toEqual([wanted.slice(20), null])
  }
  expect(keys(await page({ From: 'nothing of the kind' }))).toEqual([])
  expect(keys(await page({ Order: 'asc', From: 'AA' }))).toEqual(sids)
})
