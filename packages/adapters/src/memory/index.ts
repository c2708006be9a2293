export { MemoryBlobs } from './memory-blobs.ts'
export { type MemoryOptions, MemoryStore } from './memory-store.ts'
