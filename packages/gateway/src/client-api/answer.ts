import { STATUS_CODES } from 'node:http'
import type { Refusal } from '@conversa/core'
import { restErrorBody } from '@conversa/protocol'

/** What a tunnelled request is answered: an HTTP status, and a body that is sent as JSON. */
export interface Answer {
  readonly status: number
  readonly body?: object
}

/** What the vendor's client shows as the message of an error: the name of the status. */
export const statusName = (status: number): string => STATUS_CODES[status] ?? String(status)

export const ok = (body: object): Answer => ({ status: 200, body })
export const created = (body: object): Answer => ({ status: 201, body })
export const DONE: Answer = { status: 204 }

/** A refusal in the form that the vendor's client reads (twilio-wire-protocol 7). */
export function refused(refusal: Refusal): Answer {
  const body = restErrorBody(refusal.body())
  return { status: body.status, body }
}
