import { requireThat } from './arguments.ts'
import type { Media } from './media.ts'
import { parsed } from './parsed.ts'

/** What a push is about. */
export type PushNotificationType =
  | 'twilio.conversations.new_message'
  | 'twilio.conversations.added_to_conversation'
  | 'twilio.conversations.removed_from_conversation'

/** Names of what is told without being asked for. */
// biome-ignore lint/complexity/noStaticOnlyClass: applications know it as a class.
export class NotificationTypes {
  static readonly TYPING_INDICATOR = 'twilio.ipmsg.typing_indicator'
  static readonly NEW_MESSAGE = 'twilio.conversations.new_message'
  static readonly ADDED_TO_CONVERSATION = 'twilio.conversations.added_to_conversation'
  static readonly REMOVED_FROM_CONVERSATION = 'twilio.conversations.removed_from_conversation'
  static readonly CONSUMPTION_UPDATE = 'twilio.channel.consumption_update'
}

/** What a push says about a conversation. */
export interface PushNotificationData {
  conversationSid?: string
  conversationTitle?: string
  messageIndex?: number
  messageSid?: string
  /** The first file of the message, as far as the push describes it. */
  media?: Media
  mediaCount?: number
}

/** What a push is made of. */
export interface PushNotificationDescriptor {
  title: string | null
  body: string | null
  sound: string | null
  badge: number | null
  action: string | null
  type: PushNotificationType
  data: Record<string, unknown>
}

/** A push that was received. */
export class PushNotification {
  declare readonly title: string | null
  declare readonly body: string | null
  declare readonly sound: string | null
  /** The number for the application's icon; null where the push sets none. */
  declare readonly badge: number | null
  declare readonly action: string | null
  declare readonly type: PushNotificationType
  declare readonly data: PushNotificationData

  constructor(descriptor: PushNotificationDescriptor) {
    Object.assign(this, descriptor)
  }
}

/** What is known of a payload: whatever came may be in it. */
type Fields = Readonly<Record<string, unknown>>

const SHOWN = ['title', 'body', 'sound', 'badge', 'action'] as const
/** What is read of the data, and as what: FCM carries texts only. */
const DATA = {
  conversation_sid: asItIs,
  conversation_title: asItIs,
  message_sid: asItIs,
  message_index: number,
  media_count: number,
  media: (given: unknown) => parsed(String(given)),
}

/**
 * Reads what a push service delivered: the `data` of an FCM message, or an APNs payload with `aps`.
 *
 * @throws ConversaError when it is not a push of a conversation
 */
export function parsePushNotification(payload: unknown): PushNotification {
  const { aps, data } = (payload ?? {}) as { readonly aps?: Fields; readonly data?: Fields }
  const fields = (aps ? payload : data) as Fields | undefined
  const type = fields?.twi_message_type
  requireThat(fields && type, 'notificationPayload')
  const shown = aps ? shownByApple(aps) : shownByGoogle(fields)
  const descriptor: Record<string, unknown> = { type, data: dataOf(fields) }
  for (const name of SHOWN) descriptor[name] = shown[name] || null
  return new PushNotification(descriptor as unknown as PushNotificationDescriptor)
}

function shownByApple({ alert, sound, badge, category: action }: Fields): Fields {
  return { ...(typeof alert === 'string' ? { body: alert } : (alert as Fields)), sound, badge, action }
}

function shownByGoogle(fields: Fields): Fields {
  return Object.fromEntries(SHOWN.map((name) => [name, fields[`twi_${name}`]]))
}

function dataOf(fields: Fields): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(DATA)) {
    const value = read(fields[name] ?? undefined)
    if (value !== undefined) data[name.replace(/_./, ([, initial = '']) => initial.toUpperCase())] = value
  }
  return data
}

function asItIs(given: unknown): unknown {
  return given
}

function number(given: unknown): number | undefined {
  const value = Number.parseFloat(String(given))
  return Number.isFinite(value) ? value : undefined
}
