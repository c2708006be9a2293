import { CancellablePromise, type Client, type Media, type SendMediaOptions } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { next, settle, World } from './world.ts'

const PNG = Uint8Array.from(
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
)

/** What is behind the address of a file. */
async function contentOf(media: Media | null | undefined): Promise<Uint8Array> {
  const response = await fetch((await media?.getContentTemporaryUrl()) ?? 'about:blank')
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

describe('Conversation.sendMessage with a file', () => {
  const text = 'Grüße'
  const bytes = new TextEncoder().encode(text)
  const contents: readonly (readonly [string, SendMediaOptions['media']])[] = [
    ['a string', text],
    ['a Buffer', Buffer.from(bytes)],
    ['a Uint8Array that is a part of a larger one', new Uint8Array([0, ...bytes, 0]).subarray(1, bytes.length + 1)],
    ['an ArrayBuffer', bytes.slice().buffer],
    ['a Blob', new Blob([bytes])],
  ]

  test.each(contents)('takes %s, and everybody can fetch it', async (_, media) => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const added = next(bobs, 'messageAdded')
    expect(await alices.sendMessage({ contentType: 'text/plain', media, filename: 'gruß.txt' }, { a: 1 })).toBe(0)
    const message = await added
    expect(message).toMatchObject({ type: 'media', body: null, attributes: { a: 1 } })
    expect(message.media).toMatchObject({
      contentType: 'text/plain',
      filename: 'gruß.txt',
      size: bytes.length,
      category: 'media',
    })
    expect(await contentOf(message.media)).toEqual(bytes)
  })

  test('takes a form with files', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const form = new FormData()
    form.append('one', new Blob([PNG], { type: 'image/png' }), 'dot.png')
    form.append('note', 'not a file')
    form.append('two', new File(['b'], 'b.txt', { type: 'text/plain' }))
    const added = next(bobs, 'messageAdded')
    await alices.sendMessage(form)
    const { attachedMedia } = await added
    expect(attachedMedia?.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['dot.png', 'image/png'],
      ['b.txt', 'text/plain'],
    ])
    expect(await contentOf(attachedMedia?.[0])).toEqual(PNG)
  })

  test('refuses what is no file and what is too large, before anything is sent', async () => {
    const world = await World.begin({ mediaLimits: { fileBytes: 100, messageBytes: 150, perMessage: 3 } })
    const { conversations } = await world.room('alice')
    const [conversation] = conversations
    const file = (length: number) => ({ contentType: 'text/plain', media: 'x'.repeat(length) })
    expect(await codeOf(conversation.sendMessage({ contentType: 'text/plain', media: null }))).toBe(20001)
    expect(await codeOf(conversation.sendMessage({ contentType: 7, media: 'x' } as never))).toBe(20001)
    expect(await codeOf(conversation.sendMessage(new FormData()))).toBe(20001)
    expect(await codeOf(conversation.sendMessage(file(101)))).toBe(50512)
    const two = conversation.prepareMessage().addMedia(file(100)).addMedia(file(51))
    expect(await codeOf(two.buildAndSend())).toBe(50512)
    const four = [1, 2, 3, 4].reduce((builder) => builder.addMedia(file(1)), conversation.prepareMessage())
    expect(await codeOf(four.buildAndSend())).toBe(51301)
    expect(await world.server.metric('conversa_media_uploads_total{outcome="ok"}')).toBe(0)
    expect(await conversation.getMessagesCount()).toBe(0)
  })

  test('tells how far it is', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const size = 3_000_000
    const told: { loaded: number; total: number }[] = []
    const media = new Uint8Array(size)
    await conversations[0].sendMessage({ contentType: 'application/x-data', media }, undefined, {
      onProgress: (progress) => told.push(progress),
    })
    expect(told.length).toBeGreaterThan(2)
    expect(told.every(({ total }) => total === size)).toBe(true)
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).toSorted((a, b) => a - b))
    expect(told.at(-1)).toEqual({ loaded: size, total: size })
  })

  test('that is called off on its way sends nothing, and rejects', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice')
    const sending: CancellablePromise<number> = conversations[0].sendMessage(
      { contentType: 'application/x-data', media: new Uint8Array(20_000_000) },
      undefined,
      { onProgress: () => sending.cancel() },
    )
    expect(sending).toBeInstanceOf(CancellablePromise)
    expect(await codeOf(sending)).toBe(51306)
    expect(await conversations[0].getMessagesCount()).toBe(0)
    expect(clients[0].connectionState).toBe('connected')
  })

  test('that is chained can be called off as well', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const chained: CancellablePromise<string> = conversations[0]
      .sendMessage({ contentType: 'application/x-data', media: new Uint8Array(20_000_000) }, undefined, {
        onProgress: () => chained.cancel(),
      })
      .then((index) => `index ${index}`)
      .catch(({ code }: { code: number }) => `code ${code}`)
      .finally(() => {})
    expect(await chained).toBe('code 51306')
  })

  test('does not hold up the texts that come after it', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices] = conversations
    const file = alices.sendMessage({ contentType: 'application/x-data', media: new Uint8Array(5_000_000) })
    expect(await alices.sendMessage('meanwhile')).toBe(0)
    expect(await file).toBe(1)
  })
})

