import { type Command, LIMITS } from '@conversa/protocol'
import { messageSid } from '../ports/sids.ts'
import type { Reads, Scope } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { canonicalAddress } from '../records/address.ts'
import { checkAttributes, exceedsBytes } from '../records/attributes.ts'
import type { Permission, Rights } from '../records/permissions.ts'
import {
  type ConversationRecord,
  differing,
  type MediaRecord,
  type MessageContent,
  type MessageRecord,
  type ParticipantRecord,
} from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { type Access, accessInside, requireOpen } from './access.ts'
import { Changes } from './changes.ts'
import { type MadeContent, madeContent } from './content-message.ts'
import { groupOf } from './group.ts'
import { conversationScope, handler } from './handler.ts'
import { attachable, MEDIA_LIMITS, mediaRecords, mediaView } from './media.ts'
import { expectedDelivery } from './receipt.ts'

interface SendFacts extends Access {
  readonly actor: Actor
  /** Who a back end speaks for, when they are in the conversation. */
  readonly spokenFor: ParticipantRecord | undefined
  /** Of what a back end sends: whether phones hear it in a group. */
  readonly isGroup: boolean
  /** The files that the command names, in its order. */
  readonly files: readonly (MediaRecord | undefined)[]
  /** What the template says that the command names, or why it says nothing. */
  readonly made: MadeContent | Refusal | undefined
}

/**
 * A send: one message at the next index (G3). A message wakes an inactive conversation (3.1). Its files become its
 * own in the same transaction. Only a send with files touches the sender's scope: one file cannot go into two messages.
 */
export const sendMessage = handler<'message.send', SendFacts>({
  scopes: (actor, { conversationSid, media }): Scope[] =>
    media?.length ? [{ conversation: conversationSid }, { user: actor }] : [{ conversation: conversationSid }],
  async facts(reads, actor, { conversationSid, media, ...command }, { author }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const files = media?.length ? await mediaRecords(reads, media) : []
    const spokenFor = author === undefined ? undefined : await participantNamed(reads, conversationSid, author)
    const isGroup = actor.kind === 'back-end' && (await isOfPhones(reads, found.conversation))
    const made = await madeContent(reads, actor, command)
    return { ...found, actor, spokenFor, isGroup, files, made }
  },
  decide(facts, command, { now, mediaLimits = MEDIA_LIMITS }, given) {
    const { conversation, rights, user, actor, spokenFor, isGroup, files, made } = facts
    const { dateCreated = now, dateUpdated = dateCreated, author = rights.identity } = given
    const changes = new Changes(conversation)
    const { attributes, key, media = [] } = command
    const own = command.body === '' && media.length > 0 ? null : command.body
    const template = made instanceof Refusal ? undefined : made
    // Whoever is asked before may have said it otherwise.
    const body = own ?? template?.body ?? null
    const refusal =
      (user && !rights.participant ? new Refusal('not-a-participant') : undefined) ??
      maySend(rights, { body, media }) ??
      (made instanceof Refusal ? made : undefined) ??
      (actor.kind === 'back-end' && body === null && media.length === 0 ? new Refusal('body-missing') : undefined) ??
      requireOpen(conversation) ??
      checkBody(conversation, body) ??
      checkAuthor(author) ??
      (isGroup && !spokenFor ? new Refusal('author-not-in-group') : undefined) ??
      checkAttributes(attributes, LIMITS.messageAttributesBytes)
    if (refusal) return refusal
    const attached = attachable(actor, media, files, mediaLimits)
    if (attached instanceof Refusal) return attached
    const participant = rights.participant ?? spokenFor
    const content = template?.content ?? null
    const said = { author, participant, body, subject: command.subject, content, attributes, key, dateCreated, dateUpdated }
    return { changes, result: say(changes, said, now, attached) }
  },
})

