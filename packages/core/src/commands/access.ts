import type { Awaitable, Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { type Rights, rightsOf, rightsOfBackEnd } from '../records/permissions.ts'
import type { ConversationRecord, ServiceRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/**
 * How much of a conversation a user may see (rest-and-semantics 3.6).
 *
 * - `full`: who is in it, and service admins
 * - `face`: its name, attributes and state; for its creator and for who may join, since joining by a known name begins with it
 */
export type Sight = 'full' | 'face'

/** What deciding about a conversation begins with. */
export interface Access {
  readonly conversation: ConversationRecord
  readonly rights: Rights
  readonly sight: Sight
  /** What they would see if they were not in it. */
  readonly outside: Sight | undefined
  /** Undefined for back ends. */
  readonly user: UserRecord | undefined
}

/**
 * The rights of an actor within the service as a whole.
 *
 * @returns the rights and the user, or a refusal when the user is not there
 */
export async function serviceAccess(
  reads: Reads,
  actor: Actor,
): Promise<{ rights: Rights; user: UserRecord | undefined } | Refusal> {
  if (actor.kind === 'back-end') return { rights: rightsOfBackEnd(actor.identity), user: undefined }
  const user = await reads.user(actor)
  if (!user) return new Refusal('user-not-found')
  return { rights: rightsOf(await reads.roles(actor.serviceSid), user), user }
}

/**
 * Finds a conversation for an actor. What is absent and what is not theirs to see are told apart by nothing.
 *
 * @param find reads the conversation
 */
export async function access(
  reads: Reads,
  actor: Actor,
  find: (reads: Reads) => Awaitable<ConversationRecord | undefined>,
): Promise<Access | Refusal> {
  const conversation = await find(reads)
  if (actor.kind === 'back-end') {
    if (!conversation) return new Refusal('conversation-not-found')
    return { conversation, rights: rightsOfBackEnd(actor.identity), sight: 'full', outside: 'full', user: undefined }
  }
  const user = await reads.user(actor)
  if (!conversation || !user) return new Refusal('conversation-not-found')
  const participant = await reads.participantOf(conversation.sid, actor.identity)
  const roles = await reads.roles(actor.serviceSid)
  const outside = sightFromOutside(conversation, rightsOf(roles, user))
  const sight = participant ? 'full' : outside
  if (!sight) return new Refusal('conversation-not-found')
  return { conversation, rights: rightsOf(roles, user, participant), sight, outside, user }
}

function sightFromOutside(conversation: ConversationRecord, rights: Rights): Sight | undefined {
  const mayJoin = rights.may('joinConversation')
  if (mayJoin && rights.may('editAnyMessage')) return 'full'
  return mayJoin || conversation.createdBy === rights.identity ? 'face' : undefined
}

/** `access` by SID. */
export function accessBySid(reads: Reads, actor: Actor, sid: string): Promise<Access | Refusal> {
  return access(reads, actor, (from) => from.conversation(actor.serviceSid, sid))
}

/** `access` by SID for what only members and admins may do or read. */
export async function accessInside(reads: Reads, actor: Actor, sid: string): Promise<Access | Refusal> {
  const found = await accessBySid(reads, actor, sid)
  if (found instanceof Refusal || found.sight === 'full') return found
  return new Refusal('not-a-participant')
}

/** Refuses what changes a closed conversation: closed is final (rest-and-semantics 3.1). */
export function requireOpen(conversation: ConversationRecord): Refusal | undefined {
  return conversation.state === 'closed' ? new Refusal('conversation-closed') : undefined
}

/** The service of an actor. A session or a request was admitted only for a service that exists. */
export async function serviceOf(reads: Reads, actor: Actor): Promise<ServiceRecord> {
  const service = await reads.service(actor.serviceSid)
  if (!service) throw new Error('unable to find the service of an admitted actor')
  return service
}
