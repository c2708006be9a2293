import { LIMITS, type ListCursor, type Query, type QueryType, type Result } from '@conversa/protocol'
import { access, accessInside, serviceAccess } from '../commands/access.ts'
import { getMessageContent } from '../commands/content-message.ts'
import { listContentTemplates } from '../commands/content-template.ts'
import { findParticipant } from '../commands/participant.ts'
import { listPush } from '../commands/push-registration.ts'
import { mayGiveRole } from '../commands/role.ts'
import { countedConversationView, hasTombstones, messageView, participantView, receiptView, userView } from '../commands/views.ts'
import type { Attachment } from '../fan-out/attachment.ts'
import { type LinkContext, mediaUrls } from '../media/media-read.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { ConversationRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { UserReachability } from './reachability.ts'
import { compare, resume } from './resume.ts'

/** What answering may use besides what is stored. */
export interface QueryContext {
  /** Undefined on a server without files. */
  readonly links: LinkContext | undefined
  readonly reachability: UserReachability
}

type Answer<Name extends QueryType> = (
  reads: Reads,
  actor: Actor,
  query: Query<Name>,
  context: QueryContext,
) => Promise<Result<Name> | Refusal>

const DEFAULT_PAGE = 30

async function getConversation(
  reads: Reads,
  actor: Actor,
  query: Query<'conversation.get'>,
): Promise<Result<'conversation.get'> | Refusal> {
  const found = await findConversation(reads, actor, query)
  if (found instanceof Refusal) return found
  return { conversation: await countedConversationView(reads, found.conversation, found.rights.participant) }
}

function findConversation(
  reads: Reads,
  actor: Actor,
  { conversationSid, uniqueName }: Query<'conversation.get'>,
): ReturnType<typeof access> {
  return access(reads, actor, (from) => {
    if (conversationSid !== undefined) return from.conversation(actor.serviceSid, conversationSid)
    return uniqueName ? from.conversationByName(actor.serviceSid, uniqueName) : undefined
  })
}

/** A window of the list, computed when asked for: keeping one per member would cost at every send. */
const listConversations: Answer<'conversation.list'> = async (reads, actor, { after, limit = DEFAULT_PAGE }) => {
  const rows = await reads.memberships(actor, after, limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)?.conversation
  const next: ListCursor | null = last && rows.length > limit ? { activity: last.activity, conversationSid: last.sid } : null
  const conversations = []
  for (const { conversation, participant } of page) {
    conversations.push(await countedConversationView(reads, conversation, participant))
  }
  return { conversations, next }
}

