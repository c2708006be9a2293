import { expect } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { next } from '../scenarios/world.ts'
import { operation, refusalOf, type Stage, template } from './back-end.ts'

/** A conversation with anna in it, as her client and as the back end see it. */
async function room({ api, world }: Stage) {
  const anna = await world.client('anna')
  const conversation = await anna.createConversation()
  await conversation.join()
  const there = api.conversations(conversation.sid)
  return { anna, conversation, there, messages: there.messages }
}

operation('Message.create', {
  'is heard at once, from whoever the back end speaks for': async (stage) => {
    const { conversation, messages } = await room(stage)
    const [participant] = await conversation.getParticipants()
    const heard = next(conversation, 'messageAdded')
    const made = await messages.create({ author: 'anna', body: 'Grüße', attributes: '[ 1 ]', subject: 's' })
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      conversationSid: conversation.sid,
      index: 0,
      author: 'anna',
      participantSid: participant?.sid,
      body: 'Grüße',
      media: null,
      attributes: '[ 1 ]',
      delivery: null,
      contentSid: null,
    })
    expect(made.dateCreated).toEqual(made.dateUpdated)
    const base = `/Conversations/${conversation.sid}/Messages/${made.sid}`
    expect(made.url).toBe(`${stage.world.server.url}/v1${stage.form === 'service' ? `/Services/${SERVICE_SID}` : ''}${base}`)
    expect(made.links.delivery_receipts).toBe(`${made.url}/Receipts`)
    expect(await heard).toMatchObject({ sid: made.sid, index: 0, author: 'anna', body: 'Grüße', attributes: [1], subject: 's' })
  },
  'is from the system unless it says otherwise, and from anybody it names': async (stage) => {
    const { messages } = await room(stage)
    expect(await messages.create({ body: 'a' })).toMatchObject({ author: 'system', participantSid: null })
    expect(await messages.create({ body: 'b', author: 'a bot' })).toMatchObject({ author: 'a bot', participantSid: null })
  },
  'is from the participant whose address it names': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    const phone = { 'messagingBinding.address': '+15550100200', 'messagingBinding.proxyAddress': '+15550100300' }
    const { sid: participantSid } = await there.participants.create(phone)
    const author = '+15550100200'
    // It does not go back to them.
    expect(await there.messages.create({ author, body: 'b' })).toMatchObject({ author, participantSid, delivery: null })
    expect(await there.messages.create({ author: '+15550100201', body: 'b' })).toMatchObject({
      participantSid: null,
      delivery: { total: 1 },
    })
  },
  'is dated as an import says, and leaves the list where it was': async (stage) => {
    const { messages, there } = await room(stage)
    const dateCreated = new Date('2020-01-02T03:04:05.678Z')
    const made = await messages.create({ body: 'old', dateCreated, dateUpdated: new Date('2020-01-03T00:00:00Z') })
    expect(made.dateCreated).toEqual(new Date('2020-01-02T03:04:05Z'))
    expect(made.dateUpdated).toEqual(new Date('2020-01-03T00:00:00Z'))
    expect(await there.messages(made.sid).fetch()).toMatchObject({ dateCreated: made.dateCreated })
  },
  'wakes an inactive conversation, and none that is closed': async (stage) => {
    const { there, messages } = await room(stage)
    await there.update({ state: 'inactive' })
    await messages.create({ body: 'a' })
    expect(await there.fetch()).toMatchObject({ state: 'active' })
    await there.update({ state: 'closed' })
    expect(await refusalOf(messages.create({ body: 'b' }))).toMatchObject({ code: 50377 })
  },
  'says what a template says, and nothing else that it was given': async (stage) => {
    const { conversation, messages } = await room(stage)
    const { contents } = stage.client.content.v1
    const { sid: contentSid } = await contents.create(template({ types: { 'twilio/text': { body: 'Hello {{1}}' } } }))
    const heard = next(conversation, 'messageAdded')
    const contentVariables = JSON.stringify({ 1: 'Ann' })
    const made = await messages.create({ body: 'else', mediaSid: `ME${'0'.repeat(32)}`, contentSid, contentVariables })
    expect(made).toMatchObject({ body: 'Hello Ann', contentSid, media: null })
    expect(await heard).toMatchObject({ body: 'Hello Ann', contentSid })
    expect(await messages.create({ body: 'b', contentSid: '' })).toMatchObject({ body: 'b', contentSid: null })
    const refused = async (variables: string) =>
      (await refusalOf(messages.create({ contentSid, contentVariables: variables }))).code
    expect(await refused('{')).toBe(50527)
    expect(await refused('{}')).toBe(50527)
    expect(await refused(JSON.stringify({ ['x'.repeat(17)]: 'a' }))).toBe(50540)
    expect(await refused(JSON.stringify({ 1: 'x'.repeat(257) }))).toBe(50541)
    expect(await refused(JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, at) => [at, 'a']))))).toBe(50529)
  },
  'refuses with the documented codes': async (stage) => {
    const { messages } = await room(stage)
    const codes = []
    for (const fields of [
      {},
      { body: '' },
      { body: 'x'.repeat(32 * 1024 + 1) },
      { body: 'b', author: 'x'.repeat(257) },
      { body: 'b', attributes: '{' },
      { body: 'b', attributes: JSON.stringify('x'.repeat(4 * 1024)) },
      { body: 'b', subject: 'x'.repeat(257) },
      { body: 'b', mediaSid: 'nonsense' },
      { mediaSid: `ME${'0'.repeat(32)}` },
      { contentSid: `HX${'0'.repeat(32)}`, contentVariables: '{"1":"Ann"}' },
      { body: 'b', contentSid: `HX${'0'.repeat(32)}` },
      { body: 'b', contentSid: 'nonsense' },
      { body: 'b', contentVariables: '{}' },
      { body: 'b', dateCreated: 'yesterday' as unknown as Date },
      { body: 'b', dateUpdated: '2020-13-01T00:00:00Z' as unknown as Date },
    ]) {
      const { code, status } = await refusalOf(messages.create(fields))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50503, 400],
      [50503, 400],
      [50504, 400],
      [50310, 400],
      [50304, 400],
      [50303, 400],
      [20001, 400],
      [50510, 400],
      [50507, 404],
      [50526, 400],
      [50526, 400],
      [50526, 400],
      [50528, 400],
      [50308, 400],
      [50309, 400],
    ])
    expect(await messages.list()).toEqual([])
  },
})

