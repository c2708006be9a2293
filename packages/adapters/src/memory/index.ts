export { MemoryBlobs } from './memory-blobs.ts'
export { MemoryBus } from './memory-bus.ts'
export { type MemoryOptions, MemoryStore } from './memory-store.ts'
