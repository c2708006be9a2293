import { describeBlobs } from '@conversa/core/testing'
import { MemoryBlobs } from './memory-blobs.ts'

describeBlobs('memory', async () => new MemoryBlobs())