operation('Message.fetch', {
  'shows what a client sent': async (stage) => {
    const { conversation, there } = await room(stage)
    await conversation.sendMessage('hello', { a: 1 })
    const sent = (await conversation.getMessages()).items[0]
    expect(await there.messages(sent?.sid as string).fetch()).toMatchObject({
      index: 0,
      author: 'anna',
      body: 'hello',
      attributes: '{"a":1}',
    })
  },
  'says what is not there': async (stage) => {
    const { there, messages } = await room(stage)
    const { sid } = await messages.create({ body: 'a' })
    const other = await stage.api.conversations.create()
    const strangers = [
      there.messages(`IM${'0'.repeat(32)}`),
      there.messages('0'),
      stage.api.conversations(other.sid).messages(sid),
      stage.api.conversations('nowhere').messages(sid),
    ]
    for (const message of strangers) expect(await refusalOf(message.fetch())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('Message.update', {
  'is from the participant whom a new author is, and from none where nobody is': async (stage) => {
    const { conversation, there } = await room(stage)
    const ben = await there.participants.create({ identity: 'ben' })
    const phone = await there.participants.create({
      'messagingBinding.address': '+15551230001',
      'messagingBinding.proxyAddress': '+15559990000',
    })
    await conversation.sendMessage('before')
    const message = (await conversation.getMessages()).items[0]
    const own = message?.participantSid
    const authors = [
      ['ben', ben.sid],
      ['+15551230001', phone.sid],
      ['nobody here', null],
      ['anna', own],
    ] as const
    for (const [author, participantSid] of authors) {
      expect(await there.messages(String(message?.sid)).update({ author })).toMatchObject({ author, participantSid })
      const elsewhere = await (await stage.world.client('anna')).getConversationBySid(conversation.sid)
      expect((await elsewhere.getMessages()).items[0]).toMatchObject({ author, participantSid })
      await expect.poll(() => [message?.author, message?.participantSid]).toEqual([author, participantSid])
    }
    expect(await there.messages(String(message?.sid)).update({ author: 'anna', body: 'after' })).toMatchObject({
      participantSid: own,
    })
  },
  'is heard at once, each part of it': async (stage) => {
    const { conversation, there } = await room(stage)
    await conversation.sendMessage('before')
    const message = (await conversation.getMessages()).items[0]
    if (!message) throw new Error('there is no message')
    const heard = next(message, 'updated')
    const dates = { dateCreated: new Date('2020-01-01T00:00:00Z'), dateUpdated: new Date('2020-01-02T00:00:00Z') }
    const update = { body: 'after', author: 'ben', attributes: '{"a":1}', subject: 's', ...dates }
    expect(await there.messages(message.sid).update(update)).toMatchObject({
      body: 'after',
      author: 'ben',
      attributes: '{"a":1}',
      ...dates,
    })
    const { updateReasons } = await heard
    expect([...updateReasons].sort()).toEqual([
      'attributes',
      'author',
      'body',
      'dateCreated',
      'dateUpdated',
      'lastUpdatedBy',
      'subject',
    ])
    expect(message).toMatchObject({
      body: 'after',
      author: 'ben',
      attributes: { a: 1 },
      subject: 's',
      ...dates,
      lastUpdatedBy: 'system',
    })
    expect(conversation.lastMessage?.dateCreated).toEqual(dates.dateCreated)
  },
  'refuses an empty body': async (stage) => {
    const { there, messages } = await room(stage)
    const { sid } = await messages.create({ body: 'a' })
    expect(await refusalOf(there.messages(sid).update({ body: '' }))).toMatchObject({ code: 50503 })
  },
})

operation('Message.delete', {
  'is heard at once, and its index stays taken': async (stage) => {
    const { conversation, there, messages } = await room(stage)
    const { sid } = await messages.create({ body: 'a' })
    await messages.create({ body: 'b' })
    const heard = next(conversation, 'messageRemoved')
    expect(await there.messages(sid).remove()).toBe(true)
    expect((await heard).sid).toBe(sid)
    expect(await refusalOf(there.messages(sid).remove())).toMatchObject({ code: 20404, status: 404 })
    expect((await messages.list()).map(({ index }) => index)).toEqual([1])
    expect(await messages.create({ body: 'c' })).toMatchObject({ index: 2 })
  },
})

operation('Message.list', {
  'goes from the oldest to the newest, or the other way round': async (stage) => {
    const { there, messages } = await room(stage)
    for (const body of ['0', '1', '2', '3', '4', '5']) await messages.create({ body })
    const [, , third] = await messages.list()
    await there.messages(third?.sid as string).remove()
    const bodies = async (options: object) => (await messages.list(options)).map(({ body }) => body)
    expect(await bodies({})).toEqual(['0', '1', '3', '4', '5'])
    expect(await bodies({ pageSize: 2 })).toEqual(['0', '1', '3', '4', '5'])
    expect(await bodies({ pageSize: 2, order: 'desc' })).toEqual(['5', '4', '3', '1', '0'])
    expect(await bodies({ pageSize: 2, order: 'DESC', limit: 3 })).toEqual(['5', '4', '3'])
    expect(await refusalOf(messages.list({ order: 'sideways' as 'asc' }))).toMatchObject({ code: 20001 })
  },
})
