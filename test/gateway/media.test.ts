import type { Media, Message } from '@twilio/conversations'
import { describe, expect, test } from 'vitest'
import { nextOf, VENDORS, VendorWorld } from './vendor.ts'

const versions = Object.keys(VENDORS) as (keyof typeof VENDORS)[]
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const bytesAt = async (url: string | null) => Buffer.from(await (await fetch(url ?? '')).arrayBuffer())

describe.each(versions)('files with the vendor’s SDK %s, unmodified', (version) => {
  test('are sent, and fetched by who is there', async () => {
    const { alices, bobs } = await (await VendorWorld.begin(version)).room()
    const arrived = nextOf<Message>(bobs, 'messageAdded')
    expect(await alices.sendMessage({ contentType: 'image/png', media: PNG, filename: 'a b.png' })).toBe(0)
    const message = await arrived
    expect(message.type).toBe('media')
    const [media] = message.attachedMedia as Media[]
    expect(media).toMatchObject({ contentType: 'image/png', filename: 'a b.png', size: PNG.length, category: 'media' })
    expect(await bytesAt(await (media as Media).getContentTemporaryUrl())).toEqual(PNG)
  })

  test('go several in one message, with a text', async () => {
    const { alices, bobs, bob } = await (await VendorWorld.begin(version)).room()
    const arrived = nextOf<Message>(bobs, 'messageAdded')
    const builder = alices.prepareMessage().setBody('two files').setAttributes({ n: 2 })
    for (const text of ['one', 'two']) builder.addMedia({ contentType: 'text/plain', media: Buffer.from(text), filename: text })
    await builder.build().send()
    const message = await arrived
    const files = message.attachedMedia as Media[]
    expect([message.body, message.attributes, files.map(({ filename }) => filename)]).toEqual([
      'two files',
      { n: 2 },
      ['one', 'two'],
    ])
    const urls = await bob.getTemporaryContentUrlsForMedia(files)
    expect([...urls.keys()]).toEqual(files.map(({ sid }) => sid))
    const contents = []
    for (const url of urls.values()) contents.push((await bytesAt(url)).toString())
    expect(contents).toEqual(['one', 'two'])
  })

  test('are refused when they are too large', async () => {
    const { alices } = await (await VendorWorld.begin(version, { mediaLimits: { fileBytes: 1024 } })).room()
    const large = { contentType: 'text/plain', media: Buffer.alloc(2000, 'x'), filename: 'large.txt' }
    await expect(alices.sendMessage(large)).rejects.toMatchObject({ code: 400, body: { code: 50512 } })
    expect(await alices.getMessagesCount()).toBe(0)
  })
})
