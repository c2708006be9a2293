import { describeChannelNodes, describeNodes, describeSharedChannel } from '@conversa/core/testing'
import { MemoryBus } from '../memory/memory-bus.ts'
import { openTestStore, withPostgres } from '../testing/postgres-suite.ts'

const openTwo = async () => {
  const { store, reopen } = await openTestStore()
  return [store, await reopen()] as const
}

withPostgres(() => {
  describeChannelNodes('PostgreSQL', openTwo)
  describeSharedChannel('PostgreSQL', openTwo)

  describeNodes('PostgreSQL, without a bus', async () => ({ stores: await openTwo(), buses: [undefined, undefined] }))

  describeNodes('PostgreSQL, with a bus', async () => {
    const bus = new MemoryBus()
    return { stores: await openTwo(), buses: [bus.join(), bus.join()] }
  })

  describeNodes('PostgreSQL, with a bus that loses everything', async () => {
    const bus = new MemoryBus()
    bus.isUp = false
    return { stores: await openTwo(), buses: [bus.join(), bus.join()] }
  })
})
