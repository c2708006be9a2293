import { type Command, LIMITS } from '@conversa/protocol'
import { type Access, accessInside, requireOpen, serviceOf } from './access.ts'
import { canonicalAddress, channelOf, checkAddresses } from './address.ts'
import { checkAttributes } from './attributes.ts'
import { Changes } from './changes.ts'
import { handler } from './handler.ts'
import { checkRoom } from './participant.ts'
import type { AddressPair, ConversationRecord, ParticipantRecord, RoleRecord, ServiceRecord } from './records.ts'
import { Refusal, requirePermission } from './refusal.ts'
import { checkRole } from './role.ts'
import type { Reads, Scope } from './store.ts'
import { participantView } from './views.ts'

type Add = Command<'participant.addNonChat'>

interface AddFacts extends Access {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  /** The open conversation of the account that the addresses lead to already. */
  readonly taken: ConversationRecord | undefined
}

const pairOf = ({ address, proxyAddress }: AddressPair): AddressPair => ({
  address: canonicalAddress(address),
  proxyAddress: canonicalAddress(proxyAddress),
})

/**
 * Adding somebody who takes part by SMS or the like. What they write must lead to one conversation, so a pair of addresses is in
 * one open conversation of the account at most; closing or deleting it, or removing them, frees the pair (rest-and-semantics 3.1).
 */
export const addNonChatParticipant = handler<'participant.addNonChat', AddFacts>({
  scopes: (_actor, command): Scope[] => [{ conversation: command.conversationSid }, { addresses: pairOf(command) }],
  async facts(reads, actor, command) {
    const found = await accessInside(reads, actor, command.conversationSid)
    if (found instanceof Refusal) return found
    const service = await serviceOf(reads, actor)
    const [taken, roles] = [await openConversationOf(reads, service, pairOf(command)), await reads.roles(service.sid)]
    return { ...found, service, roles, taken }
  },
  decide({ conversation, rights, service, roles, taken }, command, { now, makeSid }, given) {
    const { roleSid, dateCreated = now, dateUpdated = dateCreated } = given
    const refusal =
      requirePermission(rights, 'addNonChatParticipant') ??
      requireOpen(conversation) ??
      checkAddresses(command) ??
      checkEmailFields(command) ??
      checkAttributes(command.attributes, LIMITS.participantAttributesBytes) ??
      checkRole(roles, roleSid, 'conversation') ??
      checkFree(service, taken) ??
      checkNonChatRoom(conversation) ??
      checkRoom(conversation)
    if (refusal) return refusal
    const isEmail = channelOf(command.address) === 'email'
    const participant: ParticipantRecord = {
      sid: makeSid('participant'),
      conversationSid: conversation.sid,
      identity: null,
      binding: { ...pairOf(command), name: command.name || null, level: isEmail ? (command.level ?? 'to') : null },
      roleSid: roleSid ?? service.defaultConversationRoleSid,
      attributes: command.attributes ?? '{}',
      notificationLevel: 'default',
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      dateCreated,
      dateUpdated,
    }
    const changes = new Changes(conversation)
    changes.participantJoined(participant)
    return { changes, result: { participant: participantView(participant) } }
  },
})

async function openConversationOf(
  reads: Reads,
  { accountSid }: ServiceRecord,
  addresses: AddressPair,
): Promise<ConversationRecord | undefined> {
  for (const conversation of await reads.openConversationsOf(addresses)) {
    const service = await reads.service(conversation.serviceSid)
    if (service?.accountSid === accountSid) return conversation
  }
  return undefined
}

function checkEmailFields({ address, name, level }: Add): Refusal | undefined {
  if (channelOf(address) === 'email' || (name === undefined && level === undefined)) return undefined
  return new Refusal('parameter-invalid', { field: name === undefined ? 'level' : 'name' })
}

/** Callers read the SID of the conversation in the message (3.1); one of another service is nobody's business here (G7). */
function checkFree(service: ServiceRecord, taken: ConversationRecord | undefined): Refusal | undefined {
  if (!taken) return undefined
  return new Refusal('address-pair-taken', taken.serviceSid === service.sid ? { conversationSid: taken.sid } : undefined)
}

function checkNonChatRoom({ nonChatCount }: ConversationRecord): Refusal | undefined {
  const limit = LIMITS.nonChatParticipantsPerConversation
  return nonChatCount < limit ? undefined : new Refusal('non-chat-limit-reached', { limit })
}