/** A `fetch` whose first uploads go wrong in some way. */
function failing(times: number, how: (send: () => Promise<Response>) => Promise<Response>): typeof fetch & { calls: number } {
  const send = async (...request: Parameters<typeof fetch>) => {
    send.calls++
    return send.calls <= times ? how(() => fetch(...request)) : fetch(...request)
  }
  send.calls = 0
  return send as typeof fetch & { calls: number }
}

describe('an upload that fails', () => {
  const FILE = { contentType: 'text/plain', media: 'hello' }

  /** Sends a file with a `fetch` that fails, and counts what the server has then. */
  async function sendWith(world: World, send: typeof fetch): Promise<Client> {
    const client = await world.client('alice', { fetch: send })
    const conversation = await client.createConversation()
    await conversation.join()
    expect(await conversation.sendMessage(FILE)).toBe(0)
    return client
  }
  const filesOf = ({ server }: World) => server.database.prepare('SELECT count(*) AS files FROM media').get()?.files

  test('after it arrived makes one file', async () => {
    const world = await World.begin()
    const send = failing(2, async (really) => {
      await really()
      throw new TypeError('the connection was lost before the answer')
    })
    await sendWith(world, send)
    expect([send.calls, filesOf(world)]).toEqual([3, 1])
  })

  test.each([408, 429, 500, 502, 503])('with %i is tried again', async (status) => {
    const world = await World.begin()
    const send = failing(1, async () => new Response('<html>not ours</html>', { status }))
    await sendWith(world, send)
    expect([send.calls, filesOf(world)]).toEqual([2, 1])
  })

  test('for want of a fresh token fetches one, and goes on', async () => {
    const world = await World.begin()
    const expired = new Response(JSON.stringify({ code: 20104, message: 'expired', status: 401 }), { status: 401 })
    const send = failing(1, async () => expired)
    let fetched = 0
    const tokenProvider = () => {
      fetched++
      return world.server.token('alice', undefined, 1800)
    }
    const client = await world.client('alice', { fetch: send, tokenProvider })
    const conversation = await client.createConversation()
    await conversation.join()
    expect(await conversation.sendMessage(FILE)).toBe(0)
    expect([fetched, send.calls]).toEqual([1, 2])
  })

  test('for good rejects with the documented code, once', async () => {
    const world = await World.begin()
    const send = failing(0, (really) => really())
    const client = await world.client('alice', { fetch: send })
    const conversation = await client.createConversation()
    await conversation.join()
    expect(await codeOf(conversation.sendMessage({ contentType: 'nonsense', media: 'x' }))).toBe(50511)
    expect(send.calls).toBe(1)
  })

  test('because the client is shut down rejects', async () => {
    const world = await World.begin()
    const begun = Promise.withResolvers<void>()
    const send = failing(9, (_) => {
      begun.resolve()
      return Promise.reject(new TypeError('no network'))
    })
    const client = await world.client('alice', { fetch: send })
    const conversation = await client.createConversation()
    const outcome = codeOf(conversation.sendMessage(FILE))
    await begun.promise
    await client.shutdown()
    expect(await outcome).toBe(51130)
  })

  test('because the user may not send files leaves the reason', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await bobs.leave()
    await settle(alices)
    expect(await codeOf(bobs.sendMessage(FILE))).toBe(50430)
  })
})

