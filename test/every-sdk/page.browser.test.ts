import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Client, type Conversation, type Message } from '@conversa/client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from '../end-to-end/browser.ts'
import { type InProcessServer, startInProcess } from '../end-to-end/in-process-server.ts'
import { openSite, type Site } from '../end-to-end/site.ts'
import { nextOf } from './events.ts'
import { openTlsFront } from './tls-front.ts'

/** The vendor's scripts for browsers, as its packages have them, and whether they ask for files over TLS alone. */
const SCRIPTS = [
  ['3.0.1', '@twilio/conversations/builds/twilio-conversations.min.js', false],
  ['2.4.0', 'twilio-conversations-2/builds/twilio-conversations.min.js', false],
  ['1.1.0', 'twilio-conversations-1/dist/@twilio/conversations.min.js', true],
] as const

/** What the page does, in its own world: Alice waits for a word of Bob's, and answers it with a picture that she looks at. */
const ALICE = `async ({ uri, token }) => {
  const client = await Twilio.Conversations.Client.create(token, { Twilsock: { uri } })
  const conversation = await client.createConversation()
  await conversation.join()
  // What is there when the client has loaded is no news to it: an answer that came before would not be told.
  await conversation.getMessages(1)
  const heard = new Promise((resolve) => conversation.on('messageAdded', ({ author, body }) => author === 'bob' && resolve(body)))
  await conversation.add('bob')
  await conversation.sendMessage('hello Bob')
  const word = await heard
  const canvas = document.createElement('canvas')
  canvas.width = 3
  canvas.height = 2
  const file = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  const form = new FormData()
  form.append('file', new File([file], 'a picture.png', { type: 'image/png' }))
  const index = await conversation.sendMessage(form)
  const { items: [message] } = await conversation.getMessages(1)
  const url = await message.media.getContentTemporaryUrl()
  const image = new Image()
  image.src = url
  await image.decode()
  const bytes = (await (await fetch(url)).arrayBuffer()).byteLength
  await client.shutdown()
  return { word, index, size: [image.naturalWidth, image.naturalHeight], isWhole: bytes === file.size, from: new URL(url).origin }
}`

describe.each(SCRIPTS)('a page of another origin with the script of %s, unmodified', (_, script, needsTls) => {
  let server: InProcessServer
  let site: Site
  let page: Page
  let origin = ''
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    site = await openSite({ '/sdk.js': await readFile(createRequire(import.meta.url).resolve(script)) })
    const front = needsTls ? await openTlsFront() : undefined
    server = await startInProcess({ allowedOrigins: [site.url], publicUrl: front?.url })
    front?.leadTo(server.url)
    origin = front?.url ?? server.url
    const { context, close } = await openBrowser(800, 600)
    page = context.pages()[0] ?? (await context.newPage())
    // The browser knows nothing of the front's certificate.
    await (await context.newCDPSession(page)).send('Security.setIgnoreCertificateErrors', { ignore: needsTls })
    await page.goto(site.url)
    closing.push(
      close,
      async () => front?.close(),
      async () => server[Symbol.asyncDispose](),
      site.close,
    )
  })

  afterAll(async () => {
    for (const close of closing) await close()
  })

  test('connects, sends, hears, and shows a file that it sent from where the server says', async () => {
    const bob = await Client.create(await server.token('bob'), { url: server.url })
    closing.unshift(() => bob.shutdown())
    const joined = nextOf<Conversation>(bob as never, 'conversationJoined')
    const greeted = nextOf<Message>(bob as never, 'messageAdded')
    const pictured = nextOf<Message>(bob as never, 'messageAdded', ({ type }) => type === 'media')
    const task = { uri: `${server.url.replace('http', 'ws')}/v3/wsconnect`, token: await server.token('alice') }
    const done = page.evaluate(`(${ALICE})(${JSON.stringify(task)})`)
    expect((await greeted).body).toBe('hello Bob')
    await (await joined).sendMessage('hello Alice')
    expect(await done).toEqual({ word: 'hello Alice', index: 2, size: [3, 2], isWhole: true, from: origin })
    const { media } = await pictured
    expect([media?.filename, media?.contentType]).toEqual(['a picture.png', 'image/png'])
  })
})
