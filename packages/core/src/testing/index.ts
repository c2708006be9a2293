export { describeBlobs } from './blobs-contract.ts'
export { describeChannelNodes, describeSharedChannel } from './channel-nodes-contract.ts'
export { type BeginWorld, describeCore } from './core-contract.ts'
export { CoreWorld, type OpenStore, Person, Recorder, Refused, refusalOf } from './core-world.ts'
export { describeLaw } from './law.ts'
export { describeModel, type ModelOptions } from './model.ts'
export { describeNodes, type OpenedNodes } from './nodes-contract.ts'
export {
  type DurableStore,
  describeDurableStore,
  describeSharedStore,
  describeStore,
  type OpenedStore,
} from './store-contract.ts'
