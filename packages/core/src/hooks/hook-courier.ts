import type { Attempt, Courier } from '../outbox/outbox-courier.ts'
import type { OutboxEntry, OutboxPayloads } from '../records/outbox-entry.ts'

/** One request to a webhook. */
export interface HookRequest extends Readonly<OutboxPayloads['webhook']> {
  readonly eventId: string
  readonly accountSid: string
}

/** What a webhook answered; without a status it did not, or not in time. */
export interface HookAnswer {
  readonly status: number | undefined
  readonly body: string
}

/** What telling webhooks needs of the world. */
export interface HookPorts {
  /** Sends one request and waits for its answer, a few seconds at most. It never rejects. */
  send(request: HookRequest): Promise<HookAnswer>
  /** Hears that a webhook that was asked before something gave no answer in time; it happens nevertheless. */
  unanswered(webhookSid: string, event: string): void
}

/** Tries until a delivery becomes a dead letter: somewhat more than an hour and a half. */
export const HOOK_TRIES = 20
/** Queues of one webhook that are worked on at once. */
const AT_ONCE = 8

/** Tells webhooks what happened. */
export class HookCourier implements Courier<'webhook'> {
  readonly kind = 'webhook'
  readonly tries = HOOK_TRIES
  readonly atOnce = AT_ONCE
  readonly #ports: HookPorts

  constructor(ports: HookPorts) {
    this.#ports = ports
  }

  async send({ eventId, accountSid, payload, attempts }: OutboxEntry<'webhook'>): Promise<Attempt> {
    const fields = { ...payload.fields, RetryCount: String(attempts) }
    const { status } = await this.#ports.send({ ...payload, eventId, accountSid, fields })
    return { outcome: status !== undefined && status >= 200 && status < 300 ? 'arrived' : 'failed' }
  }
}
