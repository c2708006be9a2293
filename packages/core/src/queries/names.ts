import { isSidOf } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { ConversationRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** What a back end calls what it speaks about: a SID or the name that may stand in its place (rest-and-semantics 3.2). */
export interface Names {
  /** SID or unique name. */
  readonly conversation?: string | undefined
  /** SID or identity. */
  readonly user?: string | undefined
  /** SID of a message in the conversation. */
  readonly message?: string | undefined
  /** SID or identity of a participant of the conversation. */
  readonly participant?: string | undefined
}

/** What the names stand for; empty where there was none. */
export interface Named {
  readonly conversationSid: string
  readonly identity: string
  /** Of the message; -1 without one. */
  readonly index: number
  /** The participant's own, of who is not in the app. */
  readonly address: string
}

/** Finds what names stand for. What has the form of a SID is looked up as one first. */
export async function resolveNames(
  reads: Reads,
  actor: Actor,
  { conversation, user, message, participant }: Names,
): Promise<Named | Refusal> {
  const room = conversation === undefined ? undefined : await findConversationNamed(reads, actor, conversation)
  if (room instanceof Refusal) return room
  const person = user === undefined ? undefined : await findUserNamed(reads, actor, user)
  if (person instanceof Refusal) return person
  const said = message === undefined ? undefined : await reads.messageBySid(room?.sid ?? '', message)
  if (message !== undefined && !said) return new Refusal('message-not-found')
  const member = room && participant !== undefined ? await reads.participant(room.sid, participant) : undefined
  return {
    conversationSid: room?.sid ?? '',
    identity: person?.identity ?? '',
    index: said?.index ?? -1,
    address: member?.binding?.address ?? '',
  }
}

/** @param name a SID or a unique name */
export async function findConversationNamed(
  reads: Reads,
  { serviceSid }: Actor,
  name: string,
): Promise<ConversationRecord | Refusal> {
  const bySid = isSidOf('conversation', name) ? await reads.conversation(serviceSid, name) : undefined
  return bySid ?? (await reads.conversationByName(serviceSid, name)) ?? new Refusal('conversation-not-found')
}

/** @param name a SID or an identity */
export async function findUserNamed(reads: Reads, { serviceSid }: Actor, name: string): Promise<UserRecord | Refusal> {
  const bySid = isSidOf('user', name) ? await reads.userBySid(serviceSid, name) : undefined
  return bySid ?? (await reads.user({ serviceSid, identity: name })) ?? new Refusal('user-not-found')
}