const pageMessages: Answer<'message.page'> = async (reads, actor, query) => {
  const { conversationSid, anchor, direction = 'backwards', limit = DEFAULT_PAGE } = query
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const { revision } = found.conversation
  const backwards = direction === 'backwards'
  const from = anchor ?? (backwards ? Number.MAX_SAFE_INTEGER : 0)
  const rows = await reads.messages(conversationSid, { from, direction, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const onward = rows[limit]?.index ?? null
  const back = await neighbour(reads, found.conversation, from, direction)
  const messages = page.map(messageView)
  return backwards
    ? { messages: messages.reverse(), older: onward, newer: back, revision }
    : { messages, older: back, newer: onward, revision }
}

/** The nearest message on the other side of where a page began; it is looked for only where messages are missing. */
async function neighbour(
  reads: Reads,
  conversation: ConversationRecord,
  from: number,
  direction: 'backwards' | 'forward',
): Promise<number | null> {
  const last = conversation.nextIndex - 1
  const beyond = direction === 'backwards' ? from + 1 : Math.min(from - 1, last)
  if (beyond > last || beyond < 0) return null
  if (!hasTombstones(conversation)) return beyond
  const back = direction === 'backwards' ? 'forward' : 'backwards'
  const [nearest] = await reads.messages(conversation.sid, { from: beyond, direction: back, limit: 1 })
  return nearest?.index ?? null
}

const getParticipant: Answer<'participant.get'> = async (reads, actor, { conversationSid, participant: name }) => {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const participant = await findParticipant(reads, conversationSid, name)
  if (!participant) return new Refusal('participant-not-found')
  return { participant: participantView(participant), revision: found.conversation.revision }
}

const listParticipants: Answer<'participant.list'> = async (
  reads,
  actor,
  { conversationSid, after, limit = LIMITS.pageSize },
) => {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const rows = await reads.participants(conversationSid, after, limit + 1)
  const page = rows.slice(0, limit)
  return {
    participants: page.map(participantView),
    next: rows.length > limit ? (page.at(-1)?.sid ?? null) : null,
    revision: found.conversation.revision,
  }
}

const listReceipts: Answer<'receipt.list'> = async (reads, actor, { conversationSid, index }) => {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const message = await reads.message(conversationSid, index)
  if (!message || message.removed) return new Refusal('message-not-found')
  const receipts = message.delivery ? await reads.receipts(conversationSid, index) : []
  return { receipts: receipts.map((receipt) => receiptView(receipt, message.sid)) }
}

const listRoles: Answer<'role.list'> = async (reads, actor, { conversationSid }) => {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const roles = [...(await reads.roles(actor.serviceSid)).values()].filter(({ type }) => type === 'conversation')
  roles.sort((one, other) => (one.sid < other.sid ? -1 : 1))
  return {
    roles: roles.map((role) => ({
      sid: role.sid,
      friendlyName: role.friendlyName,
      permissions: [...role.permissions],
      isAssignable: mayGiveRole(found.rights, role) === undefined,
    })),
  }
}

const getUser: Answer<'user.get'> = async (reads, actor, { identity }, { reachability }) => {
  const found = await serviceAccess(reads, actor)
  if (found instanceof Refusal) return found
  const user = await reads.user({ serviceSid: actor.serviceSid, identity })
  return user ? { user: userView(user), reachability: await reachability.of(reads, user) } : new Refusal('user-not-found')
}

const getMediaUrls: Answer<'media.urls'> = async (reads, actor, query, { links }) =>
  links ? mediaUrls(reads, actor, query, links) : new Refusal('unavailable')

const QUERY_ANSWERS: { readonly [Name in QueryType]: Answer<Name> } = {
  'contentTemplate.list': listContentTemplates,
  'conversation.get': getConversation,
  'conversation.list': listConversations,
  'conversation.compare': compare,
  'conversation.resume': resume,
  'media.urls': getMediaUrls,
  'message.content': getMessageContent,
  'message.page': pageMessages,
  'participant.get': getParticipant,
  'participant.list': listParticipants,
  'receipt.list': listReceipts,
  'role.list': listRoles,
  'user.get': getUser,
  'push.list': listPush,
}

/**
 * Answers what only asks, from one committed state.
 *
 * @param actor who asks; already authenticated
 * @param query already of the right form
 * @returns the answer, or why there is none for this actor
 */
export function answer<Name extends QueryType>(
  store: Store,
  actor: Actor,
  query: Query<Name>,
  context: QueryContext,
): Promise<Result<Name> | Refusal> {
  const find = QUERY_ANSWERS[query.type as Name] as Answer<Name>
  return store.read((reads) => find(reads, actor, query, context))
}

/**
 * Fetches a conversation for somebody who wants to hear of it without being in it. Listening begins before anything is read, so
 * that no change falls in between; and it is what they may see from outside, since they may be removed before this is done (G7).
 */
export async function watch(
  store: Store,
  actor: Actor,
  query: Query<'conversation.get'>,
  attachment: Attachment,
): Promise<Result<'conversation.get'> | Refusal> {
  const first = await store.read((reads) => findConversation(reads, actor, query))
  if (first instanceof Refusal) return first
  if (first.outside) attachment.watch(first.conversation, first.outside)
  const answered = await store.read((reads) => getConversation(reads, actor, query))
  if (answered instanceof Refusal) attachment.unwatch(first.conversation.sid)
  return answered
}
