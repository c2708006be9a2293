import { LIMITS } from '@conversa/protocol'
import { type Access, accessInside, requireOpen } from './access.ts'
import { checkAttributes, exceedsBytes } from './attributes.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler } from './handler.ts'
import type { Permission } from './permissions.ts'
import type { ConversationRecord, MessageRecord } from './records.ts'
import { Refusal, requirePermission } from './refusal.ts'
import { messageSid } from './sids.ts'
import type { Reads } from './store.ts'

/** A send: one message at the next index, once per key (G2, G3). A message wakes an inactive conversation (3.1). */
export const sendMessage = handler<'message.send', Access & { earlier: MessageRecord | undefined }>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, key }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const earlier = key === undefined ? undefined : await reads.messageByKey(conversationSid, actor.identity, key)
    return { ...found, earlier }
  },
  decide({ conversation, rights, user, earlier }, { body, attributes, key }, { now }) {
    const changes = new Changes(conversation)
    if (earlier) return { changes, result: { index: earlier.index, sid: earlier.sid } }
    const refusal =
      (user && !rights.participant ? new Refusal('not-a-participant') : undefined) ??
      requirePermission(rights, 'sendMessage') ??
      requireOpen(conversation) ??
      checkBody(body) ??
      checkAttributes(attributes, LIMITS.messageAttributesBytes)
    if (refusal) return refusal
    if (conversation.state === 'inactive') changes.conversationUpdated({ state: 'active' }, now)
    const index = conversation.nextIndex
    const sid = messageSid(conversation.sid, index)
    changes.messageAdded({
      conversationSid: conversation.sid,
      sid,
      index,
      author: rights.identity,
      participantSid: rights.participant?.sid ?? null,
      body,
      attributes: attributes ?? '{}',
      lastUpdatedBy: null,
      dateCreated: now,
      dateUpdated: now,
      key: key ?? null,
      removed: false,
    })
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
      (body === undefined ? undefined : checkBody(body)) ??
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

/** A removal leaves a tombstone: its index stays taken, its key stays known, its content is gone. */
export const removeMessage = handler<'message.remove', Access & { message: MessageRecord; before: MessageRecord | undefined }>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, index }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const facts = await withMessage(reads, found, index)
    if (facts instanceof Refusal) return facts
    return { ...facts, before: await newestBelow(reads, found.conversation, index) }
  },
  decide({ conversation, rights, message, before }) {
    const own = message.author === rights.identity
    const refusal = requirePermission(rights, own ? 'deleteOwnMessage' : 'deleteAnyMessage') ?? requireOpen(conversation)
    if (refusal) return refusal
    const isLast = conversation.lastMessage?.index === message.index
    const remaining = before ? { index: before.index, dateCreated: before.dateCreated } : null
    const changes = new Changes(conversation)
    changes.messageRemoved(message, isLast ? remaining : conversation.lastMessage)
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

/** Text of at most 32 KiB; null is a message that has none (rest-and-semantics 3.4). */
function checkBody(body: string | null): Refusal | undefined {
  if (body === '') return new Refusal('body-missing')
  if (body !== null && exceedsBytes(body, LIMITS.bodyBytes)) return new Refusal('body-too-long', { limit: LIMITS.bodyBytes })
  return undefined
}
