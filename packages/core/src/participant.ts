import { isSidOf, LIMITS, looksLikeSid } from '@conversa/protocol'
import { type Access, accessBySid, accessInside, requireOpen, serviceOf } from './access.ts'
import { type Actor, SYSTEM_IDENTITY } from './actor.ts'
import { checkAttributes } from './attributes.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler } from './handler.ts'
import type { Rights } from './permissions.ts'
import type { ConversationRecord, ParticipantRecord, ServiceRecord, UserRecord } from './records.ts'
import { Refusal, requirePermission } from './refusal.ts'
import type { Reads, Scope } from './store.ts'
import { newUser } from './user.ts'
import { participantView } from './views.ts'

interface AddFacts extends Access {
  readonly service: ServiceRecord
  readonly newcomer: UserRecord | undefined
  readonly present: ParticipantRecord | undefined
}

/** Adding somebody, or joining when it is oneself. Who is not known yet becomes a user (rest-and-semantics 3.10). */
export const addParticipant = handler<'participant.add', AddFacts>({
  scopes: (actor, { conversationSid, identity }): Scope[] => [
    { conversation: conversationSid },
    { user: { serviceSid: actor.serviceSid, identity } },
  ],
  async facts(reads, actor, { conversationSid, identity }) {
    const found = await accessBySid(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    return {
      ...found,
      service: await serviceOf(reads, actor),
      newcomer: await reads.user({ serviceSid: actor.serviceSid, identity }),
      present: await reads.participantOf(conversationSid, identity),
    }
  },
  decide({ conversation, rights, sight, service, newcomer, present }, { identity, attributes }, { now, makeSid }) {
    const joins = identity === rights.identity
    const refusal =
      (joins ? mayJoin(conversation, rights) : mayAdd(rights, sight)) ??
      requireOpen(conversation) ??
      checkIdentity(identity) ??
      checkAttributes(attributes, LIMITS.participantAttributesBytes) ??
      (present ? new Refusal('participant-exists') : undefined) ??
      checkRoom(conversation)
    if (refusal) return refusal
    const changes = new Changes(conversation)
    const user = newcomer ?? newUser(service, identity, undefined, { now, makeSid })
    if (!newcomer) changes.userCreated(user)
    const isCreator = conversation.createdBy === identity
    const participant: ParticipantRecord = {
      sid: makeSid('participant'),
      conversationSid: conversation.sid,
      identity,
      binding: null,
      roleSid: isCreator ? service.defaultCreatorRoleSid : service.defaultConversationRoleSid,
      attributes: attributes ?? '{}',
      notificationLevel: 'default',
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      dateCreated: now,
      dateUpdated: now,
    }
    changes.participantJoined(participant, user)
    return { changes, result: { participant: participantView(participant) } }
  },
})

interface ParticipantFacts extends Access {
  readonly participant: ParticipantRecord
}

export const updateParticipant = handler<'participant.update', ParticipantFacts>({
  scopes: conversationScope,
  facts: participantFacts,
  decide({ conversation, rights, participant }, { attributes }, { now }) {
    const own = participant.identity === rights.identity
    const refusal =
      requirePermission(rights, own ? 'editOwnParticipantAttributes' : 'editAnyParticipantAttributes') ??
      requireOpen(conversation) ??
      checkAttributes(attributes, LIMITS.participantAttributesBytes)
    if (refusal) return refusal
    const changes = new Changes(conversation)
    if (attributes !== undefined && attributes !== participant.attributes)
      changes.participantUpdated(participant, { attributes }, now)
    return { changes, result: {} }
  },
})

/** Removing somebody, or leaving when it is oneself. One can leave a closed conversation too. */
export const removeParticipant = handler<'participant.remove', ParticipantFacts & { member: UserRecord | undefined }>({
  scopes: conversationScope,
  async facts(reads, actor, command) {
    const facts = await participantFacts(reads, actor, command)
    if (facts instanceof Refusal) return facts
    const { identity } = facts.participant
    const member = identity === null ? undefined : await reads.user({ serviceSid: actor.serviceSid, identity })
    return { ...facts, member }
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

/** An identity is any text that is not a SID and not reserved (rest-and-semantics 3.2). */
export function checkIdentity(identity: string): Refusal | undefined {
  if (identity.length > LIMITS.identityCharacters) return new Refusal('identity-too-long')
  if (looksLikeSid(identity)) return new Refusal('identity-looks-like-sid')
  return identity === SYSTEM_IDENTITY ? new Refusal('identity-reserved') : undefined
}

/** Whether one more fits in (rest-and-semantics 3.7). */
export function checkRoom(conversation: ConversationRecord): Refusal | undefined {
  if (conversation.participantsCount < LIMITS.participantsPerConversation) return undefined
  return new Refusal('participant-limit-reached', { limit: LIMITS.participantsPerConversation })
}
