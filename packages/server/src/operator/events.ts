import { Readable } from 'node:stream'
import { Refusal } from '@conversa/core'
import { Type } from 'typebox'
import { sid } from '../rest/fields.ts'
import { type OperatorOperation, operatorRow } from './operator-operation.ts'

/** Characters that wait for somebody who reads too slowly, before they are cut off (G8). */
const MOST_WAITING = 1024 * 1024
/** Milliseconds between two empty lines, which say that somebody is there. */
const BETWEEN_SIGNS = 15_000

/** What happens, as it happens. */
export const EVENT_OPERATIONS: readonly OperatorOperation[] = [
  operatorRow({
    name: 'Event.follow',
    method: 'GET',
    path: '/Events',
    about: 'Events of a service from now on, each as a line of JSON as the protocol has it; empty lines mean nothing',
    fields: Type.Object({
      ServiceSid: sid('IS', { description: 'Of this service; of the default one unless it says otherwise' }),
      ConversationSid: sid('CH', { description: 'Only those of this conversation' }),
    }),
    takesLong: true,
    async run({ core, account, fields: { ServiceSid, ConversationSid } }) {
      const actor = await core.admitBackEnd(account, ServiceSid)
      if (actor instanceof Refusal) return actor
      return { status: 200, body: linesOf((hear) => core.overhear(actor, ConversationSid, hear)), type: 'application/x-ndjson' }
    },
  }),
]

/** @param overhear begins to hear, and gives what ends it */
function linesOf(overhear: (hear: (event: object) => void) => () => void): Readable {
  const lines = new Readable({ read() {} })
  const say = (line: string) => {
    if (lines.readableLength > MOST_WAITING) lines.destroy()
    else lines.push(`${line}\n`)
  }
  const end = overhear((event) => say(JSON.stringify(event)))
  const signs = setInterval(say, BETWEEN_SIGNS, '').unref()
  lines.once('close', () => {
    clearInterval(signs)
    end()
  })
  // The first one tells that it has begun.
  say('')
  return lines
}
