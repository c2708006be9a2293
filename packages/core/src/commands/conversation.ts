import { LIMITS, looksLikeSid } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { checkAttributes } from '../records/attributes.ts'
import { checkTimers, restarted, timersWith } from '../records/conversation-timers.ts'
import type { Permission, Rights } from '../records/permissions.ts'
import { type AccountRecord, type ConversationRecord, differing, type UserRecord } from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { type Access, accessBySid, accessInside, requireOpen, serviceAccess } from './access.ts'
import { accountOf } from './account.ts'
import type { GivenWith } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { outsideWith } from './conversation-outside.ts'
import { type Context, conversationScope, handler } from './handler.ts'
import { conversationView } from './views.ts'

/** What a conversation begins with: nobody is in it, and nothing was said. */
export const NOTHING_YET = {
  revision: 1,
  nextIndex: 0,
  messagesCount: 0,
  participantsCount: 0,
  nonChatCount: 0,
  lastMessage: null,
} as const

interface Naming {
  readonly uniqueName?: string | null
  readonly friendlyName?: string | null
  readonly attributes?: string
}

export interface CreateFacts {
  readonly rights: Rights
  readonly actor: Actor
  readonly namesake: ConversationRecord | undefined
  /** What new conversations begin with. */
  readonly defaults: AccountRecord
}

/** A conversation without anybody in it: its creator joins or adds by a second command (rest-and-semantics 3.10). */
export const createConversation = handler<'conversation.create', CreateFacts>({
  scopes: () => [],
  facts: creationFacts,
  decide(facts, command, context, given) {
    const changes = decideCreation(facts, command, context, given)
    return changes instanceof Refusal ? changes : { changes, result: { conversation: conversationView(changes.conversation) } }
  },
})

/** Whether a conversation may come to be, and how it begins. One that never was open cannot begin (50384). */
export function decideCreation(
  { rights, actor, namesake, defaults }: CreateFacts,
  naming: Naming,
  { now, makeSid }: Context,
  { state = 'active', dateCreated = now, dateUpdated = dateCreated, timers = {}, ...given }: GivenWith<'conversation.create'>,
): Changes | Refusal {
  const refusal =
    requirePermission(rights, 'createConversation') ??
    checkNaming(naming, namesake) ??
    (state === 'closed' ? new Refusal('state-closed-at-creation') : undefined) ??
    checkTimers(timers)
  const start = { messagingServiceSid: defaults.defaultMessagingServiceSid, email: null }
  const outside = outsideWith(start, given)
  if (refusal) return refusal
  if (outside instanceof Refusal) return outside
  const changes = new Changes()
  changes.conversationCreated({
    sid: makeSid('conversation'),
    serviceSid: actor.serviceSid,
    uniqueName: naming.uniqueName || null,
    friendlyName: naming.friendlyName || null,
    attributes: naming.attributes ?? '{}',
    createdBy: actor.identity,
    state,
    stateUpdated: dateCreated,
    timers: timersWith(defaults, timers, now),
    dateCreated,
    dateUpdated,
    ...NOTHING_YET,
    ...start,
    ...outside.shown,
    ...outside.kept,
    activity: dateCreated,
  })
  return changes
}

export async function creationFacts(reads: Reads, actor: Actor, { uniqueName }: Naming): Promise<CreateFacts | Refusal> {
  const found = await serviceAccess(reads, actor)
  if (found instanceof Refusal) return found
  const [namesake, defaults] = [await namesakeOf(reads, actor, uniqueName), await accountOf(reads, actor)]
  return { rights: found.rights, actor, namesake, defaults }
}

interface UpdateFacts extends Access {
  readonly actor: Actor
  readonly namesake: ConversationRecord | undefined
}

/**
 * Names, attributes and state. What is not given stays; null or an empty name removes it. Only back ends set a state, and timers; closed
 * is final (rest-and-semantics 3.1).
 */
