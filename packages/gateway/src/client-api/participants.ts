import type { Participant } from '@conversa/protocol'
import { isJsonObject } from '../twilsock/json.ts'
import { type Answer, created, DONE, ok } from './answer.ts'
import type { Call } from './call.ts'
import type { Links } from './links.ts'

/** A participant as REST shows them (rest-and-semantics 1.4). */
function participantResource(call: Call, links: Links, conversationSid: string, participant: Participant): object {
  const { binding } = participant
  const conversation = `${links.conversations}/${conversationSid}`
  return {
    sid: participant.sid,
    account_sid: call.grant.accountSid,
    chat_service_sid: call.grant.serviceSid,
    conversation_sid: conversationSid,
    identity: participant.identity,
    attributes: participant.attributes,
    role_sid: participant.roleSid,
    messaging_binding: binding && { type: binding.type, address: binding.address, proxy_address: binding.proxyAddress },
    last_read_message_index: participant.lastReadMessageIndex,
    date_created: new Date(participant.dateCreated).toISOString(),
    date_updated: new Date(participant.dateUpdated).toISOString(),
    url: `${conversation}/Participants/${participant.sid}`,
    links: { conversation },
  }
}

/** Joins, adds a user, or adds somebody who is not in the app. */
export async function addParticipant(call: Call, links: Links, name: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  const { identity, attributes, messaging_binding: binding } = call.request.body
  const { participant } = isJsonObject(binding)
    ? await call.execute('participant.addNonChat', { conversationSid, attributes, ...bindingFields(binding) })
    : await call.execute('participant.add', { conversationSid, identity, attributes })
  return created(participantResource(call, links, conversationSid, participant))
}

export async function updateParticipant(call: Call, links: Links, name: string, participant: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  await call.execute('participant.update', { conversationSid, participant, attributes: call.request.body.attributes })
  const found = await call.ask('participant.get', { conversationSid, participant })
  return ok(participantResource(call, links, conversationSid, found.participant))
}

export async function removeParticipant(call: Call, _links: Links, name: string, participant: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  await call.execute('participant.remove', { conversationSid, participant })
  return DONE
}

const bindingFields = ({ address, proxy_address: proxyAddress, name, level }: Readonly<Record<string, unknown>>) => ({
  address,
  proxyAddress,
  name,
  level,
})
