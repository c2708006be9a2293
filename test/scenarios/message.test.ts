import { ContentTemplateVariable, type Conversation, type Message, type MessageType } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { backEndOf, template } from '../rest/back-end.ts'
import { next, record, World } from './world.ts'

const codeOf = (promise: Promise<unknown> | undefined) =>
  promise?.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

/** The newest message, as somebody sees it. */
async function newest(conversation: Conversation): Promise<Message> {
  const [message] = (await conversation.getMessages(1)).items
  if (!message) throw new Error('there is no message')
  return message
}

/** A message of Alice, as she and Bob see it. */
async function sent(body = 'hello', attributes?: unknown) {
  const world = await World.begin()
  const { clients, conversations } = await world.room('alice', 'bob')
  const added = next(conversations[1], 'messageAdded')
  await conversations[0].sendMessage(body, attributes)
  return { world, clients, conversations, alices: await newest(conversations[0]), bobs: await added }
}

describe('Message.sid, Message.index, Message.author, Message.body, Message.participantSid, Message.conversation', () => {
  test('are the same for everybody', async () => {
    const { conversations, alices, bobs } = await sent()
    const { sid } = await conversations[0].getParticipantByIdentity('alice')
    expect(alices.sid).toMatch(/^IM[0-9a-f]{32}$/)
    for (const [number, message] of [alices, bobs].entries()) {
      expect(message).toMatchObject({ sid: alices.sid, index: 0, author: 'alice', body: 'hello', participantSid: sid })
      expect(message.conversation).toBe(conversations[number])
    }
    await conversations[0].sendMessage('second')
    expect((await newest(conversations[0])).index).toBe(1)
  })
})

describe('Message.attributes', () => {
  test('are an empty object, or whatever JSON was given', async () => {
    const { conversations, alices, bobs } = await sent()
    expect([alices.attributes, bobs.attributes]).toEqual([{}, {}])
    for (const value of [{ a: [1, null] }, [1], 'text', 7, true, null]) {
      await conversations[0].sendMessage('x', value)
      expect((await newest(conversations[1])).attributes).toEqual(value)
    }
  })
})

describe('Message.dateCreated, Message.dateUpdated, Message.lastUpdatedBy', () => {
  test('say when it was sent, and when and by whom it was changed last', async () => {
    const { alices, bobs } = await sent()
    expect(alices.dateCreated).toEqual(bobs.dateCreated)
    expect([alices.dateUpdated, alices.lastUpdatedBy]).toEqual([alices.dateCreated, null])
    const heard = next(bobs, 'updated')
    await alices.updateBody('edited')
    await heard
    expect([bobs.lastUpdatedBy, bobs.dateUpdated, bobs.dateCreated]).toEqual(['alice', alices.dateUpdated, alices.dateCreated])
    expect(Number(bobs.dateUpdated)).toBeGreaterThanOrEqual(Number(bobs.dateCreated))
  })
})

describe('Message.type, Message.subject, Message.contentSid', () => {
  test('tell a text, a file and an e-mail apart', async () => {
    const { conversations, alices } = await sent()
    expect([alices.type, alices.subject, alices.contentSid, alices.media, alices.attachedMedia]).toEqual([
      'text',
      null,
      null,
      null,
      [],
    ])
    await conversations[0].sendMessage('text', null, { subject: 'About it' })
    expect((await newest(conversations[1])).subject).toBe('About it')
    await conversations[0].sendMessage({ contentType: 'text/plain', media: 'x' })
    const type: MessageType = (await newest(conversations[1])).type
    expect(type).toBe('media')
  })
})

describe('Message.getContentData', () => {
  test('is what the template made of it, with the places filled, for everybody', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const { sid } = await backEndOf(world.server).content.v1.contents.create(
      template({ types: { 'twilio/quick-reply': { body: 'Is {{1}} fine?', actions: [{ title: 'Yes', id: 'yes' }] } } }),
    )
    const added = next(conversations[1], 'messageAdded')
    const builder = conversations[0].prepareMessage().setContentTemplate(sid, [new ContentTemplateVariable('1', 'noon')])
    await builder.buildAndSend()
    const content = { body: 'Is noon fine?', actions: [{ title: 'Yes', id: 'yes' }] }
    expect(await (await added).getContentData()).toEqual({
      type: 'quickReply',
      body: 'Is noon fine?',
      replies: content.actions,
      rawData: JSON.stringify(content),
    })
  })

  test('is null where it was made from none', async () => {
    const { bobs } = await sent()
    expect(await bobs.getContentData()).toBeNull()
  })
})

