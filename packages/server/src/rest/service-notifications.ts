import { INQUIRIES, type PushRule, type ServiceRecord } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { Type } from 'typebox'
import { flag, text } from './fields.ts'
import { fetching, writing } from './operation.ts'
import type { Place } from './place.ts'

/** Words with variables in it, as in a shell with braces: CONVERSATION, PARTICIPANT, MESSAGE, MEDIA, MEDIA_COUNT. */
const template = () => text({}, LIMITS.pushTemplateCharacters)
const sound = () => text({}, LIMITS.pushSoundCharacters)

const FIELDS = Type.Object({
  LogEnabled: flag({ description: 'Whether the log of the server tells of each push of this service what became of it' }),
  'NewMessage.Enabled': flag(),
  'NewMessage.Template': template(),
  'NewMessage.Sound': sound(),
  'NewMessage.BadgeCountEnabled': flag(),
  'NewMessage.WithMedia.Enabled': flag(),
  'NewMessage.WithMedia.Template': template(),
  'AddedToConversation.Enabled': flag(),
  'AddedToConversation.Template': template(),
  'AddedToConversation.Sound': sound(),
  'RemovedFromConversation.Enabled': flag(),
  'RemovedFromConversation.Template': template(),
  'RemovedFromConversation.Sound': sound(),
})

const PATH = '/Services/{ServiceSid}/Configuration/Notifications'

const showRule = ({ enabled, template, sound }: PushRule) => ({ enabled, template, sound })

/** What a service pushes, as REST shows it. */
function showNotifications({ sid, accountSid, notifications }: ServiceRecord, place: Place): object {
  const { logEnabled, newMessage, addedToConversation, removedFromConversation } = notifications
  const { enabled, template } = newMessage.withMedia
  return {
    account_sid: accountSid,
    chat_service_sid: sid,
    log_enabled: logEnabled,
    new_message: {
      ...showRule(newMessage),
      badge_count_enabled: newMessage.badgeCountEnabled,
      with_media: { enabled, template },
    },
    added_to_conversation: showRule(addedToConversation),
    removed_from_conversation: showRule(removedFromConversation),
    url: place.accountUrl(`/Services/${sid}/Configuration/Notifications`),
  }
}

export const SERVICE_NOTIFICATIONS_OPERATIONS = [
  fetching({
    name: 'ServiceNotifications.fetch',
    path: PATH,
    reach: 'service',
    ask: () => INQUIRIES.service(),
    show: showNotifications,
  }),
  writing<'serviceNotifications.update', ServiceRecord, typeof FIELDS>({
    name: 'ServiceNotifications.update',
    path: PATH,
    reach: 'service',
    fields: FIELDS,
    status: 200,
    command: ({ fields }) => ({
      type: 'serviceNotifications.update',
      notifications: {
        logEnabled: fields.LogEnabled,
        newMessage: {
          enabled: fields['NewMessage.Enabled'],
          template: fields['NewMessage.Template'],
          sound: fields['NewMessage.Sound'],
          badgeCountEnabled: fields['NewMessage.BadgeCountEnabled'],
          withMedia: {
            enabled: fields['NewMessage.WithMedia.Enabled'],
            template: fields['NewMessage.WithMedia.Template'],
          },
        },
        addedToConversation: {
          enabled: fields['AddedToConversation.Enabled'],
          template: fields['AddedToConversation.Template'],
          sound: fields['AddedToConversation.Sound'],
        },
        removedFromConversation: {
          enabled: fields['RemovedFromConversation.Enabled'],
          template: fields['RemovedFromConversation.Template'],
          sound: fields['RemovedFromConversation.Sound'],
        },
      },
    }),
    ask: () => INQUIRIES.service(),
    show: showNotifications,
  }),
]
