export { openFileBlobs } from './file-blobs.ts'