/** What a message is made of, apart from its files. */
interface Said {
  readonly author: string
  /** Whom the author is in the conversation. */
  readonly participant: ParticipantRecord | undefined
  readonly body: string | null
  readonly subject?: string | null | undefined
  readonly content?: MessageContent | null
  readonly attributes?: string | undefined
  readonly key?: string | undefined
  /** It goes to nobody outside of the app. */
  readonly isKeptInside?: boolean | undefined
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** Puts a message that was checked at the end of the conversation (G3), and wakes it. */
export function say(
  changes: Changes,
  { participant, subject, content = null, attributes, key, isKeptInside = false, ...said }: Said,
  now: number,
  files: readonly MediaRecord[] = [],
): { index: number; sid: string } {
  const before = changes.conversation
  if (before.state === 'inactive') changes.conversationUpdated({ state: 'active' }, now)
  const { sid: conversationSid, nextIndex: index } = before
  const sid = messageSid(conversationSid, index)
  const message = {
    ...said,
    conversationSid,
    sid,
    index,
    participantSid: participant?.sid ?? null,
    subject: subject || null,
    media: files.map(mediaView),
    content,
    attributes: attributes ?? '{}',
    lastUpdatedBy: null,
    delivery: isKeptInside ? null : expectedDelivery(before, participant),
    key: key ?? null,
    removed: false,
  }
  changes.messageAdded(message, now, files)
  return { index, sid }
}

/** Who is in a conversation under a name: an identity, or the address of somebody outside of the app (rest-and-semantics 3.4). */
async function participantNamed(reads: Reads, conversationSid: string, name: string): Promise<ParticipantRecord | undefined> {
  const member = await reads.participantOf(conversationSid, name)
  return member ?? (await reads.participantAt(conversationSid, canonicalAddress(name)))
}

/** Whether a conversation is a group of phones; nothing is read where nobody is outside of the app. */
async function isOfPhones(reads: Reads, conversation: ConversationRecord): Promise<boolean> {
  return conversation.nonChatCount > 0 && (await groupOf(reads, conversation)) !== undefined
}

interface UpdateFacts extends Access {
  readonly message: MessageRecord
  /** Whom a new author is in the conversation. */
  readonly spokenFor: ParticipantRecord | undefined
  /** Where there is a new author: whether it is a group of phones. */
  readonly isGroup: boolean
}

/** An edit. Body and attributes need different permissions, and other ones for what somebody else wrote. */
export const updateMessage = handler<'message.update', UpdateFacts>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, index }, { author }) {
    const found = await accessInside(reads, actor, conversationSid)
    const facts = found instanceof Refusal ? found : await withMessage(reads, found, index)
    if (facts instanceof Refusal) return facts
    if (author === undefined || author === facts.message.author) return { ...facts, spokenFor: undefined, isGroup: false }
    const spokenFor = await participantNamed(reads, conversationSid, author)
    const isGroup = actor.kind === 'back-end' && (await isOfPhones(reads, facts.conversation))
    return { ...facts, spokenFor, isGroup }
  },
  decide({ conversation, rights, message, spokenFor, isGroup }, { body, attributes }, { now }, given) {
    const own = message.author === rights.identity
    const needed: Permission[] = []
    if (body !== undefined) needed.push(own ? 'editOwnMessage' : 'editAnyMessage')
    if (attributes !== undefined) needed.push(own ? 'editOwnMessageAttributes' : 'editAnyMessageAttributes')
    const refusal =
      needed.map((permission) => requirePermission(rights, permission)).find(Boolean) ??
      requireOpen(conversation) ??
      (body === undefined ? undefined : checkBody(conversation, body)) ??
      checkAuthor(given.author ?? '') ??
      (isGroup && !spokenFor ? new Refusal('author-not-in-group') : undefined) ??
      checkAttributes(attributes, LIMITS.messageAttributesBytes)
    if (refusal) return refusal
    const { author, dateCreated, dateUpdated } = given
    const subject = given.subject === undefined ? undefined : given.subject || null
    const isOfAnother = author !== undefined && author !== message.author
    const participantSid = isOfAnother ? (spokenFor?.sid ?? null) : undefined
    const changed = differing(message, { body, attributes, author, participantSid, subject, dateCreated })
    const changes = new Changes(conversation)
    const redated = dateUpdated !== undefined && dateUpdated !== message.dateUpdated
    if (redated || Object.keys(changed).length > 0) changes.messageUpdated(message, changed, rights.identity, dateUpdated ?? now)
    return { changes, result: {} }
  },
})

interface RemoveFacts extends Access {
  readonly message: MessageRecord
  readonly before: MessageRecord | undefined
  readonly files: readonly MediaRecord[]
}

/** A removal leaves a tombstone: its index stays taken, its key stays known, its content and its files are gone. */
export const removeMessage = handler<'message.remove', RemoveFacts>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, index }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const facts = await withMessage(reads, found, index)
    if (facts instanceof Refusal) return facts
    const sids = facts.message.media.map(({ sid }) => sid)
    const files = (await mediaRecords(reads, sids)).filter((file) => file !== undefined)
    return { ...facts, files, before: await newestBelow(reads, found.conversation, index) }
  },
  decide({ conversation, rights, message, before, files }) {
    const own = message.author === rights.identity
    const refusal = requirePermission(rights, own ? 'deleteOwnMessage' : 'deleteAnyMessage') ?? requireOpen(conversation)
    if (refusal) return refusal
    const isLast = conversation.lastMessage?.index === message.index
    const remaining = before ? { index: before.index, dateCreated: before.dateCreated } : null
    const changes = new Changes(conversation)
    changes.messageRemoved(message, isLast ? remaining : conversation.lastMessage, files)
    return { changes, result: {} }
  },
})

async function withMessage(reads: Reads, found: Access, index: number): Promise<(Access & { message: MessageRecord }) | Refusal> {
  const message = await reads.message(found.conversation.sid, index)
  return message && !message.removed ? { ...found, message } : new Refusal('message-not-found')
}

async function newestBelow(reads: Reads, conversation: ConversationRecord, index: number): Promise<MessageRecord | undefined> {
  if (index === 0 || conversation.lastMessage?.index !== index) return undefined
  const [newest] = await reads.messages(conversation.sid, { from: index - 1, direction: 'backwards', limit: 1 })
  return newest
}

/** An author is any text of at most 256 characters (rest-and-semantics 3.4). */
export function checkAuthor(author: string): Refusal | undefined {
  return author.length > LIMITS.identityCharacters ? new Refusal('author-too-long') : undefined
}

/** Files need a permission of their own; text needs the other one (rest-and-semantics 3.6). */
function maySend(rights: Rights, { body, media = [] }: Pick<Command<'message.send'>, 'body' | 'media'>): Refusal | undefined {
  const ofText = body !== null || media.length === 0 ? requirePermission(rights, 'sendMessage') : undefined
  return ofText ?? (media.length > 0 ? requirePermission(rights, 'sendMediaMessage') : undefined)
}

/**
 * Text of at most 32 KiB, and of 1,600 characters where somebody outside of the app is to get it; null is a message that has none
 * (rest-and-semantics 3.4).
 */
function checkBody({ nonChatCount }: ConversationRecord, body: string | null): Refusal | undefined {
  if (body === '') return new Refusal('body-missing')
  if (body === null) return undefined
  if (exceedsBytes(body, LIMITS.bodyBytes)) return new Refusal('body-too-long', { limit: LIMITS.bodyBytes })
  const isTooLong = nonChatCount > 0 && body.length > LIMITS.nonChatBodyCharacters
  return isTooLong ? new Refusal('body-too-long', { limit: LIMITS.nonChatBodyCharacters }) : undefined
}