describe('Conversation.prepareMessage', () => {
  test('puts text, subject, attributes and several files together', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const added = next(bobs, 'messageAdded')
    const index = await alices
      .prepareMessage()
      .setBody('see below')
      .setSubject('Pictures')
      .setAttributes({ album: 1 })
      .addMedia({ contentType: 'image/png', media: PNG, filename: 'one.png' })
      .addMedia({ contentType: 'image/png', media: PNG, filename: 'two.png' })
      .setEmailBody('text/html', { contentType: 'text/html', media: '<p>replaced</p>' })
      .setEmailBody('text/html', { contentType: null, media: '<p>see below</p>' })
      .setEmailHistory('text/plain', { contentType: 'text/plain', media: '> earlier' })
      .buildAndSend()
    const message = await added
    expect([index, message.index, message.type]).toEqual([0, 0, 'media'])
    expect(message).toMatchObject({ body: 'see below', subject: 'Pictures', attributes: { album: 1 } })
    expect(message.attachedMedia?.map(({ filename }) => filename)).toEqual(['one.png', 'two.png'])
    expect(message.media?.sid).toBe(message.attachedMedia?.[0]?.sid)
    expect(new TextDecoder().decode(await contentOf(message.getEmailBody('text/html')))).toBe('<p>see below</p>')
    expect(new TextDecoder().decode(await contentOf(message.getEmailHistory()))).toBe('> earlier')
    expect([message.getEmailBody(), message.getMediaByCategories(['body'])?.length]).toEqual([null, 1])
  })

  test('builds a message that is sent when it is time, as often as it is wanted', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const unsent = conversations[0].prepareMessage().setBody('again').build()
    expect([await unsent.send(), await unsent.send()]).toEqual([0, 1])
  })
})

describe('Conversation.limits', () => {
  test('are those of the server', async () => {
    const MIB = 1024 * 1024
    const world = await World.begin({ mediaLimits: { perMessage: 3, fileBytes: 2 * MIB, messageBytes: 5 * MIB } })
    const { conversations } = await world.room('alice')
    expect(conversations[0].limits).toMatchObject({
      mediaAttachmentsCountLimit: 3,
      mediaAttachmentSizeLimitInMb: 2,
      mediaAttachmentsTotalSizeLimitInMb: 5,
    })
  })
})

describe('Client.getTemporaryContentUrlsForMediaSids', () => {
  test('gives an address for each, to who is in the conversation alone', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    const added = next(bobs, 'messageAdded')
    await alices
      .prepareMessage()
      .addMedia({ contentType: 'text/plain', media: 'a' })
      .addMedia({ contentType: 'text/plain', media: 'b' })
      .buildAndSend()
    const message = await added
    const sids = message.attachedMedia?.map(({ sid }) => sid) ?? []
    const urls = await clients[1].getTemporaryContentUrlsForMediaSids(sids)
    expect([...urls.keys()]).toEqual(sids)
    expect(await (await fetch(urls.get(sids[1] ?? '') ?? '')).text()).toBe('b')
    expect([...(await message.getTemporaryContentUrlsForAttachedMedia()).keys()]).toEqual(sids)
    expect([...(await clients[1].getTemporaryContentUrlsForMedia(message.attachedMedia ?? [])).keys()]).toEqual(sids)
    expect((await clients[1].getTemporaryContentUrlsForMediaSids([])).size).toBe(0)
    const stranger = await world.client('carol')
    expect(await codeOf(stranger.getTemporaryContentUrlsForMediaSids(sids))).toBe(50507)
  })
})
