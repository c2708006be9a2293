import type { Media } from '@conversa/protocol'
import type { Reads, UserKey } from '../ports/store.ts'
import type { PushAbout } from '../records/outbox-entry.ts'
import type { MessageRecord, NotificationsRecord, ParticipantRecord, PushRule, ServiceRecord } from '../records/records.ts'
import type { PushNotice } from './push-sender.ts'
import { filled, TEMPLATES } from './push-template.ts'

const PAGE = 200

/** Whom a push is for, and what it is about. */
interface Noted {
  readonly identity: string
  readonly conversationSid: string
  readonly about: PushAbout
}

/** How one kind of event is told. */
interface Telling extends PushRule {
  readonly template: string
}

/**
 * What a push says, as everything stands now.
 *
 * @returns undefined when there is nothing to say any more: what it was about is gone or read, or the service or its user does not
 *   want it
 */
export function pushNotice(reads: Reads, service: ServiceRecord, noted: Noted): Promise<PushNotice | undefined> {
  return noted.about.type === 'new_message' ? ofMessage(reads, service, noted) : ofMembership(reads, service, noted)
}

/** Whether a service tells of an event at all; of messages it depends on each. */
export function isTold(
  { newMessage, addedToConversation, removedFromConversation }: NotificationsRecord,
  type: PushAbout['type'],
) {
  switch (type) {
    case 'new_message':
      return newMessage.enabled || newMessage.withMedia.enabled
    case 'added_to_conversation':
      return addedToConversation.enabled
    case 'removed_from_conversation':
      return removedFromConversation.enabled
  }
}

/** Whether a message is still news to somebody: they are in the conversation, hear of it, and have not read it. */
export function isNews({ notificationLevel, lastReadMessageIndex }: ParticipantRecord, index: number): boolean {
  return notificationLevel !== 'muted' && (lastReadMessageIndex === null || lastReadMessageIndex < index)
}

async function ofMessage(reads: Reads, service: ServiceRecord, { identity, ...noted }: Noted): Promise<PushNotice | undefined> {
  const { conversationSid, about } = noted
  if (about.type !== 'new_message') return undefined
  const conversation = await reads.conversation(service.sid, conversationSid)
  const message = conversation && (await reads.message(conversationSid, about.index))
  const participant = conversation && (await reads.participantOf(conversationSid, identity))
  if (!conversation || !message || message.removed || !participant || !isNews(participant, about.index)) return undefined
  const { newMessage } = service.notifications
  const telling = tellingOf(newMessage, message)
  if (!telling) return undefined
  const title = conversation.friendlyName ?? conversation.uniqueName
  const body = filled(telling.template, {
    CONVERSATION: title ?? conversation.sid,
    PARTICIPANT: await nameOf(reads, { serviceSid: service.sid, identity: message.author }),
    MESSAGE: message.body ?? '',
    MEDIA: described(message.media),
    MEDIA_COUNT: String(message.media.length),
  })
  return {
    type: about.type,
    body,
    sound: telling.sound,
    badge: newMessage.badgeCountEnabled ? await unreadConversations(reads, { serviceSid: service.sid, identity }) : null,
    conversationSid,
    conversationTitle: title,
    message: { sid: message.sid, index: message.index, media: message.media },
  }
}

async function ofMembership(
  reads: Reads,
  service: ServiceRecord,
  { identity, ...noted }: Noted,
): Promise<PushNotice | undefined> {
  const { conversationSid, about } = noted
  if (about.type === 'new_message') return undefined
  const isAdded = about.type === 'added_to_conversation'
  // Whoever came and went, or went and came back, meanwhile is told of the last alone.
  const participant = await reads.participantOf(conversationSid, identity)
  if ((participant !== undefined) !== isAdded) return undefined
  const present = isAdded ? await reads.conversation(service.sid, conversationSid) : undefined
  const title = present ? (present.friendlyName ?? present.uniqueName) : about.title
  const { addedToConversation, removedFromConversation } = service.notifications
  const rule = isAdded ? addedToConversation : removedFromConversation
  if (!rule.enabled) return undefined
  const template = rule.template ?? (isAdded ? TEMPLATES.addedToConversation : TEMPLATES.removedFromConversation)
  const body = filled(template, {
    CONVERSATION: title ?? conversationSid,
    PARTICIPANT: await nameOf(reads, { serviceSid: service.sid, identity: about.by }),
  })
  return { type: about.type, body, sound: rule.sound, badge: null, conversationSid, conversationTitle: title }
}

/** A message with files has its own template where the service tells of files; of files without words nothing is said elsewhere. */
function tellingOf(rule: NotificationsRecord['newMessage'], { media, body }: MessageRecord): Telling | undefined {
  const { withMedia, enabled, sound } = rule
  if (media.length > 0 && withMedia.enabled) return { enabled, sound, template: withMedia.template ?? TEMPLATES.withMedia }
  return enabled && body ? { enabled, sound, template: rule.template ?? TEMPLATES.newMessage } : undefined
}

function described([first, ...others]: readonly Media[]): string {
  if (!first) return ''
  return others.length > 0 ? `${others.length + 1} files` : (first.filename ?? first.contentType)
}

/** How people see somebody; who is not in the app, or no user at all, is called what messages call them. */
async function nameOf(reads: Reads, key: UserKey): Promise<string> {
  return (await reads.user(key))?.friendlyName ?? key.identity
}

/** In how many conversations somebody has something to read: one that they never read counts as soon as something is in it. */
async function unreadConversations(reads: Reads, key: UserKey): Promise<number> {
  let count = 0
  let after: string | undefined
  for (;;) {
    const rows = await reads.membershipsBySid(key, after, PAGE)
    count += rows.filter(
      ({ conversation: { lastMessage }, participant }) =>
        lastMessage && lastMessage.index > (participant.lastReadMessageIndex ?? -1),
    ).length
    if (rows.length < PAGE) return count
    after = rows.at(-1)?.conversation.sid
  }
}
