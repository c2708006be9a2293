import type {
  Conversation,
  ConversationUpdatedEventArgs,
  Message,
  MessageUpdatedEventArgs,
  Participant,
  User,
} from '@twilio/conversations'
import { describe, expect, test } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { nextOf, recordOf, VENDORS, VendorWorld } from './vendor.ts'

const versions = Object.keys(VENDORS) as (keyof typeof VENDORS)[]

describe.each(versions)('the vendor’s SDK %s, unmodified', (version) => {
  test('makes a conversation, joins it, adds somebody, and both see the same', async () => {
    const { bob, alices, bobs } = await (await VendorWorld.begin(version)).room()
    expect(bobs.sid).toBe(alices.sid)
    for (const conversation of [alices, bobs]) {
      expect(conversation).toMatchObject({ friendlyName: 'Lunch', attributes: { topic: 'food' }, createdBy: 'alice' })
      expect(conversation).toMatchObject({ status: 'joined', notificationLevel: 'default', lastReadMessageIndex: null })
      expect(conversation.state?.current).toBe('active')
    }
    expect((await bob.getSubscribedConversations()).items.map(({ sid }) => sid)).toEqual([alices.sid])
    expect((await bob.getConversationBySid(alices.sid)).sid).toBe(alices.sid)
    expect((await bobs.getParticipants()).map(({ identity, type }) => [identity, type])).toEqual([
      ['alice', 'chat'],
      ['bob', 'chat'],
    ])
    expect(await bobs.getParticipantsCount()).toBe(2)
  })

  test('sends, and everybody hears of it in order', async () => {
    const { alices, bobs } = await (await VendorWorld.begin(version)).room()
    const heard = recordOf(bobs, {
      messageAdded: ({ index, author, body, attributes }: Message) => [index, author, body, attributes],
    })
    const last = nextOf<Message>(bobs, 'messageAdded', ({ index }) => index === 2)
    // The conversation itself is told of after its message.
    const told = nextOf<ConversationUpdatedEventArgs>(
      bobs,
      'updated',
      ({ conversation }) => conversation.lastMessage?.index === 2,
    )
    expect(await alices.sendMessage('one', { n: 1 })).toBe(0)
    expect(await bobs.sendMessage('two')).toBe(1)
    expect(await alices.sendMessage('three 😀 \u2028')).toBe(2)
    await last
    expect(heard).toEqual([
      ['messageAdded', [0, 'alice', 'one', { n: 1 }]],
      ['messageAdded', [1, 'bob', 'two', {}]],
      ['messageAdded', [2, 'alice', 'three 😀 \u2028', {}]],
    ])
    await told
    expect(bobs.lastMessage?.index).toBe(2)
    expect(await bobs.getMessagesCount()).toBe(3)
  })

  test('reads pages in both directions, with gaps', async () => {
    const { alices } = await (await VendorWorld.begin(version)).room()
    for (let at = 0; at < 35; at++) await alices.sendMessage(`message ${at}`)
    const first = await alices.getMessages(10)
    const indexes = ({ items }: { items: Message[] }) => items.map(({ index }) => index)
    expect(indexes(first)).toEqual([25, 26, 27, 28, 29, 30, 31, 32, 33, 34])
    expect([first.hasPrevPage, first.hasNextPage]).toEqual([true, false])
    const removed = nextOf<Message>(alices, 'messageRemoved')
    await first.items[5]?.remove()
    await removed
    const older = await first.prevPage()
    expect(indexes(older)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
    expect(indexes(await alices.getMessages(30, 4))).toEqual([0, 1, 2, 3, 4])
    expect(indexes(await alices.getMessages(10, 28, 'forward'))).toEqual([28, 29, 31, 32, 33, 34])
  })

  test('edits and removes messages, with their reasons', async () => {
    const { alices, bobs } = await (await VendorWorld.begin(version)).room()
    await alices.sendMessage('frist')
    const [message] = (await alices.getMessages()).items
    await bobs.getMessages()
    const updated = nextOf<MessageUpdatedEventArgs>(bobs, 'messageUpdated')
    await message?.updateBody('first')
    expect(await updated).toMatchObject({ message: { body: 'first', lastUpdatedBy: 'alice' } })
    expect((await updated).updateReasons).toContain('body')
    const marked = nextOf<MessageUpdatedEventArgs>(bobs, 'messageUpdated')
    await message?.updateAttributes({ pinned: true })
    expect(await marked).toMatchObject({ message: { attributes: { pinned: true } } })
    const removed = nextOf<Message>(bobs, 'messageRemoved')
    await message?.remove()
    expect((await removed).sid).toBe(message?.sid)
  })

  test('keeps horizons and exact unread counts', async () => {
    const { alices, bobs } = await (await VendorWorld.begin(version)).room()
    for (const body of ['one', 'two', 'three']) await alices.sendMessage(body)
    expect(await bobs.getUnreadMessagesCount()).toBeNull()
    const seen = nextOf<{ participant: Participant }>(alices, 'participantUpdated')
    expect(await bobs.advanceLastReadMessageIndex(0)).toBe(2)
    expect((await seen).participant).toMatchObject({ identity: 'bob', lastReadMessageIndex: 0 })
    expect(await bobs.getUnreadMessagesCount()).toBe(2)
    expect(await bobs.setAllMessagesRead()).toBe(0)
    expect(await bobs.updateLastReadMessageIndex(1)).toBe(1)
    expect(await bobs.setAllMessagesUnread()).toBe(3)
  })

  test('updates names, attributes and levels, and takes names away', async () => {
    const { alice, alices, bobs } = await (await VendorWorld.begin(version)).room()
    const renamed = nextOf<ConversationUpdatedEventArgs>(bobs, 'updated')
    await alices.updateFriendlyName('Dinner')
    expect((await renamed).updateReasons).toContain('friendlyName')
    expect(bobs.friendlyName).toBe('Dinner')
    await alices.updateUniqueName('dinner')
    expect((await alice.getConversationByUniqueName('dinner')).sid).toBe(alices.sid)
    await alices.updateUniqueName(null)
    const changed = nextOf<ConversationUpdatedEventArgs>(alices, 'updated', ({ updateReasons }) =>
      updateReasons.includes('attributes'),
    )
    await alices.updateAttributes([1, 'two'])
    await changed
    expect(alices.attributes).toEqual([1, 'two'])
    const muted = nextOf<ConversationUpdatedEventArgs>(bobs, 'updated', ({ updateReasons }) =>
      updateReasons.includes('notificationLevel'),
    )
    await bobs.setUserNotificationLevel('muted')
    await muted
    expect([bobs.notificationLevel, alices.notificationLevel]).toEqual(['muted', 'default'])
  })

  test('tells of typing until a message comes', async () => {
    const { alices, bobs } = await (await VendorWorld.begin(version)).room()
    await bobs.getParticipants()
    const started = nextOf<Participant>(bobs, 'typingStarted')
    await alices.typing()
    expect((await started).identity).toBe('alice')
    const ended = nextOf<Participant>(bobs, 'typingEnded')
    await alices.sendMessage('typed')
    expect((await ended).identity).toBe('alice')
  })

  test('leaves, is removed, and hears of the end of a conversation, each in its order', async () => {
    const world = await VendorWorld.begin(version)
    const { alices, bob, bobs } = await world.room()
    const heard = recordOf(bob, { conversationLeft: () => '', conversationRemoved: () => '' })
    // The vendor's client rejects into nothing when a conversation goes that it still loads.
    await bobs.getParticipants()
    const removed = nextOf<Conversation>(bob, 'conversationRemoved')
    await alices.removeParticipant('bob')
    await removed
    expect(heard.map(([name]) => name)).toEqual(['conversationLeft', 'conversationRemoved'])
    const again = nextOf<Conversation>(bob, 'conversationJoined')
    await alices.add('bob')
    expect((await again).sid).toBe(bobs.sid)
    await (await again).getParticipants()
    const gone = nextOf<Conversation>(bob, 'conversationRemoved')
    await alices.delete()
    await gone
    expect(heard.map(([name]) => name)).toEqual(Array(2).fill(['conversationLeft', 'conversationRemoved']).flat())
    await expect(bob.getConversationBySid(bobs.sid)).rejects.toMatchObject({ status: 404 })
  })

  test('shows profiles, and hears of their changes', async () => {
    const { alice, bob } = await (await VendorWorld.begin(version)).room()
    const theirs = await bob.getUser('alice')
    const updated = nextOf<{ user: User }>(theirs, 'updated', ({ user }) => user.friendlyName === 'Alice')
    await alice.user.updateFriendlyName('Alice')
    await updated
    expect((await nextAttributes(alice.user, { team: 'red' })).attributes).toEqual({ team: 'red' })
  })

  test('adds a phone and reads receipts', async () => {
    const world = await VendorWorld.begin(version)
    const { alices } = await world.room()
    const joined = nextOf<Participant>(alices, 'participantJoined', ({ type }) => type === 'sms')
    await alices.addNonChatParticipant('+15559990000', '+15551230001', { seat: 1 })
    const phone = await joined
    expect(phone).toMatchObject({ identity: null, attributes: { seat: 1 } })
    await alices.sendMessage('hello')
    const [message] = (await alices.getMessages()).items
    expect(message?.aggregatedDeliveryReceipt).toMatchObject({ total: 1, sent: 'none' })
    const updated = nextOf<MessageUpdatedEventArgs>(alices, 'messageUpdated')
    const report = { type: 'receipt.record', index: 0, channelMessageSid: 'SM1', status: 'read' } as const
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    await world.server.core.execute(backEnd, { ...report, conversationSid: alices.sid, participantSid: phone.sid })
    expect((await updated).updateReasons).toEqual(['deliveryReceipt'])
    expect(message?.aggregatedDeliveryReceipt).toMatchObject({ total: 1, sent: 'all', delivered: 'all', read: 'all' })
    expect(await message?.getDetailedDeliveryReceipts()).toMatchObject([{ participantSid: phone.sid, status: 'read' }])
  })

  test('registers a device for pushes, and ends it in both ways', async () => {
    const world = await VendorWorld.begin(version)
    const alice = await world.client('alice')
    const actor = { kind: 'user', serviceSid: SERVICE_SID, identity: 'alice' } as const
    const registered = async () => {
      const found = await world.server.core.answer<'push.list'>(actor, { type: 'push.list' })
      return 'registrations' in found ? found.registrations.map((one) => [one.channelType, one.registrationId]) : found
    }
    await alice.setPushRegistrationId('fcm', 'device-1')
    expect(await registered()).toEqual([['fcm', 'device-1']])
    await alice.setPushRegistrationId('apn', 'device-2')
    expect(await registered()).toEqual([
      ['fcm', 'device-1'],
      ['apn', 'device-2'],
    ])
    await alice.unsetPushRegistrationId('fcm')
    expect(await registered()).toEqual([['apn', 'device-2']])
    await alice.removePushRegistrations('apn', 'device-2')
    expect(await registered()).toEqual([])
  })

  test('is refused with the documented codes', async () => {
    const { bob, alices, bobs } = await (await VendorWorld.begin(version)).room()
    await alices.sendMessage('mine')
    const [message] = (await bobs.getMessages()).items
    await expect(message?.updateBody('not mine')).rejects.toMatchObject({ status: 403, body: { code: 50107 } })
    await expect(alices.add('bob')).rejects.toMatchObject({ status: 409, message: 'Conflict', body: { code: 50433 } })
    await expect(bob.getConversationBySid(`CH${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 404 })
    await expect(alices.sendMessage('x'.repeat(33_000))).rejects.toMatchObject({ status: 400, body: { code: 50504 } })
  })

  test('comes back after a cut with everything that was missed, once and in order', async () => {
    const world = await VendorWorld.begin(version)
    const { alices } = await world.room()
    const carol = await world.client('carol', world.network.url)
    const joined = nextOf<Conversation>(carol, 'conversationJoined')
    await alices.add('carol')
    const carols = await joined
    await alices.sendMessage('before')
    await carols.getMessages()
    const heard = recordOf(carols, {
      messageAdded: ({ index }: Message) => index,
      messageRemoved: ({ index }: Message) => index,
    })
    world.network.partition()
    await nextOf(carol, 'connectionStateChanged', (state) => state !== 'connected')
    for (const body of ['one', 'two', 'three']) await alices.sendMessage(body)
    const [first] = (await alices.getMessages()).items
    await first?.remove()
    await alices.updateFriendlyName('while away')
    const last = nextOf<Message>(carols, 'messageAdded', ({ index }) => index === 4)
    world.network.heal()
    await nextOf(carol, 'connectionStateChanged', (state) => state === 'connected')
    await alices.sendMessage('after')
    await last
    expect(heard.filter(([name]) => name === 'messageAdded').map(([, index]) => index)).toEqual([1, 2, 3, 4])
    expect(heard.filter(([name]) => name === 'messageRemoved').map(([, index]) => index)).toEqual([0])
    expect(carols.friendlyName).toBe('while away')
  })
})

test.each(versions)('%s hears of more than is ever told in one piece, once and in order', async (version) => {
  const world = await VendorWorld.begin(version)
  const { alices } = await world.room()
  const carol = await world.client('carol', world.network.url)
  const joined = nextOf<Conversation>(carol, 'conversationJoined')
  await alices.add('carol')
  const carols = await joined
  await alices.sendMessage('before')
  await carols.getMessages()
  const heard = recordOf(carols, { messageAdded: ({ index }: Message) => index })
  world.network.partition()
  await nextOf(carol, 'connectionStateChanged', (state) => state !== 'connected')
  const { core } = world.server
  const author = { kind: 'user', serviceSid: SERVICE_SID, identity: 'alice' } as const
  const conversationSid = alices.sid
  const count = 700
  for (let at = 1; at <= count; at++) await core.execute(author, { type: 'message.send', conversationSid, body: `missed ${at}` })
  // So many that they do not fit into one answer of our own protocol either.
  for (let at = 0; at < 300; at++) {
    await core.execute(
      { ...author, identity: 'carol' },
      { type: 'membership.update', conversationSid, notificationLevel: at % 2 ? 'default' : 'muted' },
    )
    await core.execute({ ...author, identity: 'carol' }, { type: 'readHorizon.set', conversationSid, index: at })
  }
  const last = nextOf<Message>(carols, 'messageAdded', ({ index }) => index === count)
  const told = nextOf<ConversationUpdatedEventArgs>(
    carols,
    'updated',
    ({ conversation }) => conversation.lastReadMessageIndex === 299,
  )
  world.network.heal()
  await last
  await told
  expect(heard.map(([, index]) => index)).toEqual(Array.from({ length: count }, (_, at) => at + 1))
})

test('both generations, our own SDK’s sends included, are in one conversation', async () => {
  const world = await VendorWorld.begin('3.0.1')
  const { alices, bobs } = await world.room()
  const raw = await world.server.signIn('carol')
  await alices.add('carol')
  const heard = nextOf<Message>(bobs, 'messageAdded', ({ author }) => author === 'carol')
  await raw.ask({ type: 'message.send', conversationSid: alices.sid, body: 'from another door' })
  expect((await heard).body).toBe('from another door')
})

async function nextAttributes(user: User, attributes: Record<string, string>): Promise<User> {
  const updated = nextOf<{ user: User }>(user, 'updated')
  await user.updateAttributes(attributes)
  return (await updated).user
}
