import { failure } from './errors.ts'
import type { Media } from './media.ts'

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
  readonly title: string | null
  readonly body: string | null
  readonly sound: string | null
  /** The number for the application's icon; null where it is not set by the push. */
  readonly badge: number | null
  readonly action: string | null
  readonly type: PushNotificationType
  readonly data: PushNotificationData

  constructor(descriptor: PushNotificationDescriptor) {
    this.title = descriptor.title
    this.body = descriptor.body
    this.sound = descriptor.sound
    this.badge = descriptor.badge
    this.action = descriptor.action
    this.type = descriptor.type
    this.data = descriptor.data
  }
}

/** What is known of a payload: whatever came may be in it. */
type Fields = Readonly<Record<string, unknown>>

/** The fields of `data` by their names on the way, and what makes a value of what came. */
const DATA: Readonly<Record<string, readonly [keyof PushNotificationData, (given: unknown) => unknown]>> = {
  conversation_sid: ['conversationSid', (given) => given],
  conversation_title: ['conversationTitle', (given) => given],
  message_sid: ['messageSid', (given) => given],
  message_index: ['messageIndex', numberOf],
  media_count: ['mediaCount', numberOf],
  media: ['media', jsonOf],
}

/**
 * Reads what a push service delivered: the `data` of an FCM message, or an APNs payload with `aps`.
 *
 * @throws ConversaError when it is not a push of a conversation
 */
export function parsePushNotification(payload: unknown): PushNotification {
  const { aps, data } = (payload ?? {}) as { readonly aps?: Fields; readonly data?: Fields }
  const fields = aps ? (payload as Fields) : data
  const type = fields?.twi_message_type
  if (!fields || !type) throw failure('parameterInvalid', { parameter: 'notificationPayload' })
  return new PushNotification({
    ...(aps ? shownByApple(aps) : shownByGoogle(fields)),
    type: type as PushNotificationType,
    data: dataOf(fields),
  } as PushNotificationDescriptor)
}

function shownByApple({ alert, sound, badge, category }: Fields): Fields {
  const { title, body } = typeof alert === 'string' ? { title: null, body: alert } : ((alert ?? {}) as Fields)
  return { title: title || null, body: body || null, sound: sound || null, badge: badge ?? null, action: category || null }
}

function shownByGoogle({ twi_title, twi_body, twi_sound, twi_action }: Fields): Fields {
  return { title: twi_title || null, body: twi_body || null, sound: twi_sound || null, badge: null, action: twi_action || null }
}

function dataOf(fields: Fields): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const [name, [as, read]] of Object.entries(DATA)) {
    const value = read(fields[name] ?? undefined)
    if (value !== undefined) data[as] = value
  }
  return data
}

/** FCM carries texts only. */
function numberOf(given: unknown): number | undefined {
  const number = Number.parseFloat(String(given))
  return Number.isFinite(number) ? number : undefined
}

function jsonOf(given: unknown): unknown {
  try {
    return JSON.parse(String(given))
  } catch {
    return undefined
  }
}
