export { type NatsOptions, openNatsBus } from './nats-bus.ts'
