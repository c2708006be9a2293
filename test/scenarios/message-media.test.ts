import { ContentTemplateVariable, type Media, type Message } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { backEndOf, template } from '../rest/back-end.ts'
import { next, World } from './world.ts'

const codeOf = (promise: Promise<unknown> | undefined) =>
  promise?.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

const textAt = async (url: string | null | undefined) => (await fetch(url ?? 'about:blank')).text()

/** A message with two files and the parts of an e-mail, as Bob sees it. */
async function received() {
  const world = await World.begin()
  const { clients, conversations } = await world.room('alice', 'bob')
  const added = next(conversations[1], 'messageAdded')
  const text = (media: string, filename?: string) => ({ contentType: 'text/plain', media, ...(filename && { filename }) })
  const builder = conversations[0]
    .prepareMessage()
    .setBody('see below')
    .setSubject('Two files')
    .setAttributes({ from: 'a test' })
    .addMedia(text('one', 'one.txt'))
    .addMedia(text('two'))
    .setEmailBody('text/html', { contentType: null, media: '<p>see below</p>' })
    .setEmailHistory('text/plain', text('> earlier'))
  const index = await builder.buildAndSend()
  return { world, clients, conversations, index, message: await added }
}

const filesOf = ({ attachedMedia }: Message) => (attachedMedia ?? []) as [Media, Media]

describe('Message.media, Message.attachedMedia, Message.getMediaByCategories, Message.getMediaByCategory', () => {
  test('are the files in their order, by what they are for', async () => {
    const { message } = await received()
    const [one, two] = filesOf(message)
    expect(message.media?.sid).toBe(one.sid)
    const sidsOf = (media: Media[] | null) => media?.map(({ sid }) => sid)
    expect(sidsOf(message.getMediaByCategories(['media']))).toEqual([one.sid, two.sid])
    expect(message.getMediaByCategories(['media', 'body', 'history'])).toHaveLength(4)
    expect(sidsOf(message.getMediaByCategory(['body']))).toEqual([message.getEmailBody('text/html')?.sid])
    expect(message.getMediaByCategories([])).toEqual([])
  })
})

describe('Message.getEmailBody, Message.getEmailHistory', () => {
  test('are the parts of an e-mail by their type, plain text unless another is asked for', async () => {
    const { message } = await received()
    expect(await textAt(await message.getEmailBody('text/html')?.getContentTemporaryUrl())).toBe('<p>see below</p>')
    expect(await textAt(await message.getEmailHistory()?.getContentTemporaryUrl())).toBe('> earlier')
    expect([message.getEmailBody(), message.getEmailHistory('text/html')]).toEqual([null, null])
  })
})

describe('Media.sid, Media.filename, Media.contentType, Media.size, Media.category', () => {
  test('describe the file as the server keeps it', async () => {
    const [one, two] = filesOf((await received()).message)
    expect(one.sid).toMatch(/^ME[0-9a-f]{32}$/)
    expect([one.filename, one.contentType, one.size, one.category]).toEqual(['one.txt', 'text/plain', 3, 'media'])
    expect([two.filename, two.category]).toEqual([null, 'media'])
  })
})

describe('Media.getContentTemporaryUrl', () => {
  test('is where the file can be fetched without a token, by who is in the conversation', async () => {
    const { conversations, message } = await received()
    const [one] = filesOf(message)
    expect(await textAt(await one.getContentTemporaryUrl())).toBe('one')
    await conversations[1].leave()
    expect(await codeOf(one.getContentTemporaryUrl())).toBe(50507)
  })
})

describe('Message.getTemporaryContentUrlsForMedia, Message.getTemporaryContentUrlsForMediaSids, Client.getTemporaryContentUrlsForMedia', () => {
  test('are addresses of files, by SID', async () => {
    const { clients, message } = await received()
    const files = filesOf(message)
    const sids = files.map(({ sid }) => sid)
    for (const urls of [
      await message.getTemporaryContentUrlsForMedia(files),
      await message.getTemporaryContentUrlsForMediaSids(sids),
      await message.getTemporaryContentUrlsForAttachedMedia(),
      await clients[1].getTemporaryContentUrlsForMedia(files),
    ]) {
      expect([...urls.keys()]).toEqual(sids)
      expect(await Promise.all([...urls.values()].map(textAt))).toEqual(['one', 'two'])
    }
    expect((await message.getTemporaryContentUrlsForMedia([])).size).toBe(0)
  })
})

