import { isSidOf, LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { checkAttributes } from '../records/attributes.ts'
import { checkIdentity } from '../records/identity.ts'
import type { Rights } from '../records/permissions.ts'
import {
  type ConversationRecord,
  differing,
  type ParticipantRecord,
  type RoleRecord,
  type ServiceRecord,
  type UserRecord,
} from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { type Access, accessBySid, accessInside, requireOpen, serviceOf } from './access.ts'
import type { FirstParticipant, GivenWith } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { checkConversations } from './conversation-limit.ts'
import { groupOf } from './group.ts'
import { type Context, conversationScope, handler } from './handler.ts'
import { type Horizon, horizonAt, moveHorizon } from './read-horizon.ts'
import { checkRole, mayGiveRole } from './role.ts'
import { newUser } from './user.ts'
import { participantView } from './views.ts'

interface AddFacts extends Access {
  readonly roles: ReadonlyMap<string, RoleRecord>
  readonly service: ServiceRecord
  readonly newcomer: UserRecord | undefined
  /** The last revision of a user of that name who was deleted. */
  readonly departed: number
  readonly present: ParticipantRecord | undefined
  /** Why they may be in no further conversation. */
  readonly crowded: Refusal | undefined
  readonly isGroup: boolean
}

/** Adding somebody, or joining when it is oneself. Who is not known yet becomes a user (rest-and-semantics 3.10). */
export const addParticipant = handler<'participant.add', AddFacts>({
  scopes: (actor, { conversationSid, identity }): Scope[] => [
    { conversation: conversationSid },
    { user: { serviceSid: actor.serviceSid, identity } },
  ],
  async facts(reads, actor, { conversationSid, identity }, _given, context) {
    const found = await accessBySid(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    return {
      ...found,
      roles: await reads.roles(actor.serviceSid),
      service: await serviceOf(reads, actor),
      newcomer: await reads.user({ serviceSid: actor.serviceSid, identity }),
      departed: await reads.departedRevision({ serviceSid: actor.serviceSid, identity }),
      present: await reads.participantOf(conversationSid, identity),
      crowded: await checkConversations(reads, { serviceSid: actor.serviceSid, identity }, context),
      isGroup: (await groupOf(reads, found.conversation)) !== undefined,
    }
  },
  decide({ conversation, rights, sight, present, crowded, isGroup, ...facts }, { identity, attributes }, context, given) {
    const joins = identity === rights.identity
    const refusal =
      (joins ? mayJoin(conversation, rights) : mayAdd(rights, sight)) ??
      requireOpen(conversation) ??
      checkNewcomer({ ...given, identity, attributes }, facts.roles) ??
      (present ? new Refusal('participant-exists') : undefined) ??
      (isGroup ? new Refusal('projected-address-missing') : undefined) ??
      checkRoom(conversation) ??
      crowded
    if (refusal) return refusal
    const changes = new Changes(conversation)
    const participant = join(changes, { ...given, identity, attributes }, facts, context)
    return { changes, result: { participant: participantView(participant) } }
  },
})

/** Whether somebody can be a participant at all, whoever they are and wherever it is. */
export function checkNewcomer(
  { identity, attributes, roleSid }: FirstParticipant,
  roles: ReadonlyMap<string, RoleRecord>,
): Refusal | undefined {
  return (
    checkIdentity(identity) ??
    checkAttributes(attributes, LIMITS.participantAttributesBytes) ??
    checkRole(roles, roleSid, 'conversation')
  )
}

/** Puts somebody into a conversation; who is not known yet becomes a user. */
export function join(
  changes: Changes,
  { identity, attributes, roleSid, projectedAddress = null, ...dates }: FirstParticipant,
  { service, newcomer, departed }: Pick<AddFacts, 'service' | 'newcomer' | 'departed'>,
  context: Context,
): ParticipantRecord {
  const { conversation } = changes
  const user = newcomer ?? newUser(service, identity, { departed }, context)
  if (!newcomer) changes.userCreated(user)
  const isCreator = conversation.createdBy === identity
  const { dateCreated = context.now, dateUpdated = dateCreated } = dates
  const participant: ParticipantRecord = {
    sid: context.makeSid('participant'),
    conversationSid: conversation.sid,
    identity,
    binding: null,
    projectedAddress,
    thread: null,
    roleSid: roleSid ?? (isCreator ? service.defaultCreatorRoleSid : service.defaultConversationRoleSid),
    attributes: attributes ?? '{}',
    notificationLevel: 'default',
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
    dateCreated,
    dateUpdated,
  }
  changes.participantJoined(participant, changes.userAfter(user))
  return participant
}

interface ParticipantFacts extends Access {
  readonly participant: ParticipantRecord
}

export interface UpdateFacts extends ParticipantFacts {
  readonly roles: ReadonlyMap<string, RoleRecord>
  readonly member: UserRecord | undefined
  /** Where a back end sets the horizon. */
  readonly horizon: Horizon | undefined
}

/** Attributes and role; for back ends also how far they have read, and whether they are muted. */
export const updateParticipant = handler<'participant.update', UpdateFacts>({
  scopes: conversationScope,
  facts: updateFacts,
  decide(facts, { attributes, roleSid }, { now }, given) {
    const isRoleAlone = roleSid !== undefined && attributes === undefined
    const refusal = (isRoleAlone ? undefined : mayUpdate(facts, attributes, given)) ?? mayChangeRole(facts, roleSid)
    if (refusal) return refusal
    const changes = new Changes(facts.conversation)
    changeParticipant(changes, facts, attributes, { roleSid, ...given }, now)
    return { changes, result: {} }
  },
})

type GivenUpdate = GivenWith<'participant.update'>

export async function updateFacts(
  reads: Reads,
  actor: Actor,
  command: { readonly conversationSid: string; readonly participant: string },
  { lastReadMessageIndex, lastReadTimestamp }: GivenUpdate,
): Promise<UpdateFacts | Refusal> {
  const facts = await participantFacts(reads, actor, command)
  if (facts instanceof Refusal) return facts
  const { conversation, participant } = facts
  const member = await memberOf(reads, conversation, participant)
  const isMoved = lastReadMessageIndex !== undefined || lastReadTimestamp !== undefined
  const index = lastReadMessageIndex === undefined ? participant.lastReadMessageIndex : lastReadMessageIndex
  const horizon = isMoved ? await horizonAt(reads, conversation, index) : undefined
  return { ...facts, member, horizon, roles: await reads.roles(actor.serviceSid) }
}

export function mayUpdate(
  { conversation, rights, participant, roles }: UpdateFacts,
  attributes: string | undefined,
  given: GivenUpdate,
): Refusal | undefined {
  const own = participant.identity === rights.identity
  return (
    requirePermission(rights, own ? 'editOwnParticipantAttributes' : 'editAnyParticipantAttributes') ??
    (isTheirsAlone(attributes, given) ? undefined : requireOpen(conversation)) ??
    checkAttributes(attributes, LIMITS.participantAttributesBytes) ??
    checkRole(roles, given.roleSid, 'conversation')
  )
}

/** How far somebody has read, and whether they are muted, is theirs: it changes nothing in a conversation, also when that is closed. */
function isTheirsAlone(attributes: string | undefined, { roleSid, dateCreated, dateUpdated, ...theirs }: GivenUpdate): boolean {
  const isOther = [attributes, roleSid, dateCreated, dateUpdated].some((value) => value !== undefined)
  return !isOther && Object.values(theirs).some((value) => value !== undefined)
}

/** Whether a participant may be given a role by somebody who is not a back end. */
function mayChangeRole(
  { conversation, rights, participant, roles }: UpdateFacts,
  roleSid: string | undefined,
): Refusal | undefined {
  if (roleSid === undefined) return undefined
  const former = participant.roleSid === null ? undefined : roles.get(participant.roleSid)
  return (
    mayGiveRole(rights, former) ??
    requireOpen(conversation) ??
    checkRole(roles, roleSid, 'conversation') ??
    mayGiveRole(rights, roles.get(roleSid))
  )
}

/** @param facts with the participant as they are after what was changed before */
export function changeParticipant(
  changes: Changes,
  { participant, member, horizon }: Pick<UpdateFacts, 'participant' | 'member' | 'horizon'>,
  attributes: string | undefined,
  { roleSid, dateCreated, dateUpdated, notificationLevel, lastReadTimestamp }: GivenUpdate,
  now: number,
): void {
  const changed = differing(participant, { attributes, roleSid, dateCreated })
  const redated = dateUpdated !== undefined && dateUpdated !== participant.dateUpdated
  let next = participant
  if (redated || Object.keys(changed).length > 0) next = changes.participantUpdated(next, changed, dateUpdated ?? now)
  next = moveHorizon(changes, next, member, horizon, lastReadTimestamp, dateUpdated ?? now)
  if (member && notificationLevel !== undefined && notificationLevel !== participant.notificationLevel)
    changes.membershipUpdated(next, changes.userAfter(member), { notificationLevel })
}

/** Removing somebody, or leaving when it is oneself. One can leave a closed conversation too. */
export const removeParticipant = handler<'participant.remove', ParticipantFacts & { member: UserRecord | undefined }>({
  scopes: conversationScope,
  async facts(reads, actor, command) {
    const facts = await participantFacts(reads, actor, command)
    if (facts instanceof Refusal) return facts
    return { ...facts, member: await memberOf(reads, facts.conversation, facts.participant) }
  },
  decide({ conversation, rights, participant, member }) {
    const own = participant.identity === rights.identity
    const refusal = requirePermission(rights, own ? 'leaveConversation' : 'removeParticipant')
    if (refusal) return refusal
    const changes = new Changes(conversation)
    changes.participantLeft(participant, member)
    return { changes, result: {} }
  },
})

/** Mute or unmute: a matter between one user and one conversation, told to the user's own devices only. */
export const updateMembership = handler<'membership.update', Access>({
  scopes: (actor, { conversationSid }): Scope[] => [{ conversation: conversationSid }, { user: actor }],
  facts: (reads, actor, { conversationSid }) => accessInside(reads, actor, conversationSid),
  decide({ conversation, rights, user }, { notificationLevel }) {
    const { participant } = rights
    if (!participant || !user) return new Refusal('not-a-participant')
    const refusal = requirePermission(rights, 'editNotificationLevel')
    if (refusal) return refusal
    const changes = new Changes(conversation)
    if (participant.notificationLevel !== notificationLevel) changes.membershipUpdated(participant, user, { notificationLevel })
    return { changes, result: {} }
  },
})

/**
 * Finds a participant by SID or, failing that, by identity (rest-and-semantics 3.2).
 *
 * @param name a SID or an identity
 */
export async function findParticipant(
  reads: Reads,
  conversationSid: string,
  name: string,
): Promise<ParticipantRecord | undefined> {
  const bySid = isSidOf('participant', name) ? await reads.participant(conversationSid, name) : undefined
  return bySid ?? (await reads.participantOf(conversationSid, name))
}

/** The user that a participant is; undefined for who is in it by an address. */
async function memberOf(
  reads: Reads,
  { serviceSid }: ConversationRecord,
  { identity }: ParticipantRecord,
): Promise<UserRecord | undefined> {
  return identity === null ? undefined : await reads.user({ serviceSid, identity })
}

async function participantFacts(
  reads: Reads,
  actor: Actor,
  command: { readonly conversationSid: string; readonly participant: string },
): Promise<ParticipantFacts | Refusal> {
  const found = await accessInside(reads, actor, command.conversationSid)
  if (found instanceof Refusal) return found
  const participant = await findParticipant(reads, command.conversationSid, command.participant)
  return participant ? { ...found, participant } : new Refusal('participant-not-found')
}

function mayJoin(conversation: ConversationRecord, rights: Rights): Refusal | undefined {
  return conversation.createdBy === rights.identity ? undefined : requirePermission(rights, 'joinConversation')
}

function mayAdd(rights: Rights, sight: Access['sight']): Refusal | undefined {
  return sight === 'full' ? requirePermission(rights, 'addParticipant') : new Refusal('not-a-participant')
}

/** Whether one more fits in (rest-and-semantics 3.7). */
export function checkRoom(conversation: ConversationRecord): Refusal | undefined {
  if (conversation.participantsCount < LIMITS.participantsPerConversation) return undefined
  return new Refusal('participant-limit-reached', { limit: LIMITS.participantsPerConversation })
}
