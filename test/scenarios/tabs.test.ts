import type { Client, Conversation } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { deviceRoom } from './device.ts'
import { next, record, settle, World } from './world.ts'

/** Two tabs of Alice, and Bob. */
async function tabs() {
  const world = await World.begin()
  const { devices, conversations } = await deviceRoom(world, 'alice', 'alice', 'bob')
  const [first, second, bobs] = conversations
  return { world, devices, first, second, bobs }
}

const reasonsOf = (conversation: Conversation) => record(conversation, { updated: ({ updateReasons }) => updateReasons })

describe('two tabs of one person', () => {
  test('show the same horizon and unread count, and each change once', async () => {
    const { first, second, bobs } = await tabs()
    for (const text of ['one', 'two', 'three']) await bobs.sendMessage(text)
    await settle(first, first, second)
    const heard = reasonsOf(second)
    expect(await first.advanceLastReadMessageIndex(1)).toBe(1)
    await settle(first, second)
    expect([second.lastReadMessageIndex, await second.getUnreadMessagesCount()]).toEqual([1, 1])
    expect(heard.filter(([, reasons]) => (reasons as string[]).includes('lastReadMessageIndex'))).toHaveLength(1)
    await second.setAllMessagesUnread()
    await settle(first, first)
    expect([first.lastReadMessageIndex, await first.getUnreadMessagesCount()]).toEqual([null, null])
  })

  test('that read on at the same time, also offline, end at the higher horizon', async () => {
    const { devices, first, second, bobs } = await tabs()
    for (const text of ['one', 'two', 'three', 'four']) await bobs.sendMessage(text)
    await settle(first, first, second)
    for (const { network } of devices.slice(0, 2)) network.partition()
    await Promise.all(devices.slice(0, 2).map((device) => device.disconnected()))
    const advanced = [first.advanceLastReadMessageIndex(2), second.advanceLastReadMessageIndex(1)]
    for (const { network } of devices.slice(0, 2)) network.heal()
    await Promise.all(advanced)
    await settle(first, first, second)
    for (const each of [first, second]) {
      expect([each.lastReadMessageIndex, await each.getUnreadMessagesCount()]).toEqual([2, 1])
    }
  })

  test('show what either sends, once and in one order', async () => {
    const { first, second, bobs } = await tabs()
    const heard = [first, second, bobs].map((each) => record(each, { messageAdded: ({ author, body }) => [author, body] }))
    const sends = Array.from({ length: 20 }, (_, number) => [
      first.sendMessage(`first ${number}`),
      second.sendMessage(`second ${number}`),
    ])
    const indexes = await Promise.all(sends.flat())
    await settle(first, first, second, bobs)
    const [mine] = heard
    expect(mine).toHaveLength(40)
    expect(heard).toEqual([mine, mine, mine])
    expect(new Set(indexes).size).toBe(40)
    for (const tab of ['first', 'second']) {
      const ofTab = mine?.map(([, said]) => (said as [string, string])[1]).filter((body) => body.startsWith(tab))
      expect(ofTab).toEqual(Array.from({ length: 20 }, (_, number) => `${tab} ${number}`))
    }
  })

  test('that type are one who types to the others, until either sends; and not to themselves', async () => {
    const { first, second, bobs } = await tabs()
    const own = [first, second].map((each) => record(each, { typingStarted: () => '', typingEnded: () => '' }))
    const heard = record(bobs, { typingStarted: ({ identity }) => identity, typingEnded: ({ identity }) => identity })
    const started = next(bobs, 'typingStarted')
    await first.typing()
    const typist = await started
    await second.typing()
    await settle(first, bobs)
    expect((await bobs.getParticipants()).filter(({ isTyping }) => isTyping)).toEqual([typist])
    const ended = next(bobs, 'typingEnded')
    await second.sendMessage('done')
    await ended
    expect(new Set(heard.map(([name, identity]) => `${name} ${identity}`))).toEqual(
      new Set(['typingStarted alice', 'typingEnded alice']),
    )
    expect(heard.filter(([name]) => name === 'typingEnded')).toHaveLength(1)
    await settle(first, first, second)
    expect(own).toEqual([[], []])
  })

  test('both see that one of them leaves and joins again', async () => {
    const { devices, first, second, bobs } = await tabs()
    const told = devices.slice(0, 2).map(({ client }) => membershipOf(client))
    const before = (await second.getParticipantByIdentity('alice')).sid
    const removed = next(second, 'removed')
    await first.leave()
    await removed
    expect([first.status, second.status]).toEqual(['notParticipating', 'notParticipating'])
    await expect(second.sendMessage('who hears me?')).rejects.toMatchObject({ code: 50430 })
    const joined = next(devices[1].client, 'conversationJoined')
    await bobs.sendMessage('come back')
    await first.join()
    expect(await joined).toBe(second)
    const names = ['conversationLeft', 'conversationRemoved', 'conversationAdded', 'conversationJoined']
    expect(told.map((each) => each.map(([name]) => name))).toEqual([names, names])
    expect((await second.getParticipantByIdentity('alice')).sid).not.toBe(before)
    for (const each of [first, second]) expect([each.status, each.lastReadMessageIndex]).toEqual(['joined', null])
    const heard = next(second, 'messageAdded')
    await bobs.sendMessage('welcome')
    expect((await heard).body).toBe('welcome')
  })

  test('that leave at the same time have both left, and each tells it once', async () => {
    const { devices, first, second, bobs } = await tabs()
    const told = devices.slice(0, 2).map(({ client }) => membershipOf(client))
    const seen = record(bobs, { participantLeft: ({ identity }) => identity })
    expect(await Promise.all([first.leave(), second.leave(), first.leave()])).toEqual([first, second, first])
    expect([first.status, second.status]).toEqual(['notParticipating', 'notParticipating'])
    await bobs.sendMessage('whoever left hears no more')
    const names = ['conversationLeft', 'conversationRemoved']
    expect(told.map((each) => each.map(([name]) => name))).toEqual([names, names])
    expect(seen).toEqual([['participantLeft', 'alice']])
  })

  test('one of which left while the other was offline, and leaves at its return: that is done already', async () => {
    const { devices, first, second } = await tabs()
    const [, asleep] = devices
    asleep.network.partition()
    await asleep.disconnected()
    const left = second.leave()
    await first.leave()
    asleep.network.heal()
    expect((await left).status).toBe('notParticipating')
  })

  test('learn both that they may not leave', async () => {
    const { world, first, second } = await tabs()
    await world.forbid('leaveConversation')
    for (const each of [first, second]) {
      await expect(each.leave()).rejects.toMatchObject({ status: 403 })
      expect(each.status).toBe('joined')
    }
  })

  test('one of which is offline learn at its return what the other did', async () => {
    const { devices, first, second, bobs } = await tabs()
    const [tab, asleep] = devices
    await bobs.sendMessage('one')
    await settle(first, first, second)
    asleep.network.partition()
    await asleep.disconnected()
    const told = membershipOf(asleep.client)
    const heard = record(asleep.client, { messageAdded: ({ body }) => body, userUpdated: ({ updateReasons }) => updateReasons })
    await first.sendMessage('two')
    await first.setAllMessagesRead()
    await first.setUserNotificationLevel('muted')
    await tab.client.user.updateFriendlyName('Alice')
    const made = await tab.client.createConversation({ friendlyName: 'new' })
    await made.join()
    const joined = next(asleep.client, 'conversationJoined', ({ sid }) => sid === made.sid)
    asleep.network.heal()
    expect((await joined).friendlyName).toBe('new')
    await settle(first, second)
    expect([second.lastReadMessageIndex, await second.getUnreadMessagesCount(), second.notificationLevel]).toEqual([
      1,
      0,
      'muted',
    ])
    expect(asleep.client.user.friendlyName).toBe('Alice')
    expect(heard).toEqual(
      expect.arrayContaining([
        ['messageAdded', 'two'],
        ['userUpdated', expect.arrayContaining(['friendlyName'])],
      ]),
    )
    expect(heard).toHaveLength(2)
    expect(told.map(([name]) => name)).toEqual(['conversationAdded', 'conversationJoined'])
  })

  test('one of which leaves while the other is offline and writes: that is refused there', async () => {
    const { devices, first, second, bobs } = await tabs()
    const [, asleep] = devices
    asleep.network.partition()
    await asleep.disconnected()
    const refused = expect(second.sendMessage('too late')).rejects.toMatchObject({ code: 50430, retry: 'never' })
    await first.leave()
    const removed = next(second, 'removed')
    asleep.network.heal()
    await Promise.all([refused, removed])
    expect(await bobs.getMessagesCount()).toBe(0)
  })
})

function membershipOf(client: Client): [string, unknown][] {
  return record(client, {
    conversationLeft: () => '',
    conversationRemoved: () => '',
    conversationAdded: () => '',
    conversationJoined: () => '',
  })
}
