export { type MemoryOptions, MemoryStore } from './memory-store.ts'