describe('Message.getParticipant', () => {
  test('is who sent it, as the same object as in the conversation', async () => {
    const { conversations, bobs } = await sent()
    const participant = await bobs.getParticipant()
    expect(participant).toBe(await conversations[1].getParticipantByIdentity('alice'))
  })

  test('rejects when they are not in the conversation any more', async () => {
    const { conversations, bobs } = await sent()
    const left = next(conversations[1], 'participantLeft')
    await conversations[0].leave()
    await left
    expect(await codeOf(bobs.getParticipant())).toBe(50432)
  })
})

describe('Message.updateBody', () => {
  test('replaces the text for everybody, and resolves to the message', async () => {
    const { alices, bobs } = await sent()
    const heard = next(bobs, 'updated')
    expect(await alices.updateBody('edited')).toBe(alices)
    expect((await heard).updateReasons).toEqual(expect.arrayContaining(['body', 'lastUpdatedBy']))
    expect([alices.body, bobs.body]).toEqual(['edited', 'edited'])
  })

  test('tells who changed it only where that is somebody else than before', async () => {
    const { alices, bobs } = await sent()
    const heard = record(bobs, { updated: ({ updateReasons }) => updateReasons.includes('lastUpdatedBy') })
    await alices.updateBody('edited')
    const again = next(bobs, 'updated', ({ message }) => message.body === 'again')
    await alices.updateBody('again')
    await again
    expect(heard.map(([, isTold]) => isTold)).toEqual([true, false])
  })

  test('is refused for messages of others, and for what is no text', async () => {
    const { alices, bobs } = await sent()
    expect(await codeOf(bobs.updateBody('mine'))).toBe(50107)
    expect(await codeOf(alices.updateBody(7 as never))).toBe(20001)
    expect(alices.body).toBe('hello')
  })
})

describe('Message.updateAttributes', () => {
  test('replaces them as a whole, and resolves to the message', async () => {
    const { alices, bobs } = await sent('hello', { a: 1, b: 2 })
    const heard = next(bobs, 'updated')
    expect(await alices.updateAttributes({ b: 3 })).toBe(alices)
    expect((await heard).updateReasons).toContain('attributes')
    expect([alices.attributes, bobs.attributes]).toEqual([{ b: 3 }, { b: 3 }])
  })

  test('is refused for messages of others, and for what is no JSON', async () => {
    const { alices, bobs } = await sent()
    expect(await codeOf(bobs.updateAttributes({}))).toBe(50107)
    expect(await codeOf(alices.updateAttributes(undefined))).toBe(20001)
  })
})

describe('Message.updated', () => {
  test('is told once per change, with the message and every reason', async () => {
    const { conversations, alices, bobs } = await sent()
    const told = record(bobs, { updated: ({ message, updateReasons }) => [message === bobs, updateReasons.includes('body')] })
    const last = next(conversations[1], 'messageUpdated', ({ message }) => message.body === 'two')
    await alices.updateBody('one')
    await alices.updateBody('two')
    await last
    expect(told).toEqual([
      ['updated', [true, true]],
      ['updated', [true, true]],
    ])
  })
})

describe('Message.remove', () => {
  test('takes it away for everybody, and resolves to the message', async () => {
    const { conversations, alices } = await sent()
    const heard = next(conversations[1], 'messageRemoved')
    expect(await alices.remove()).toBe(alices)
    expect((await heard).sid).toBe(alices.sid)
    expect((await conversations[1].getMessages()).items).toEqual([])
    expect(await codeOf(alices.remove())).toBe(50500)
  })
})

describe('Message.getContentData, Message.getChannelMetadata, Message.getMessageRecipients', () => {
  test('are nothing for a message of the app', async () => {
    const { bobs } = await sent()
    expect([await bobs.getContentData(), await bobs.getChannelMetadata(), await bobs.getMessageRecipients()]).toEqual([
      null,
      null,
      [],
    ])
  })
})
