export { SmppAdapter, type SmppOptions } from './smpp-adapter.ts'
