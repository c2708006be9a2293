import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ChannelPlace } from '../channels/channel-holder.ts'
import type { Store } from '../ports/store.ts'
import { LeaseLost } from '../ports/store.ts'
import { CoreWorld, sid } from './core-world.ts'
import { WorldCarrier } from './world-carrier.ts'

const [PROXY, BEN] = ['+15559990000', '+15551230001'] as const
const HELPED = 'Write STOP'
/** Milliseconds after which a node looks again who has a channel. */
const LOOK = 1500
const WAIT = { timeout: 20_000 }

/** A node with a carrier, that lets its connection be made once or does not care. */
async function nodeOn(store: Store, node: number, isSingle: true | undefined = undefined) {
  const carrier = new WorldCarrier()
  carrier.isSingle = isSingle
  const places: ChannelPlace[] = []
  const account = { sid: sid('AC', 1), serviceSid: sid('IS', 1) }
  const channels = {
    routes: [{ account, adapter: carrier, addresses: [PROXY], answers: { help: HELPED } }],
    inspect: () => {
      throw new Error('there are no files')
    },
    moved: (_name: string, place: ChannelPlace) => void places.push(place),
  }
  const world = await CoreWorld.on(store, 1, { node, ports: { channels } })
  onTestFinished(() => world.core.closeChannels())
  return { world, store, carrier, places }
}

/**
 * A channel that runs on one node of several.
 *
 * @param open opens two stores that share what they keep, and have leases; the suite closes them
 */
export function describeChannelNodes(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`a channel that runs on one node of several, on ${name}`, () => {
    const scene = async () => {
      const stores = await open()
      onTestFinished(async () => {
        for (const store of stores) await store.close()
      })
      const [one, two] = [await nodeOn(stores[0], 1, true), await nodeOn(stores[1], 2, true)]
      const anna = await two.world.user('anna')
      const conversationSid = await anna.converse()
      await two.world.backEnd.do({ type: 'participant.addNonChat', conversationSid, address: BEN, proxyAddress: PROXY })
      for (const { world } of [one, two]) await world.core.openChannels()
      const bring = ({ carrier }: typeof one, id: string) =>
        carrier.door.receive({ id, address: BEN, proxyAddress: PROXY, body: id })
      const bodies = async () => (await anna.messages(conversationSid)).map(({ body }) => body)
      const delivery = async () => (await anna.messages(conversationSid))[0]?.delivery
      return { one, two, bring, bodies, delivery, say: (body: string) => anna.send(conversationSid, body) }
    }

    test('gets all that is to be sent, whoever writes it, and goes on elsewhere when it is closed', async () => {
      const { one, two, say, bring, bodies } = await scene()
      expect([one.places, two.places]).toEqual([['here'], ['elsewhere']])
      for (const body of ['one', 'two']) await say(body)
      await two.world.core.settled()
      await one.world.core.startOutbox()
      await one.world.core.settled()
      expect(two.carrier.tried).toEqual([])
      expect(one.carrier.take()).toEqual([
        [BEN, 'one'],
        [BEN, 'two'],
      ])
      await one.world.core.stopOutbox()
      await one.world.core.closeChannels()
      await say('three')
      two.world.pass(LOOK)
      await vi.waitFor(() => expect(two.carrier.take()).toEqual([[BEN, 'three']]), WAIT)
      await two.world.core.settled()
      await bring(two, 'answer')
      expect([one.places, two.places, one.carrier.isOpen]).toEqual([['here', 'given back'], ['elsewhere', 'here'], false])
      expect(await bodies()).toEqual(['one', 'two', 'three', 'answer'])
    })

    test('is left by a node that does not reach the database, before another one may have it', async () => {
      const { one, two, say } = await scene()
      vi.spyOn(Object(one.store.leases), 'hold').mockRejectedValue(new Error('the database does not answer'))
      one.world.pass(LOOK)
      one.world.pass(LOOK)
      expect([one.carrier.isOpen, one.places]).toEqual([true, ['here']])
      one.world.pass(LOOK)
      await vi.waitFor(() => expect([one.carrier.isOpen, one.places]).toEqual([false, ['here', 'lost']]), WAIT)
      await say('waits')
      for (const { world } of [one, two]) {
        await world.core.startOutbox()
        await world.core.settled()
      }
      expect([one.carrier.tried, two.carrier.tried]).toEqual([[], []])
    })

    test('brings nothing more to a node that has lost it without knowing', async () => {
      const { one, two, bring, bodies } = await scene()
      // As when the node stood still until its time was over.
      await one.store.leases?.release('channel carrier')
      two.world.pass(LOOK)
      await vi.waitFor(() => expect(two.carrier.isOpen).toBe(true), WAIT)
      await expect(bring(one, 'late')).rejects.toThrow(LeaseLost)
      await bring(two, 'answer')
      expect(await bodies()).toEqual(['answer'])
      one.world.pass(LOOK)
      await vi.waitFor(() => expect([one.carrier.isOpen, one.places]).toEqual([false, ['here', 'elsewhere']]), WAIT)
    })

    test('reports nothing to a node that has lost it without knowing, known or not', async () => {
      const { one, two, say, delivery } = await scene()
      await say('one')
      await one.world.core.startOutbox()
      await one.world.core.settled()
      const id = one.carrier.tried[0]?.id ?? ''
      const report = { id, status: 'delivered' } as const
      await one.store.leases?.release('channel carrier')
      two.world.pass(LOOK)
      await vi.waitFor(() => expect(two.carrier.isOpen).toBe(true), WAIT)
      // The other node may be sending what this one does not know yet: it must not deny it either.
      for (const told of [report, { ...report, id: 'of the other' }]) {
        await expect(one.carrier.door.report(told)).rejects.toThrow(LeaseLost)
      }
      expect(await delivery()).toMatchObject({ sent: 'all', delivered: 'none' })
      expect(await two.carrier.door.report(report)).toBe(true)
      expect(await delivery()).toMatchObject({ delivered: 'all' })
    })
  })
}

/**
 * A channel that every node may use.
 *
 * @param open opens two stores that share what they keep, and have leases; the suite closes them
 */
export function describeSharedChannel(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`a channel that every node uses, on ${name}`, () => {
    test('has a word answered once, whichever of them gets it, and when', async () => {
      const stores = await open()
      onTestFinished(async () => {
        for (const store of stores) await store.close()
      })
      const nodes = [await nodeOn(stores[0], 1), await nodeOn(stores[1], 2)]
      for (const { world } of nodes) await world.core.openChannels()
      const bring = ({ carrier }: (typeof nodes)[number], id: string) =>
        carrier.door.receive({ id, address: BEN, proxyAddress: PROXY, body: 'HELP' })
      await Promise.all(nodes.flatMap((node, at) => ['a', 'b', 'c'].map((id) => bring(node, `${at} ${id}`))))
      const settled = async () => {
        for (const { world } of nodes) {
          await world.core.startOutbox()
          await world.core.settled()
        }
        return nodes.flatMap(({ carrier }) => carrier.take())
      }
      expect(await settled()).toEqual([[BEN, HELPED]])
      for (const node of nodes) await bring(node, 'later')
      expect(await settled()).toEqual([])
    })
  })
}
