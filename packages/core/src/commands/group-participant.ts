import { LIMITS } from '@conversa/protocol'
import type { Scope } from '../ports/store.ts'
import { channelOf, isOwnAddress, isPersonAddress } from '../records/address.ts'
import { checkAttributes } from '../records/attributes.ts'
import type {
  BindingRecord,
  ConversationRecord,
  ParticipantRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
} from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { type Access, accessInside, requireOpen, serviceOf } from './access.ts'
import type { AnyCommand } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { checkMember, twinOf } from './group.ts'
import { handler } from './handler.ts'
import { checkNonChatRoom, enter } from './non-chat-participant.ts'
import { checkNewcomer, checkRoom, join } from './participant.ts'
import { checkRole } from './role.ts'
import { participantView } from './views.ts'

/** Groups are told apart by all of their addresses: whoever changes one waits for the others. */
export const GROUPS: Scope = { addresses: { address: 'groups', proxyAddress: '' } }

interface AddFacts extends Access {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  readonly people: readonly ParticipantRecord[]
  readonly twin: ConversationRecord | undefined
  readonly newcomer: UserRecord | undefined
  readonly departed: number
  readonly present: ParticipantRecord | undefined
}

/** How somebody is to be in a group. */
type Add = Pick<AnyCommand<'participant.addToGroup'>, 'identity' | 'address' | 'projectedAddress'>

/** How the newcomer is bound: a phone by its address, or by a number of ours. */
export const boundOf = ({ address, projectedAddress }: Add) => ({
  binding: address === undefined ? null : groupBinding(address),
  projectedAddress: projectedAddress ?? null,
})

const groupBinding = (address: string): BindingRecord => ({ address, proxyAddress: null, name: null, level: null })

/** Adding somebody to a group of phones; the first one makes it a group. */
export const addToGroup = handler<'participant.addToGroup', AddFacts>({
  scopes: ({ serviceSid }, { conversationSid, identity }): Scope[] => [
    { conversation: conversationSid },
    ...(identity === undefined ? [] : [{ user: { serviceSid, identity } }]),
    GROUPS,
  ],
  async facts(reads, actor, command) {
    const found = await accessInside(reads, actor, command.conversationSid)
    if (found instanceof Refusal) return found
    const { conversation } = found
    const { identity = '' } = command
    const key = { serviceSid: actor.serviceSid, identity }
    const [service, roles] = [await serviceOf(reads, actor), await reads.roles(actor.serviceSid)]
    const people = await reads.participants(conversation.sid, undefined, LIMITS.groupParticipants)
    const twin = await twinOf(reads, service, conversation, [...people, boundOf(command)])
    const [newcomer, departed] = [await reads.user(key), await reads.departedRevision(key)]
    return {
      ...found,
      service,
      roles,
      people,
      twin,
      newcomer,
      departed,
      present: await reads.participantOf(conversation.sid, identity),
    }
  },
  decide({ conversation, rights, people, twin, present, roles, ...facts }, command, context, given) {
    const { identity, attributes } = command
    const bound = boundOf(command)
    const refusal =
      requirePermission(rights, identity === undefined ? 'addNonChatParticipant' : 'addParticipant') ??
      requireOpen(conversation) ??
      checkForm(command) ??
      (identity === undefined ? undefined : checkNewcomer({ ...given, identity, attributes }, roles)) ??
      checkAttributes(attributes, LIMITS.participantAttributesBytes) ??
      checkRole(roles, given.roleSid, 'conversation') ??
      (present ? new Refusal('participant-exists') : undefined) ??
      checkMember(people, bound) ??
      (twin ? new Refusal('group-exists', twinDetail(facts.service, twin)) : undefined) ??
      checkNonChatRoom(conversation) ??
      checkRoom(conversation)
    if (refusal) return refusal
    const changes = new Changes(conversation)
    const { now, makeSid } = context
    const { dateCreated = now, dateUpdated = dateCreated, roleSid = facts.service.defaultConversationRoleSid } = given
    const fields = { roleSid, attributes: attributes ?? '{}', dateCreated, dateUpdated }
    const participant =
      identity === undefined
        ? enter(changes, { sid: makeSid('participant'), ...bound, ...fields })
        : join(changes, { ...given, identity, attributes, projectedAddress: bound.projectedAddress }, facts, context)
    return { changes, result: { participant: participantView(participant) } }
  },
})

/** One of another service is nobody's business here (G7). */
const twinDetail = (service: ServiceRecord, twin: ConversationRecord) =>
  twin.serviceSid === service.sid ? { conversationSid: twin.sid } : undefined

/** A phone has its address, and all others one of ours that stands for them. */
export function checkForm({ identity, address, projectedAddress }: Add): Refusal | undefined {
  if (address !== undefined && (identity !== undefined || projectedAddress !== undefined))
    return new Refusal('parameter-invalid', { field: 'MessagingBinding.Address' })
  if (address !== undefined)
    return channelOf(address) === 'sms' && isPersonAddress(address) ? undefined : new Refusal('address-invalid')
  if (projectedAddress === undefined) return new Refusal('projected-address-missing')
  return isOwnAddress('sms', projectedAddress) ? undefined : new Refusal('proxy-address-invalid')
}
