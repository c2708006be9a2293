import { Refusal } from '@conversa/core'
import { isJsonObject } from '../../twilsock/json.ts'
import { type Answer, created } from '../answer.ts'
import { type Call, Refused } from '../call.ts'
import type { Links } from '../links.ts'
import { carryOut } from './commands.ts'
import { mustBeOwn } from './session.ts'

/** What 1.x takes for success; any other number is the code of an error. */
const DONE = { status: 200, statusText: 'OK' } as const
/** Identifiers of commands are UUIDs. */
const LONGEST_ID = 64

/**
 * Takes a command. The client waits for an item of the list that has its answer, and would wait for ever if the connection were lost between
 * the answer to this request and that item: so nothing is done before the list is followed, and the item goes first (twilio-wire-protocol 4.3).
 */
export async function addCommand(call: Call, links: Links, list: string): Promise<Answer> {
  const { data } = call.request.body
  mustBeOwn(call, list)
  if (
    !isJsonObject(data) ||
    typeof data.commandId !== 'string' ||
    data.commandId.length > LONGEST_ID ||
    !isJsonObject(data.request)
  )
    throw new Refused(new Refusal('parameter-invalid', { field: '/data' }))
  const { commandId, request } = data
  if (!(await call.subscriptions.followed(list))) throw new Refused(new Refusal('too-many-requests'))
  const response = await responseTo(call, links, commandId, request)
  const index = await call.subscriptions.add(list, { commandId, response })
  const date_updated = new Date(index).toISOString()
  return created({ index, url: `${links.sync}/Lists/${list}/Items/${index}`, revision: '0', last_event_id: 0, date_updated })
}

async function responseTo(call: Call, links: Links, id: string, request: Readonly<Record<string, unknown>>): Promise<object> {
  try {
    return { ...(await carryOut(call, links, id, request)), ...DONE }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, message } = error.refusal.body()
    return { status: code, statusText: message }
  }
}
