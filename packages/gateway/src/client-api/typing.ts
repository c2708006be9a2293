import { Refusal } from '@conversa/core'
import { type Answer, ok } from './answer.ts'
import { type Call, Refused } from './call.ts'

/** Tells the others that the user types. The answer says when to tell again, in seconds (twilio-wire-protocol 6.1). */
export async function startTyping(call: Call): Promise<Answer> {
  const { ChannelSid: conversationSid } = call.request.body
  if (typeof conversationSid !== 'string') throw new Refused(new Refusal('parameter-invalid', { field: '/ChannelSid' }))
  const answer = await call.core.startTyping(call.actor, conversationSid)
  if (answer instanceof Refusal) throw new Refused(answer)
  return ok({ typing_timeout: answer.timeout / 1000 })
}
