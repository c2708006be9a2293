export { EmailChannel, type EmailChannelOptions } from './email-channel.ts'
export type { MailListenerSettings } from './mail-listener.ts'
export type { MailRelaySettings } from './mail-relay.ts'
