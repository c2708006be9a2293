import type { Conversation, Message } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { next, record, World } from './world.ts'

const PROXY = '+15559990000'
const NONE = { sent: 'none', delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' }

/** Alice and Bob with two phones in a conversation. */
async function scene() {
  const world = await World.begin()
  const { clients, conversations } = await world.room('alice', 'bob')
  const [alices, bobs] = conversations
  const { sid: first } = await alices.addNonChatParticipant(PROXY, '+15551230001')
  const { sid: second } = await alices.addNonChatParticipant(PROXY, '+15551230002')
  return { world, clients, alices, bobs, first, second }
}

async function sent(conversation: Conversation, text = 'hello'): Promise<Message> {
  const added = next(conversation, 'messageAdded', ({ body }) => body === text)
  await conversation.sendMessage(text)
  return added
}

/** What an aggregated receipt shows. */
function amounts({ aggregatedDeliveryReceipt: receipt }: Message) {
  if (!receipt) return null
  const { total, sent, delivered, read, failed, undelivered } = receipt
  return { total, sent, delivered, read, failed, undelivered }
}

describe('Message.aggregatedDeliveryReceipt', () => {
  test('is null where nobody is outside of the app', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    expect((await sent(conversations[0])).aggregatedDeliveryReceipt).toBeNull()
  })

  test('follows what carriers report, and tells `deliveryReceipt` once for each change', async () => {
    const { world, clients, alices, bobs, first, second } = await scene()
    const arrived = next(bobs, 'messageAdded')
    const message = await sent(alices)
    const bobsMessage = await arrived
    expect(amounts(message)).toEqual({ total: 2, ...NONE })
    const heard = record(clients[1], { messageUpdated: (event) => [event.message === bobsMessage, ...event.updateReasons] })
    const reports = [
      ['sent', first, { sent: 'some' }],
      ['sent', second, { sent: 'all' }],
      ['read', first, { sent: 'all', delivered: 'some', read: 'some' }],
      ['undelivered', second, { sent: 'all', delivered: 'some', read: 'some', undelivered: 'some' }],
    ] as const
    for (const [status, participantSid, changed] of reports) {
      const told = next(bobsMessage, 'updated')
      await world.report(message, participantSid, status)
      expect((await told).updateReasons).toEqual(['deliveryReceipt'])
      expect(amounts(bobsMessage)).toEqual({ total: 2, ...NONE, ...changed })
    }
    // Late and doubled reports say nothing new.
    await world.report(message, first, 'delivered')
    await world.report(message, second, 'undelivered')
    const last = next(bobs, 'messageAdded')
    await alices.sendMessage('last')
    await last
    expect(heard).toEqual(reports.map(() => ['messageUpdated', [true, 'deliveryReceipt']]))
  })

  test('is there for who reads the message later', async () => {
    const { world, alices, bobs, first } = await scene()
    const message = await sent(alices)
    await world.report(message, first, 'failed', 30_008)
    const [read] = (await bobs.getMessages(1)).items
    expect(read && amounts(read)).toEqual({ total: 2, ...NONE, failed: 'some' })
  })
})

describe('Message.getDetailedDeliveryReceipts', () => {
  test('are one for each participant that there is a report of', async () => {
    const { world, alices, bobs, first, second } = await scene()
    const message = await sent(alices)
    expect(await message.getDetailedDeliveryReceipts()).toEqual([])
    await world.report(message, first, 'read')
    await world.report(message, second, 'failed', 30_008)
    const [bobsMessage] = (await bobs.getMessages(1)).items
    const receipts = (await bobsMessage?.getDetailedDeliveryReceipts()) ?? []
    const common = {
      sid: expect.stringMatching(/^DY/),
      messageSid: message.sid,
      conversationSid: alices.sid,
      channelMessageSid: 'SM1',
      dateCreated: expect.stringMatching(/^\d{4}-.*Z$/),
      dateUpdated: expect.stringMatching(/^\d{4}-.*Z$/),
    }
    expect(receipts.map((receipt) => ({ ...receipt }))).toEqual([
      { ...common, participantSid: first, status: 'read', errorCode: 0 },
      { ...common, participantSid: second, status: 'failed', errorCode: '30008' },
    ])
  })

  test('are refused for a message that was removed', async () => {
    const { alices } = await scene()
    const message = await sent(alices)
    await message.remove()
    await expect(message.getDetailedDeliveryReceipts()).rejects.toMatchObject({ code: 50500 })
  })
})
