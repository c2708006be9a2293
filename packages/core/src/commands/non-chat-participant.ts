import { type Command, LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import { canonicalAddress, channelOf, checkAddresses } from '../records/address.ts'
import { checkAttributes } from '../records/attributes.ts'
import type {
  AddressPair,
  BindingRecord,
  ConversationRecord,
  ParticipantRecord,
  RoleRecord,
  ServiceRecord,
} from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { type Access, accessInside, requireOpen, serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { checkMember, groupOf } from './group.ts'
import { handler } from './handler.ts'
import { checkRoom } from './participant.ts'
import { checkRole } from './role.ts'
import { participantView } from './views.ts'

type Add = Command<'participant.addNonChat'>

interface AddFacts extends Access {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  /** The open conversation of the account that the addresses lead to already. */
  readonly taken: ConversationRecord | undefined
  /** Who is there, when it is a group of phones. */
  readonly group: readonly ParticipantRecord[] | undefined
}

export const pairOf = ({ address, proxyAddress }: AddressPair): AddressPair => ({
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
    return { ...found, service, roles, taken, group: await groupOf(reads, found.conversation) }
  },
  decide({ conversation, rights, service, roles, taken, group }, command, { now, makeSid }, given) {
    const { roleSid, dateCreated = now, dateUpdated = dateCreated } = given
    const refusal =
      requirePermission(rights, 'addNonChatParticipant') ??
      requireOpen(conversation) ??
      checkAddresses(command) ??
      checkEmailFields(command) ??
      checkAttributes(command.attributes, LIMITS.participantAttributesBytes) ??
      checkRole(roles, roleSid, 'conversation') ??
      checkFree(service, taken) ??
      (group && checkMember(group, { binding: bindingOf(command), projectedAddress: null })) ??
      checkNonChatRoom(conversation) ??
      checkRoom(conversation)
    if (refusal) return refusal
    const changes = new Changes(conversation)
    const { attributes = '{}' } = command
    const fields = { roleSid: roleSid ?? service.defaultConversationRoleSid, attributes, dateCreated, dateUpdated }
    const participant = { sid: makeSid('participant'), binding: bindingOf(command), ...fields }
    return { changes, result: { participant: participantView(enter(changes, participant)) } }
  },
})

/** How somebody is reached, as it is kept. */
export function bindingOf(command: Pick<Add, 'address' | 'proxyAddress' | 'name' | 'level'>): BindingRecord {
  const isEmail = channelOf(command.address) === 'email'
  return { ...pairOf(command), name: command.name || null, level: isEmail ? (command.level ?? 'to') : null }
}

type Newcomer = Pick<ParticipantRecord, 'sid' | 'binding' | 'roleSid' | 'attributes' | 'dateCreated' | 'dateUpdated'> & {
  readonly projectedAddress?: string | null
}

/** Puts somebody who is not in the app into a conversation. */
export function enter(changes: Changes, newcomer: Newcomer): ParticipantRecord {
  const participant: ParticipantRecord = {
    projectedAddress: null,
    ...newcomer,
    conversationSid: changes.conversation.sid,
    identity: null,
    thread: null,
    notificationLevel: 'default',
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
  }
  changes.participantJoined(participant)
  return participant
}

/** The open conversation of an account that a pair of addresses leads to. */
export async function openConversationOf(
  reads: Reads,
  { accountSid }: Pick<ServiceRecord, 'accountSid'>,
  addresses: AddressPair,
): Promise<ConversationRecord | undefined> {
  for (const conversation of await reads.openConversationsOf(addresses)) {
    const service = await reads.service(conversation.serviceSid)
    if (service?.accountSid === accountSid) return conversation
  }
  return undefined
}

/** A name and a level are of e-mail alone. */
export function checkEmailFields({ address, name, level }: Pick<Add, 'address' | 'name' | 'level'>): Refusal | undefined {
  if (channelOf(address) === 'email' || (name === undefined && level === undefined)) return undefined
  return new Refusal('parameter-invalid', { field: name === undefined ? 'level' : 'name' })
}

/** Callers read the SID of the conversation in the message (3.1); one of another service is nobody's business here (G7). */
export function checkFree(service: ServiceRecord, taken: ConversationRecord | undefined): Refusal | undefined {
  if (!taken) return undefined
  return new Refusal('address-pair-taken', taken.serviceSid === service.sid ? { conversationSid: taken.sid } : undefined)
}

export function checkNonChatRoom({ nonChatCount }: ConversationRecord): Refusal | undefined {
  const limit = LIMITS.nonChatParticipantsPerConversation
  return nonChatCount < limit ? undefined : new Refusal('non-chat-limit-reached', { limit })
}
