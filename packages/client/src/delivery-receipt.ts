import type { Delivery, Receipt } from '@conversa/protocol'

/** To how many of those who are to get a message something applies. */
export type DeliveryAmount = 'none' | 'some' | 'all'

/** How far a message has come on its way to one participant. */
export type DeliveryStatus = 'queued' | 'sent' | 'failed' | 'undelivered' | 'delivered' | 'read'

/** How far a message has come on its way to all participants outside of the app. It does not change: the message gets a new one. */
export class AggregatedDeliveryReceipt {
  readonly #delivery: Delivery

  /** @internal */
  constructor(delivery: Delivery) {
    this.#delivery = delivery
  }

  /** How many participants are to get it. */
  get total(): number {
    return this.#delivery.total
  }

  /** To how many it is on its way, or has come. */
  get sent(): DeliveryAmount {
    return this.#delivery.sent
  }

  /** How many have got it. */
  get delivered(): DeliveryAmount {
    return this.#delivery.delivered
  }

  /** How many have read it, as far as their channel tells. */
  get read(): DeliveryAmount {
    return this.#delivery.read
  }

  /** To how many the carrier could not deliver it. */
  get undelivered(): DeliveryAmount {
    return this.#delivery.undelivered
  }

  /** To how many it could not be sent. */
  get failed(): DeliveryAmount {
    return this.#delivery.failed
  }
}

/** How far a message has come on its way to one participant, as it was when asked for. */
export class DetailedDeliveryReceipt {
  readonly sid: string
  readonly messageSid: string
  readonly conversationSid: string
  /** What the carrier calls the message. */
  readonly channelMessageSid: string
  readonly participantSid: string
  readonly status: DeliveryStatus
  /** Why it failed, as the carrier says; 0 when it did not. */
  readonly errorCode: string | 0
  /** ISO 8601. */
  readonly dateCreated: string
  /** ISO 8601. */
  readonly dateUpdated: string

  /** @internal */
  constructor(conversationSid: string, receipt: Receipt) {
    this.sid = receipt.sid
    this.messageSid = receipt.messageSid
    this.conversationSid = conversationSid
    this.channelMessageSid = receipt.channelMessageSid
    this.participantSid = receipt.participantSid
    this.status = receipt.status
    this.errorCode = receipt.errorCode === null ? 0 : String(receipt.errorCode)
    this.dateCreated = new Date(receipt.dateCreated).toISOString()
    this.dateUpdated = new Date(receipt.dateUpdated).toISOString()
  }
}
