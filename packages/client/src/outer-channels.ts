/* What e-mail and other channels add to messages, for applications that ask: the server has none yet, so that none of it is ever in an answer. */

/** What an outer channel said about a message. */
export interface ChannelMetadata {
  readonly type: string
  readonly data: unknown
}

export type EmailRecipientLevel = 'to' | 'from' | 'cc'

/** Somebody whom a message went to as an e-mail. */
export interface EmailRecipientDescriptor {
  readonly type: 'email'
  readonly messageSid: string
  readonly level: EmailRecipientLevel
  readonly name: string
  readonly address: string
}

/** Somebody whom a message went to on a channel that this SDK does not know. */
export interface UnknownRecipientDescriptor {
  readonly type: string
  readonly messageSid: string
  readonly rawData: string
}

/** Somebody whom a message went to. */
export type RecipientDescriptor = EmailRecipientDescriptor | UnknownRecipientDescriptor
