import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'

const stage = async () => {
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  return { world, v1, notifications: v1.services(SERVICE_SID).configuration.notifications() }
}

const variable = (name: string) => ['$', '{', name, '}'].join('')
const WORDS = `${variable('PARTICIPANT')}: ${variable('MESSAGE')}`
const FILES = `${variable('MEDIA_COUNT')} files`

const UNSET = { enabled: false, template: null, sound: null }

describe('ServiceNotifications.fetch', () => {
  test('says of a new service that nothing is pushed', async () => {
    const { world, notifications } = await stage()
    expect(await notifications.fetch()).toMatchObject({
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      logEnabled: false,
      newMessage: { ...UNSET, badge_count_enabled: false, with_media: { enabled: false, template: null } },
      addedToConversation: UNSET,
      removedFromConversation: UNSET,
      url: `${world.server.url}/v1/Services/${SERVICE_SID}/Configuration/Notifications`,
    })
  })
})

describe('ServiceNotifications.update', () => {
  test('changes what is given and leaves the rest, for one service; its record keeps it', async () => {
    const { world, v1, notifications } = await stage()
    await notifications.update({
      logEnabled: true,
      'newMessage.enabled': true,
      'newMessage.template': WORDS,
      'newMessage.sound': 'ring',
      'newMessage.badgeCountEnabled': true,
      'newMessage.withMedia.enabled': true,
      'newMessage.withMedia.template': FILES,
      'addedToConversation.enabled': true,
      'removedFromConversation.template': 'Bye',
    })
    const changed = await notifications.update({
      'newMessage.sound': '',
      'addedToConversation.sound': 'bell',
      'removedFromConversation.enabled': true,
    })
    const expected = {
      logEnabled: true,
      newMessage: {
        enabled: true,
        template: WORDS,
        sound: null,
        badge_count_enabled: true,
        with_media: { enabled: true, template: FILES },
      },
      addedToConversation: { enabled: true, template: null, sound: 'bell' },
      removedFromConversation: { enabled: true, template: 'Bye', sound: null },
    }
    expect(changed).toMatchObject(expected)
    expect(await notifications.fetch()).toMatchObject(expected)
    const kept = await world.server.core.service(SERVICE_SID)
    expect(kept?.notifications).toMatchObject({ logEnabled: true, newMessage: { badgeCountEnabled: true } })
    const other = await v1.services(OTHER_SERVICE_SID).configuration.notifications().fetch()
    expect(other).toMatchObject({ logEnabled: false, newMessage: UNSET })
  })

  test('refuses what is no flag or is too long', async () => {
    const { notifications } = await stage()
    const wrong = notifications.update({ 'newMessage.enabled': 'perhaps' as unknown as boolean })
    expect(await refusalOf(wrong)).toMatchObject({ code: 20001, status: 400 })
    const long = notifications.update({ 'addedToConversation.template': 'x'.repeat(2049) })
    expect(await refusalOf(long)).toMatchObject({ code: 20001, status: 400 })
  })
})
