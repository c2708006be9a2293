import { expect } from 'vitest'
import { backEndOf, template } from '../rest/back-end.ts'
import { nextOf } from './events.ts'
import type { Client, Conversation, Media, Message } from './sdks.ts'
import { everySdk, type World } from './world.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const bytesAt = async (url: string | null | undefined) => Buffer.from(await (await fetch(url ?? 'about:blank')).arrayBuffer())
const textAt = async (url: string | null | undefined) => (await bytesAt(url)).toString()

everySdk(
  'Media.getContentTemporaryUrl, Conversation.sendMessage',
  'sends a file, which who is there can fetch',
  async (world) => {
    const { alices, bobs } = await world.room()
    const arrived = nextOf<Message>(bobs, 'messageAdded')
    expect(await alices.sendMessage({ contentType: 'image/png', media: PNG, filename: 'a b.png' }, { n: 1 })).toBe(0)
    const { type, media, attributes } = await arrived
    expect([type, media?.contentType, media?.size, attributes]).toEqual(['media', 'image/png', PNG.length, { n: 1 }])
    expect(await bytesAt(await media?.getContentTemporaryUrl())).toEqual(PNG)
  },
)

everySdk(
  'Conversation.sendMessage',
  'refuses a file that is too large, and sends nothing',
  async (world) => {
    const { alices } = await world.room()
    const large = { contentType: 'text/plain', media: Buffer.alloc(2000, 'x'), filename: 'large.txt' }
    await expect(alices.sendMessage(large)).rejects.toThrow()
    expect(await alices.getMessagesCount()).toBe(0)
  },
  { mediaLimits: { fileBytes: 1024 } },
)

/** A message with two files and the parts of an e-mail, as Bob sees it. */
async function received(world: World): Promise<{ bob: Client; alices: Conversation; message: Message; files: Media[] }> {
  const { bob, alices, bobs } = await world.room()
  const added = nextOf<Message>(bobs, 'messageAdded')
  const text = (media: string, filename: string, contentType = 'text/plain') => ({
    contentType,
    media: Buffer.from(media),
    filename,
  })
  const builder = alices
    .prepareMessage()
    .setBody('see below')
    .setSubject('Two files')
    .setAttributes({ from: 'a test' })
    .addMedia(text('one', 'one.txt'))
    .addMedia(text('two', 'two.txt'))
    .setEmailBody('text/html', text('<p>see below</p>', 'body.html', 'text/html'))
    .setEmailHistory('text/plain', text('> earlier', 'history.txt'))
  expect(await builder.buildAndSend()).toBe(0)
  const message = await added
  return { bob, alices, message, files: message.attachedMedia ?? [] }
}

everySdk(
  'Conversation.prepareMessage, MessageBuilder.setBody, MessageBuilder.setSubject, MessageBuilder.setAttributes, ' +
    'MessageBuilder.addMedia, MessageBuilder.setEmailBody, MessageBuilder.setEmailHistory, MessageBuilder.buildAndSend, ' +
    'Message.getMediaByCategory, Message.getMediaByCategories, Message.getEmailBody, Message.getEmailHistory',
  'builds a message of several parts',
  async (world) => {
    const { message, files } = await received(world)
    expect(message).toMatchObject({ body: 'see below', subject: 'Two files', attributes: { from: 'a test' } })
    expect(files.map(({ filename, category }) => [filename, category])).toEqual([
      ['one.txt', 'media'],
      ['two.txt', 'media'],
    ])
    expect(message.getMediaByCategories(['media', 'body', 'history'])).toHaveLength(4)
    expect(message.getMediaByCategory(['media'])).toHaveLength(2)
    expect(await textAt(await message.getEmailBody('text/html')?.getContentTemporaryUrl())).toBe('<p>see below</p>')
    expect(await textAt(await message.getEmailHistory('text/plain')?.getContentTemporaryUrl())).toBe('> earlier')
  },
)

everySdk(
  'Client.getTemporaryContentUrlsForMedia, Client.getTemporaryContentUrlsForMediaSids, Message.getTemporaryContentUrlsForMedia, ' +
    'Message.getTemporaryContentUrlsForMediaSids, Message.getTemporaryContentUrlsForAttachedMedia',
  'gives the addresses of several files at once',
  async (world) => {
    const { bob, message, files } = await received(world)
    const sids = files.map(({ sid }) => sid)
    for (const asked of [
      bob.getTemporaryContentUrlsForMedia(files),
      bob.getTemporaryContentUrlsForMediaSids(sids),
      message.getTemporaryContentUrlsForMedia(files),
      message.getTemporaryContentUrlsForMediaSids(sids),
      message.getTemporaryContentUrlsForAttachedMedia(),
    ]) {
      const urls = await asked
      expect([...urls.keys()].sort()).toEqual([...sids].sort())
      expect([await textAt(urls.get(sids[0] ?? '')), await textAt(urls.get(sids[1] ?? ''))]).toEqual(['one', 'two'])
    }
  },
)

everySdk('Message.attachTemporaryUrlsFor', 'puts their addresses to files', async (world) => {
  const { message, files } = await received(world)
  const [one] = await message.attachTemporaryUrlsFor(files)
  expect(await textAt(await one?.getContentTemporaryUrl())).toBe('one')
})

everySdk('MessageBuilder.build, UnsentMessage.send', 'builds now, and sends when it is time', async (world) => {
  const { alices } = await world.room()
  const unsent = alices.prepareMessage().setBody('later').build()
  expect(await alices.getMessagesCount()).toBe(0)
  expect(await unsent.send()).toBe(0)
  expect((await alices.getMessages()).items.map(({ body }) => body)).toEqual(['later'])
})

everySdk('CancellablePromise.cancel', 'calls off the sending of a file', async (world) => {
  const { alices } = await world.room()
  const file = { contentType: 'text/plain', media: Buffer.alloc(1_000_000, 'x'), filename: 'large.txt' }
  const sending = alices.prepareMessage().addMedia(file).build().send()
  sending.cancel()
  await expect(sending).rejects.toThrow()
  expect(await alices.getMessagesCount()).toBe(0)
})

everySdk(
  'MessageBuilder.setContentTemplate, ContentTemplateVariable.copyWithValue',
  'lets a template say what the message says',
  async (world) => {
    const { alices, bobs } = await world.room()
    const variable = new world.sdk.ContentTemplateVariable('1', 'name').copyWithValue('Alice')
    expect(variable).toMatchObject({ name: '1', value: 'Alice' })
    const { contents } = backEndOf(world.server).content.v1
    const { sid } = await contents.create(template({ types: { 'twilio/text': { body: 'Hello {{1}}' } } }))
    const heard = nextOf<Message>(bobs, 'messageAdded')
    const builder = alices.prepareMessage().setBody('else').setContentTemplate(sid, [variable])
    expect(await builder.buildAndSend()).toBe(0)
    expect(await heard).toMatchObject({ body: 'Hello Alice', contentSid: sid })
    const absent = alices.prepareMessage().setContentTemplate(`HX${'0'.repeat(32)}`, [])
    expect(await world.refusal(absent.buildAndSend())).toBe(50526)
    expect(await alices.getMessagesCount()).toBe(1)
  },
)