export const updateConversation = handler<'conversation.update', UpdateFacts>({
  scopes: conversationScope,
  async facts(reads, actor, command) {
    const found = await accessInside(reads, actor, command.conversationSid)
    if (found instanceof Refusal) return found
    return { ...found, actor, namesake: await namesakeOf(reads, actor, command.uniqueName) }
  },
  decide({ conversation, rights, actor, namesake }, command, { now }, { dateCreated, dateUpdated, timers, ...given }) {
    const needed: Permission[] = []
    if (command.friendlyName !== undefined || command.uniqueName !== undefined) needed.push('editConversationName')
    if (command.attributes !== undefined) needed.push('editConversationAttributes')
    const refusal =
      needed.map((permission) => requirePermission(rights, permission)).find(Boolean) ??
      (command.state !== undefined && actor.kind !== 'back-end'
        ? new Refusal('permission-missing', { field: 'state' })
        : undefined) ??
      requireOpen(conversation) ??
      (timers && checkTimers(timers)) ??
      checkNaming(command, namesake?.sid === conversation.sid ? undefined : namesake)
    const outside = outsideWith(conversation, given)
    if (refusal) return refusal
    if (outside instanceof Refusal) return outside
    const changes = new Changes(conversation)
    const { state } = command
    const changed = {
      ...changedNaming(conversation, command),
      ...differing(conversation, { state, dateCreated }),
      ...outside.shown,
    }
    const redated = dateUpdated !== undefined && dateUpdated !== conversation.dateUpdated
    if (redated || timers || Object.keys({ ...changed, ...outside.kept }).length > 0) {
      const counting = changed.state === 'active' ? restarted(conversation.timers, now) : conversation.timers
      const kept = { ...outside.kept, timers: timers ? timersWith(counting, timers, now) : counting }
      changes.conversationUpdated(changed, dateUpdated ?? now, kept)
    }
    return { changes, result: {} }
  },
})

/** Everything in the conversation goes, and every member is told (rest-and-semantics 3.10). */
export const deleteConversation = handler<'conversation.delete', Access & { members: readonly UserRecord[] }>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid }) {
    const found = await accessBySid(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    return { ...found, members: await membersOf(reads, found.conversation) }
  },
  decide({ conversation, rights, members }) {
    const refusal = requirePermission(rights, 'deleteConversation')
    if (refusal) return refusal
    const changes = new Changes(conversation)
    changes.conversationDeleted()
    for (const member of members) changes.membershipEnded(member, conversation.sid, 'deleted')
    return { changes, result: {} }
  },
})

async function membersOf(reads: Reads, conversation: ConversationRecord): Promise<UserRecord[]> {
  const members: UserRecord[] = []
  const participants = await reads.participants(conversation.sid, undefined, conversation.participantsCount)
  const identities = participants.flatMap(({ identity }) => identity ?? [])
  for (const identity of identities.sort()) {
    const user = await reads.user({ serviceSid: conversation.serviceSid, identity })
    if (user) members.push(user)
  }
  return members
}

async function namesakeOf(
  reads: Reads,
  actor: Actor,
  uniqueName: string | null | undefined,
): Promise<ConversationRecord | undefined> {
  return uniqueName ? await reads.conversationByName(actor.serviceSid, uniqueName) : undefined
}

function checkNaming(naming: Naming, namesake: ConversationRecord | undefined): Refusal | undefined {
  const { uniqueName, friendlyName, attributes } = naming
  if (friendlyName && friendlyName.length > LIMITS.friendlyNameCharacters) return new Refusal('friendly-name-too-long')
  if (uniqueName && uniqueName.length > LIMITS.uniqueNameCharacters) return new Refusal('unique-name-too-long')
  if (uniqueName && looksLikeSid(uniqueName)) return new Refusal('unique-name-looks-like-sid')
  return checkAttributes(attributes, LIMITS.conversationAttributesBytes) ?? (namesake && new Refusal('unique-name-taken'))
}

function changedNaming(conversation: ConversationRecord, naming: Naming): Naming {
  const uniqueName = naming.uniqueName || null
  const friendlyName = naming.friendlyName || null
  return {
    ...(naming.uniqueName !== undefined && uniqueName !== conversation.uniqueName && { uniqueName }),
    ...(naming.friendlyName !== undefined && friendlyName !== conversation.friendlyName && { friendlyName }),
    ...(naming.attributes !== undefined && naming.attributes !== conversation.attributes && { attributes: naming.attributes }),
  }
}
