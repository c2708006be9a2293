import { createTestServer } from 'conversa'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test } from 'vitest'

const [BEN, OURS] = ['+15551230001', '+15559990000'] as const

/** A server with Anna in the app and Ben by phone, in one conversation. */
async function scene() {
  const server = await createTestServer()
  onTestFinished(() => server.close())
  const anna = await server.client('anna')
  const conversation = await (await anna.createConversation()).join()
  await conversation.addNonChatParticipant(OURS, BEN)
  const newest = async () => (await conversation.getMessages(1)).items[0]
  return { server, conversation, newest, ben: server.phone(BEN) }
}

describe('a phone of a test server', () => {
  test('gets what is said, answers, and tells how far it came', async () => {
    const { server, conversation, newest, ben } = await scene()
    await conversation.prepareMessage().setBody('hello').addMedia({ contentType: 'text/plain', media: 'a file' }).build().send()
    await server.settled()
    expect(ben.messages).toMatchObject([
      { from: OURS, author: 'anna', body: 'hello', files: [{ contentType: 'text/plain', size: 6 }] },
    ])
    const [message] = ben.messages
    if (!message) throw new Error('nothing came')
    expect(await (await fetch(String(message.files[0]?.url))).text()).toBe('a file')
    expect((await newest())?.aggregatedDeliveryReceipt).toMatchObject({ sent: 'all', delivered: 'none' })
    await ben.report(message, 'read')
    await server.settled()
    expect((await newest())?.aggregatedDeliveryReceipt).toMatchObject({ read: 'all' })
    expect(await ben.write('hi', { to: OURS })).toBe(conversation.sid)
    await server.settled()
    expect(await newest()).toMatchObject({ author: BEN, body: 'hi' })
  })

  test('gets everything once when its carrier works again, and when the server is back', async () => {
    const { server, conversation, newest, ben } = await scene()
    ben.isDown = true
    await conversation.sendMessage('one')
    await conversation.sendMessage('two')
    await server.settled()
    expect(ben.messages).toEqual([])
    await server.restart()
    ben.isDown = false
    await server.advance(10_000)
    expect(ben.messages.map(({ body }) => body)).toEqual(['one', 'two'])
    ben.refuses = 30006
    await server.restart()
    const { v1 } = twilio(server.accountSid, server.authToken).conversations
    v1.domain.baseUrl = server.url
    await v1.conversations(conversation.sid).messages.create({ body: 'three' })
    await server.settled()
    expect((await newest())?.aggregatedDeliveryReceipt).toMatchObject({ failed: 'all' })
  })

  test('that writes to an address where nobody waits is told so', async () => {
    const { server } = await scene()
    expect(await server.phone('+15551230009').write('hello?', { to: OURS })).toBeNull()
    await expect(server.phone('nobody').write('x', { to: OURS })).rejects.toThrow('unable to write from nobody')
  })
})
