import {
  Client,
  type Conversation,
  type NotificationLevel,
  type NotificationsChannelType,
  NotificationTypes,
  type PushNotification,
  type PushNotificationData,
} from '@twilio/conversations'

/** What the application does with a push that a service worker got. */
export function titleOf(payload: unknown): string {
  const push: PushNotification = Client.parsePushNotification(payload)
  const data: PushNotificationData = push.data
  const about = data.conversationTitle ?? data.conversationSid ?? ''
  return `${push.title ?? about} ${push.body ?? ''} ${data.messageIndex ?? ''}${push.badge ?? ''}`
}

export function listen(client: Client, open: (conversation: Conversation, index: number) => void): void {
  client.on('pushNotification', async ({ type, data }) => {
    if (type !== NotificationTypes.NEW_MESSAGE || !data.conversationSid) return
    open(await client.getConversationBySid(data.conversationSid), data.messageIndex ?? 0)
  })
}

export async function received(client: Client, payload: Record<string, unknown>): Promise<void> {
  await client.handlePushNotification(payload)
}

export async function toggle(conversation: Conversation): Promise<NotificationLevel> {
  const level: NotificationLevel = conversation.notificationLevel === 'muted' ? 'default' : 'muted'
  await conversation.setUserNotificationLevel(level)
  return level
}

const CHANNEL: NotificationsChannelType = 'fcm'

export async function register(client: Client, token: string, olderToken?: string): Promise<void> {
  await client.setPushRegistrationId(CHANNEL, token)
  if (olderToken) await client.removePushRegistrations(CHANNEL, olderToken)
}

export async function unregister(client: Client): Promise<void> {
  await client.unsetPushRegistrationId('apn')
}
