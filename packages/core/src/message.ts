import { type Command, LIMITS } from '@conversa/protocol'
import { type Access, accessInside, requireOpen } from './access.ts'
import type { Actor } from './actor.ts'
import { checkAttributes, exceedsBytes } from './attributes.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler } from './handler.ts'
import { attachable, MEDIA_LIMITS, mediaRecords, mediaView } from './media.ts'
import type { Permission, Rights } from './permissions.ts'
import { expectedDelivery } from './receipt.ts'
import type { ConversationRecord, MediaRecord, MessageRecord } from './records.ts'
import { Refusal, requirePermission } from './refusal.ts'
import { messageSid } from './sids.ts'
import type { Reads, Scope } from './store.ts'

interface SendFacts extends Access {
  readonly actor: Actor
  /** The files that the command names, in its order. */
  readonly files: readonly (MediaRecord | undefined)[]
}

/**
 * A send: one message at the next index (G3). A message wakes an inactive conversation (3.1). Its files become its
 * own in the same transaction. Only a send with files touches the sender's scope: one file cannot go into two messages.
 */
export const sendMessage = handler<'message.send', SendFacts>({
  scopes: (actor, { conversationSid, media }): Scope[] =>
    media?.length ? [{ conversation: conversationSid }, { user: actor }] : [{ conversation: conversationSid }],
  async facts(reads, actor, { conversationSid, media }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const files = media?.length ? await mediaRecords(reads, media) : []
    return { ...found, actor, files }
  },
  decide({ conversation, rights, user, actor, files }, command, { now, mediaLimits = MEDIA_LIMITS }) {
    const changes = new Changes(conversation)
    const { attributes, key, media = [] } = command
    const body = command.body === '' && media.length > 0 ? null : command.body
    const refusal =
      (user && !rights.participant ? new Refusal('not-a-participant') : undefined) ??
      maySend(rights, { body, media }) ??
      requireOpen(conversation) ??
      checkBody(conversation, body) ??
      checkAttributes(attributes, LIMITS.messageAttributesBytes)
    if (refusal) return refusal
    const attached = attachable(actor, media, files, mediaLimits)
    if (attached instanceof Refusal) return attached
    if (conversation.state === 'inactive') changes.conversationUpdated({ state: 'active' }, now)
    const index = conversation.nextIndex
    const sid = messageSid(conversation.sid, index)
    const message = {
      conversationSid: conversation.sid,
      sid,
      index,
      author: rights.identity,
      participantSid: rights.participant?.sid ?? null,
      body,
      subject: command.subject || null,
      media: attached.map(mediaView),
      attributes: attributes ?? '{}',
      lastUpdatedBy: null,
      delivery: expectedDelivery(conversation, rights.participant),
      dateCreated: now,
      dateUpdated: now,
      key: key ?? null,
      removed: false,
    }
    changes.messageAdded(message, attached)
    return { changes, result: { index, sid } }
  },
})

/** An edit. Body and attributes need different permissions, and other ones for what somebody else wrote. */
export const updateMessage = handler<'message.update', Access & { message: MessageRecord }>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, index }) {
    const found = await accessInside(reads, actor, conversationSid)
    return found instanceof Refusal ? found : withMessage(reads, found, index)
  },
  decide({ conversation, rights, message }, { body, attributes }, { now }) {
    const own = message.author === rights.identity
    const needed: Permission[] = []
    if (body !== undefined) needed.push(own ? 'editOwnMessage' : 'editAnyMessage')
    if (attributes !== undefined) needed.push(own ? 'editOwnMessageAttributes' : 'editAnyMessageAttributes')
    const refusal =
      needed.map((permission) => requirePermission(rights, permission)).find(Boolean) ??
      requireOpen(conversation) ??
      (body === undefined ? undefined : checkBody(conversation, body)) ??
      checkAttributes(attributes, LIMITS.messageAttributesBytes)
    if (refusal) return refusal
    const changed = {
      ...(body !== undefined && body !== message.body && { body }),
      ...(attributes !== undefined && attributes !== message.attributes && { attributes }),
    }
    const changes = new Changes(conversation)
    if (Object.keys(changed).length > 0) changes.messageUpdated(message, changed, rights.identity, now)
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
