import { expect } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { nextOf } from './events.ts'
import type { Client, Conversation } from './sdks.ts'
import { everySdk } from './world.ts'

interface Updated {
  readonly conversation: Conversation
  readonly updateReasons: readonly string[]
}

const updatedBy = (reason: string, from: Client | Conversation, name: string) =>
  nextOf<Updated>(from, name, ({ updateReasons }) => updateReasons.includes(reason))

everySdk('Conversation.join, Conversation.add, Conversation.leave', 'lets people in and out', async (world) => {
  const { alice, alices, bob, bobs } = await world.room()
  expect([alices.status, bobs.status]).toEqual(['joined', 'joined'])
  expect(await world.refusal(alices.add('bob'))).toBe(50433)
  const left = nextOf<Conversation>(bob, 'conversationLeft')
  await bobs.leave()
  expect((await left).sid).toBe(bobs.sid)
  expect((await alice.getSubscribedConversations()).items).toHaveLength(1)
  expect(await world.refusal(bobs.sendMessage('still here?'))).toEqual(expect.any(Number))
})

everySdk('Conversation.removeParticipant', 'removes somebody by their name, and by what they are', async (world) => {
  const { alices, bob } = await world.room()
  for (const isByName of [true, false]) {
    const removed = nextOf<Conversation>(bob, 'conversationRemoved')
    await alices.removeParticipant(isByName ? 'bob' : await alices.getParticipantByIdentity('bob').then((one) => one ?? ''))
    await removed
    if (!isByName) return
    const [again, seen] = [nextOf<Conversation>(bob, 'conversationJoined'), nextOf(alices, 'participantJoined')]
    await alices.add('bob')
    await seen
    await (await again).getParticipants()
  }
})

everySdk('Conversation.delete', 'deletes for everybody, by who may', async (world) => {
  const { alice, alices, bob, bobs } = await world.room()
  expect(await world.refusal(bobs.delete())).toBe(50107)
  const removed = [alice, bob].map((each) => nextOf<Conversation>(each, 'conversationRemoved'))
  await alices.delete()
  expect((await Promise.all(removed)).map(({ sid }) => sid)).toEqual([alices.sid, alices.sid])
})

everySdk(
  'Conversation.updateFriendlyName, Conversation.updateUniqueName, Conversation.updated, Client.conversationUpdated',
  'renames, and everybody sees it',
  async (world) => {
    const { alice, alices, bob, bobs } = await world.room()
    const heard = [updatedBy('friendlyName', bobs, 'updated'), updatedBy('friendlyName', bob, 'conversationUpdated')]
    await alices.updateFriendlyName('Dinner')
    for (const { conversation } of await Promise.all(heard)) expect(conversation.friendlyName).toBe('Dinner')
    const named = updatedBy('uniqueName', bobs, 'updated')
    await alices.updateUniqueName('dinner')
    await named
    expect((await bob.getConversationByUniqueName('dinner')).sid).toBe(alices.sid)
    const unnamed = updatedBy('uniqueName', bobs, 'updated')
    await alices.updateUniqueName(null)
    await unnamed
    await expect(alice.getConversationByUniqueName('dinner')).rejects.toThrow()
    expect(await world.refusal(bobs.updateFriendlyName('mine'))).toBe(50107)
  },
)

everySdk('Conversation.updateAttributes, Conversation.getAttributes', 'keeps whatever JSON can say', async (world) => {
  const { alices, bobs } = await world.room()
  for (const attributes of [[1, 'two'], { nested: { deep: null } }, 'text']) {
    const changed = updatedBy('attributes', bobs, 'updated')
    await alices.updateAttributes(attributes)
    expect((await changed).conversation.attributes).toEqual(attributes)
    expect(await bobs.getAttributes()).toEqual(attributes)
  }
})

everySdk('Conversation.setUserNotificationLevel', 'mutes for the user alone', async (world) => {
  const { alices, bobs } = await world.room()
  const muted = updatedBy('notificationLevel', bobs, 'updated')
  await bobs.setUserNotificationLevel('muted')
  await muted
  expect([bobs.notificationLevel, alices.notificationLevel]).toEqual(['muted', 'default'])
})

everySdk(
  'Conversation.advanceLastReadMessageIndex, Conversation.updateLastReadMessageIndex, Conversation.setAllMessagesRead, ' +
    'Conversation.setAllMessagesUnread, Conversation.getUnreadMessagesCount',
  'keeps horizons, and exact counts',
  async (world) => {
    const { alices, bobs } = await world.room()
    for (const body of ['one', 'two', 'three']) await alices.sendMessage(body)
    expect([await bobs.getUnreadMessagesCount(), bobs.lastReadMessageIndex]).toEqual([null, null])
    const seen = nextOf<{ participant: { identity: string } }>(alices, 'participantUpdated')
    expect(await bobs.advanceLastReadMessageIndex(1)).toBe(1)
    expect((await seen).participant).toMatchObject({ identity: 'bob', lastReadMessageIndex: 1 })
    await expect.poll(() => bobs.lastReadMessageIndex).toBe(1)
    expect(await bobs.advanceLastReadMessageIndex(0)).toBe(1)
    expect(await bobs.getUnreadMessagesCount()).toBe(1)
    expect(await bobs.updateLastReadMessageIndex(0)).toBe(2)
    expect(await bobs.setAllMessagesRead()).toBe(0)
    expect(await bobs.getUnreadMessagesCount()).toBe(0)
    await bobs.setAllMessagesUnread()
    await expect.poll(() => bobs.lastReadMessageIndex).toBeNull()
  },
)

everySdk('Conversation.getMessagesCount, Conversation.getParticipantsCount', 'counts exactly', async (world) => {
  const { alices, bobs } = await world.room()
  for (const body of ['one', 'two']) await alices.sendMessage(body)
  await expect.poll(() => bobs.getMessagesCount()).toBe(2)
  expect(await bobs.getParticipantsCount()).toBe(2)
  await bobs.leave()
  await expect.poll(() => alices.getParticipantsCount()).toBe(1)
})

everySdk('Conversation.bindings, Conversation.updated', 'shows the address for e-mails that a back end gives', async (world) => {
  const { alices, bobs } = await world.room()
  const given = updatedBy('bindings', bobs, 'updated')
  const desk = backEndOf(world.server).conversations.v1.conversations(alices.sid)
  await desk.update({ 'bindings.email.address': 'help@example.com', 'bindings.email.name': 'Help desk' })
  await given
  expect(bobs.bindings).toEqual({ email: { projected_address: 'help@example.com', name: 'Help desk' } })
})
