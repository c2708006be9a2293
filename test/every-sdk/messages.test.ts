import { expect } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { nextOf, recordOf } from './events.ts'
import type { Conversation, Message, Participant } from './sdks.ts'
import { everySdk } from './world.ts'

interface Updated {
  readonly message: Message
  readonly updateReasons: readonly string[]
}

everySdk(
  'Conversation.sendMessage, Conversation.messageAdded, Client.messageAdded',
  'reaches everybody, in order',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    const pick = ({ index, author, body, attributes }: Message) => [index, author, body, attributes]
    const [heard, heardByClient] = [recordOf(bobs, { messageAdded: pick }), recordOf(bob, { messageAdded: pick })]
    const last = nextOf<Message>(bob, 'messageAdded', ({ index }) => index === 2)
    const told = nextOf<{ conversation: Conversation }>(
      bobs,
      'updated',
      ({ conversation }) => conversation.lastMessage?.index === 2,
    )
    expect(await alices.sendMessage('one', { n: 1 })).toBe(0)
    expect(await bobs.sendMessage('two')).toBe(1)
    expect(await alices.sendMessage('three 😀 \u2028')).toBe(2)
    await Promise.all([last, told])
    expect(heard.map(([, picked]) => picked)).toEqual([
      [0, 'alice', 'one', { n: 1 }],
      [1, 'bob', 'two', {}],
      [2, 'alice', 'three 😀 \u2028', {}],
    ])
    expect(heardByClient).toEqual(heard)
    expect(await world.refusal(alices.sendMessage('x'.repeat(33_000)))).toBe(50504)
  },
)

everySdk(
  'Conversation.getMessages, RestPaginator.prevPage, RestPaginator.nextPage',
  'reads pages in both directions, with gaps',
  async (world) => {
    const { alices } = await world.room()
    for (let at = 0; at < 25; at++) await alices.sendMessage(`message ${at}`)
    const indexes = ({ items }: { items: Message[] }) => items.map(({ index }) => index)
    const first = await alices.getMessages(10)
    expect(indexes(first)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
    expect([first.hasPrevPage, first.hasNextPage]).toEqual([true, false])
    const older = await first.prevPage()
    expect(indexes(older)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(older.hasNextPage).toBe(true)
    expect(indexes(await older.nextPage())).toEqual(indexes(first))
    const removed = nextOf<Message>(alices, 'messageRemoved')
    await first.items[5]?.remove()
    await removed
    const forward = await alices.getMessages(10, 12, 'forward')
    expect(indexes(forward)).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 21, 22])
    expect(indexes(await forward.nextPage())).toEqual([23, 24])
    expect(indexes(await alices.getMessages(30, 4))).toEqual([0, 1, 2, 3, 4])
  },
)

everySdk(
  'Message.updateBody, Message.updateAttributes, Message.updated, Conversation.messageUpdated, Client.messageUpdated',
  'is edited, and says in what',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    await alices.sendMessage('frist')
    const [mine] = (await alices.getMessages()).items
    const [theirs] = (await bobs.getMessages()).items as [Message]
    const heard = [
      nextOf<Updated>(theirs, 'updated'),
      nextOf<Updated>(bobs, 'messageUpdated'),
      nextOf<Updated>(bob, 'messageUpdated'),
    ]
    await mine?.updateBody('first')
    for (const { message, updateReasons } of await Promise.all(heard)) {
      expect(message).toMatchObject({ sid: mine?.sid, body: 'first', lastUpdatedBy: 'alice' })
      expect(updateReasons).toContain('body')
    }
    const marked = nextOf<Updated>(bobs, 'messageUpdated')
    await mine?.updateAttributes({ pinned: true })
    expect((await marked).message.attributes).toEqual({ pinned: true })
    expect((await marked).updateReasons).toContain('attributes')
    expect(await world.refusal(theirs.updateBody('not mine'))).toBe(50107)
  },
)

everySdk('Message.remove, Conversation.messageRemoved, Client.messageRemoved', 'is removed for everybody', async (world) => {
  const { bob, alices, bobs } = await world.room()
  await alices.sendMessage('gone soon')
  const [mine] = (await alices.getMessages()).items
  await bobs.getMessages()
  const heard = [nextOf<Message>(bobs, 'messageRemoved'), nextOf<Message>(bob, 'messageRemoved')]
  await mine?.remove()
  expect((await Promise.all(heard)).map(({ sid }) => sid)).toEqual([mine?.sid, mine?.sid])
  expect((await bobs.getMessages()).items).toEqual([])
})

everySdk('Message.getParticipant', 'finds who wrote it', async (world) => {
  const { alices, bobs } = await world.room()
  await bobs.sendMessage('from Bob')
  const [message] = (await alices.getMessages()).items
  expect((await message?.getParticipant())?.identity).toBe('bob')
})

everySdk(
  'Message.getDetailedDeliveryReceipts, Conversation.addNonChatParticipant',
  'knows how far it has come on its way to a phone',
  async (world) => {
    const { alices } = await world.room()
    const joined = nextOf<Participant>(alices, 'participantJoined', ({ type }) => type === 'sms')
    await alices.addNonChatParticipant('+15559990000', '+15551230001', { seat: 1 })
    const phone = await joined
    expect(phone).toMatchObject({ identity: null, attributes: { seat: 1 } })
    await alices.sendMessage('hello')
    const [message] = (await alices.getMessages()).items
    expect(message?.aggregatedDeliveryReceipt).toMatchObject({ total: 1, sent: 'none' })
    const updated = nextOf<Updated>(alices, 'messageUpdated')
    const report = { type: 'receipt.record', index: 0, channelMessageSid: 'SM1', status: 'read' } as const
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    await world.server.core.execute(backEnd, { ...report, conversationSid: alices.sid, participantSid: phone.sid })
    expect((await updated).updateReasons).toEqual(['deliveryReceipt'])
    expect(message?.aggregatedDeliveryReceipt).toMatchObject({ total: 1, sent: 'all', delivered: 'all', read: 'all' })
    expect(await message?.getDetailedDeliveryReceipts()).toMatchObject([{ participantSid: phone.sid, status: 'read' }])
  },
)

everySdk('Message.getContentData, Message.getChannelMetadata', 'has neither content nor metadata of a channel', async (world) => {
  const { alices } = await world.room()
  await alices.sendMessage('plain')
  const [message] = (await alices.getMessages()).items
  expect([await message?.getContentData(), await message?.getChannelMetadata()]).toEqual([null, null])
})

everySdk('Message.getMessageRecipients, Conversation.getMessageRecipients', 'went out as no e-mail', async (world) => {
  const { alices } = await world.room()
  await alices.sendMessage('plain')
  const [message] = (await alices.getMessages()).items
  expect(await message?.getMessageRecipients()).toEqual([])
  const page = await alices.getMessageRecipients()
  expect([page.items, page.hasNextPage]).toEqual([[], false])
})