describe('Message.getTemporaryContentUrlsForAttachedMedia, Message.attachTemporaryUrlsFor', () => {
  test('leave out the parts of an e-mail; a file keeps asking for its own address', async () => {
    const { message } = await received()
    expect((await message.getTemporaryContentUrlsForAttachedMedia()).size).toBe(2)
    const [one] = await message.attachTemporaryUrlsFor(filesOf(message))
    expect(await textAt(await one?.getContentTemporaryUrl())).toBe('one')
    expect(await message.attachTemporaryUrlsFor(null)).toEqual([])
  })
})

describe('MessageBuilder.setBody, MessageBuilder.setSubject, MessageBuilder.setAttributes', () => {
  test('say what goes along with the files', async () => {
    const { message, conversations } = await received()
    expect(message).toMatchObject({ body: 'see below', subject: 'Two files', attributes: { from: 'a test' } })
    const builder = conversations[0].prepareMessage()
    expect(() => builder.setBody(7 as never)).toThrow(expect.objectContaining({ code: 20001 }))
    expect(() => builder.setSubject(null as never)).toThrow(expect.objectContaining({ code: 20001 }))
  })
})

describe('MessageBuilder.addMedia, MessageBuilder.setEmailBody, MessageBuilder.setEmailHistory, MessageBuilder.buildAndSend', () => {
  test('send the files of several calls with one message', async () => {
    const { index, message, conversations } = await received()
    expect([index, message.getMediaByCategories(['media', 'body', 'history'])?.length]).toEqual([0, 4])
    const form = new FormData()
    form.append('a', new Blob(['a'], { type: 'text/plain' }), 'a.txt')
    form.append('b', new Blob(['b'], { type: 'text/plain' }), 'b.txt')
    const builder = conversations[0]
      .prepareMessage()
      .addMedia(form)
      .setEmailBody('text/plain', { contentType: null, media: 'old' })
    await builder.setEmailBody('text/plain', { contentType: null, media: 'new' }).buildAndSend()
    const [second] = (await conversations[0].getMessages(1)).items
    expect(second?.attachedMedia?.map(({ filename }) => filename)).toEqual(['a.txt', 'b.txt'])
    expect(await textAt(await second?.getEmailBody()?.getContentTemporaryUrl())).toBe('new')
  })
})

describe('MessageBuilder.setContentTemplate', () => {
  test('lets a template say what the message says, in the place of its text', async () => {
    const { world, conversations } = await received()
    const { contents } = backEndOf(world.server).content.v1
    const { sid } = await contents.create(
      template({ variables: { 2: 'two' }, types: { 'twilio/text': { body: '{{1}} {{2}}' } } }),
    )
    const builder = conversations[0].prepareMessage().setBody('else').setSubject('s')
    builder.setContentTemplate(sid, [new ContentTemplateVariable('1', 'one')])
    const index = await builder.buildAndSend()
    const [message] = (await conversations[1].getMessages(1)).items
    expect(message).toMatchObject({ index, body: 'one two', subject: 's', contentSid: sid })
    expect(await codeOf(conversations[0].prepareMessage().setContentTemplate(sid).buildAndSend())).toBe(50527)
    const absent = conversations[0].prepareMessage().setContentTemplate(`HX${'0'.repeat(32)}`, [])
    expect(await codeOf(absent.buildAndSend())).toBe(50526)
  })
})

describe('MessageBuilder.build, UnsentMessage.send', () => {
  test('make a message that is sent when it is time, as often as it is wanted', async () => {
    const { conversations } = await received()
    const unsent = conversations[0].prepareMessage().setBody('again').build()
    expect(await conversations[0].getMessagesCount()).toBe(1)
    unsent.text = 'once more'
    expect([await unsent.send(), await unsent.send()]).toEqual([1, 2])
    expect((await conversations[1].getMessages(1)).items[0]?.body).toBe('once more')
  })
})
