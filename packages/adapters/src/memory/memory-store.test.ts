import { describeStore } from '@conversa/core/testing'
import { MemoryStore } from './memory-store.ts'

describeStore('memory', async () => ({ store: new MemoryStore() }))
