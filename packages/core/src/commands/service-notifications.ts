import type { NotificationsRecord, PushRule, ServiceRecord } from '../records/records.ts'
import { serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'

const UNSET: PushRule = { enabled: false, template: null, sound: null }

/** What a new service pushes: nothing (rest-and-semantics 3.12). */
export const SILENT: NotificationsRecord = {
  logEnabled: false,
  newMessage: { ...UNSET, badgeCountEnabled: false, withMedia: { enabled: false, template: null } },
  addedToConversation: UNSET,
  removedFromConversation: UNSET,
}

/** What the actor's service pushes: what is given replaces, what is not stays. No client hears of it. */
export const updateNotifications = handler<'serviceNotifications.update', ServiceRecord>({
  scopes: settingsScope,
  facts: (reads, actor) => serviceOf(reads, actor),
  decide(service, { notifications: given }, { now }) {
    const { notifications: before } = service
    const { withMedia, ...ofMessage } = given.newMessage
    const notifications: NotificationsRecord = {
      logEnabled: given.logEnabled ?? before.logEnabled,
      newMessage: {
        ...overlaid(before.newMessage, ofMessage),
        withMedia: overlaid(before.newMessage.withMedia, withMedia),
      },
      addedToConversation: overlaid(before.addedToConversation, given.addedToConversation),
      removedFromConversation: overlaid(before.removedFromConversation, given.removedFromConversation),
    }
    const changes = new Changes()
    changes.serviceSaved({ ...service, notifications, dateUpdated: now })
    return { changes, result: {} }
  },
})

/** The same with what was given in place of what was there. */
function overlaid<Fields extends object>(before: Fields, given: { readonly [Name in keyof Fields]?: Fields[Name] | undefined }) {
  const changed = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...before, ...(Object.fromEntries(changed) as Partial<Fields>) }
}
