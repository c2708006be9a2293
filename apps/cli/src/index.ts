export { assemble, createCore, type Parts } from './assemble.ts'
export {
  createTestServer,
  type TestClientOptions,
  type TestServer,
  type TestServerOptions,
} from './test-server/create-test-server.ts'
export { type Direction, Network, type Passing, type Rule, type Verdict } from './test-server/network.ts'
export type { PhoneMessage, TestPhone } from './test-server/phones.ts'
export { Timers } from './test-server/timers.ts'
