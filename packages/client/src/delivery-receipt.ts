import type { Delivery, Receipt } from '@conversa/protocol'

/** To how many of those who are to get a message something applies. */
export type DeliveryAmount = 'none' | 'some' | 'all'

/** How far a message has come on its way to one participant. */
export type DeliveryStatus = 'queued' | 'sent' | 'failed' | 'undelivered' | 'delivered' | 'read'

/** How far a message has come on its way to all participants outside of the app. It does not change: the message gets a new one. */
export class AggregatedDeliveryReceipt {
  /** How many participants are to get it. */
  declare readonly total: number
  /** To how many it is on its way, or has come. */
  declare readonly sent: DeliveryAmount
  /** How many have got it. */
  declare readonly delivered: DeliveryAmount
  /** How many have read it, as far as their channel tells. */
  declare readonly read: DeliveryAmount
  /** To how many the carrier could not deliver it. */
  declare readonly undelivered: DeliveryAmount
  /** To how many it could not be sent. */
  declare readonly failed: DeliveryAmount

  /** @internal */
  constructor(delivery: Delivery) {
    Object.assign(this, delivery)
  }
}

/** How far a message has come on its way to one participant, as it was when asked for. */
export class DetailedDeliveryReceipt {
  declare readonly sid: string
  declare readonly messageSid: string
  declare readonly conversationSid: string
  /** What the carrier calls the message. */
  declare readonly channelMessageSid: string
  declare readonly participantSid: string
  declare readonly status: DeliveryStatus
  /** Why it failed, as the carrier says; 0 when it did not. */
  declare readonly errorCode: string | 0
  /** ISO 8601. */
  declare readonly dateCreated: string
  /** ISO 8601. */
  declare readonly dateUpdated: string

  /** @internal */
  constructor(conversationSid: string, { index: _, errorCode, dateCreated, dateUpdated, ...receipt }: Receipt) {
    Object.assign(this, receipt, {
      conversationSid,
      errorCode: errorCode === null ? 0 : String(errorCode),
      dateCreated: new Date(dateCreated).toISOString(),
      dateUpdated: new Date(dateUpdated).toISOString(),
    })
  }
}
