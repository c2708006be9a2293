import { describeLaw, describeModel } from '@conversa/core/testing'
import { MemoryStore } from './memory-store.ts'

const open = () => new MemoryStore()

describeLaw('memory', open)
describeModel('memory', { open, runs: 200 })
