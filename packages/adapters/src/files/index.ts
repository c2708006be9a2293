export { openFileBlobs } from './file-blobs.ts'
export { fileInventory } from './file-inventory.ts'
