export { PUSH_SERVICES, PushSender, type PushSenderOptions } from './push-sender.ts'
export { makeVapidKeys } from './vapid.ts'
