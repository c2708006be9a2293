import { describeCore } from '@conversa/core/testing'
import { MemoryStore } from './memory-store.ts'

describeCore('memory', () => new MemoryStore())
