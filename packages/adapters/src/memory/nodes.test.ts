import { describeNodes } from '@conversa/core/testing'
import { MemoryBus } from './memory-bus.ts'
import { MemoryStore } from './memory-store.ts'

describeNodes('one store in memory, with a bus', async () => {
  const [store, bus] = [new MemoryStore(), new MemoryBus()]
  return { stores: [store, store], buses: [bus.join(), bus.join()] }
})
