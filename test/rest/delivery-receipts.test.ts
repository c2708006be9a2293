import { expect } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { next } from '../scenarios/world.ts'
import { operation, refusalOf, type Stage } from './back-end.ts'

/** A message of anna's to two phones, as her client and as the back end see it, and what carriers report of it. */
async function delivery({ api, world }: Stage) {
  const anna = await world.client('anna')
  const conversation = await anna.createConversation()
  await conversation.join()
  const proxy = '+15559990000'
  const phones = []
  for (const address of ['+15551230001', '+15551230002']) {
    phones.push((await conversation.addNonChatParticipant(proxy, address)).sid)
  }
  const added = next(conversation, 'messageAdded')
  await conversation.sendMessage('hello')
  const message = await added
  const report = world.report.bind(world, message)
  return {
    conversation,
    message,
    phones: phones as [string, string],
    report,
    there: api.conversations(conversation.sid).messages,
  }
}

operation('DeliveryReceipt.list', {
  'shows what carriers reported, one for each participant, and follows them': async (stage) => {
    const { there, message, phones, report } = await delivery(stage)
    const { deliveryReceipts } = there(message.sid)
    expect(await deliveryReceipts.list()).toEqual([])
    await report(phones[0], 'sent')
    await report(phones[1], 'failed', 30003)
    const shown = await deliveryReceipts.list({ pageSize: 1 })
    expect(shown.map(({ participantSid, status, errorCode }) => [participantSid, status, errorCode])).toEqual([
      [phones[0], 'sent', null],
      [phones[1], 'failed', 30003],
    ])
    const updated = next(message, 'updated')
    await report(phones[0], 'delivered')
    await updated
    const [first, second] = await deliveryReceipts.list({ limit: 9 })
    expect(first).toMatchObject({ sid: shown[0]?.sid, status: 'delivered' })
    expect(second?.sid).toBe(shown[1]?.sid)
    const seen = await message.getDetailedDeliveryReceipts()
    expect(seen.map(({ sid, status }) => [sid, status])).toEqual([
      [first?.sid, 'delivered'],
      [second?.sid, 'failed'],
    ])
  },
  'has none of a message that nobody outside gets, and none of one that is gone': async (stage) => {
    const { there, message, api } = { ...stage, ...(await delivery(stage)) }
    const { sid } = await api.conversations.create()
    const inside = await api.conversations(sid).messages.create({ body: 'inside' })
    expect(await api.conversations(sid).messages(inside.sid).deliveryReceipts.list()).toEqual([])
    const { deliveryReceipts } = there(message.sid)
    await there(message.sid).remove()
    expect(await refusalOf(deliveryReceipts.list())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('DeliveryReceipt.fetch', {
  'gives every field, and says what is not there': async (stage) => {
    const { there, conversation, message, phones, report } = await delivery(stage)
    await report(phones[0], 'read')
    const { deliveryReceipts } = there(message.sid)
    const [{ sid } = { sid: '' }] = await deliveryReceipts.list()
    const found = await there(message.sid).deliveryReceipts(sid).fetch()
    expect(found).toMatchObject({
      sid,
      accountSid: ACCOUNT_SID,
      conversationSid: conversation.sid,
      messageSid: message.sid,
      channelMessageSid: 'SM1',
      participantSid: phones[0],
      status: 'read',
      errorCode: null,
    })
    expect(sid).toMatch(/^DY[0-9a-f]{32}$/)
    expect(found.dateCreated).toEqual(found.dateUpdated)
    const base = `${stage.world.server.url}/v1${stage.form === 'service' ? `/Services/${SERVICE_SID}` : ''}`
    expect(found.url).toBe(`${base}/Conversations/${conversation.sid}/Messages/${message.sid}/Receipts/${sid}`)
    const other = await there.create({ body: 'another' })
    for (const [messageSid, receiptSid] of [
      [message.sid, `DY${'0'.repeat(32)}`],
      [other.sid, sid],
    ] as const) {
      const refusal = await refusalOf(there(messageSid).deliveryReceipts(receiptSid).fetch())
      expect(refusal).toMatchObject({ code: 20404, status: 404 })
    }
  },
})
