export { describeBlobs } from './blobs-contract.ts'
export { type BeginWorld, describeCore } from './core-contract.ts'
export { CoreWorld, type OpenStore, Person, Recorder, Refused, refusalOf } from './core-world.ts'
export { type DurableStore, describeDurableStore, describeStore, type OpenedStore } from './store-contract.ts'
