import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundleSdk } from '../../scripts/build-sdk.js'
import { hasChromium, openBrowser } from './browser.ts'
import { dataFolder } from './data-folder.ts'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import { openSite, type Site } from './site.ts'

/** What the page does, in its own world: it sends a form with a file, and tells what it saw. */
const SENDS_A_FORM = `async ({ url, token, size }) => {
  const client = await Twilio.Conversations.Client.create(token, { url })
  const conversation = await client.createConversation()
  await conversation.join()
  const form = new FormData()
  form.append('file', new File([new Uint8Array(size).fill(7)], 'large.bin', { type: 'application/x-data' }))
  const told = []
  const index = await conversation.sendMessage(form, { from: 'a page' }, { onProgress: (progress) => told.push(progress) })
  const { items: [message] } = await conversation.getMessages()
  const content = await (await fetch(await message.media.getContentTemporaryUrl())).arrayBuffer()
  const { sid, contentType, filename, category } = message.media
  await client.shutdown()
  return { index, told, attributes: message.attributes, media: { contentType, filename, category }, bytes: content.byteLength, sid }
}`

const CALLS_IT_OFF = `async ({ url, token, size }) => {
  const client = await Twilio.Conversations.Client.create(token, { url })
  const conversation = await client.createConversation()
  await conversation.join()
  const media = new Blob([new Uint8Array(size)])
  const sending = conversation.sendMessage({ contentType: 'application/x-data', media }, null, { onProgress: () => sending.cancel() })
  const code = await sending.catch((error) => error.code)
  const count = await conversation.getMessagesCount()
  await client.shutdown()
  return { code, count }
}`

/** A service worker that sends a file for its page. */
const WORKER = `
importScripts('/sdk.js')
addEventListener('message', ({ data, ports: [port] }) => {
  send(data).then((sent) => port.postMessage(sent), (error) => port.postMessage(String(error)))
})
async function send({ url, token, size }) {
  const client = await Twilio.Conversations.Client.create(token, { url })
  const conversation = await client.createConversation()
  await conversation.join()
  const told = []
  const media = new Blob([new Uint8Array(size).fill(7)])
  const options = { onProgress: (progress) => told.push(progress) }
  const index = await conversation.sendMessage({ contentType: 'application/x-data', media }, null, options)
  await client.shutdown()
  return { index, told, canAskHowFar: 'XMLHttpRequest' in self }
}`

const SENDS_FROM_A_WORKER = `async (task) => {
  await navigator.serviceWorker.register('/worker.js')
  const { active } = await navigator.serviceWorker.ready
  const { port1, port2 } = new MessageChannel()
  const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
  active.postMessage(task, [port2])
  return answered
}`

describe('a page of another origin', () => {
  let server: InProcessServer
  let site: Site
  let page: Page
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    const folder = await dataFolder()
    await bundleSdk(folder.path)
    site = await openSite({ '/sdk.js': await readFile(join(folder.path, 'conversations.min.js')), '/worker.js': WORKER })
    server = await startInProcess({ allowedOrigins: [site.url] })
    const { context, close } = await openBrowser(800, 600)
    page = context.pages()[0] ?? (await context.newPage())
    await page.goto(site.url)
    closing.push(
      close,
      async () => server[Symbol.asyncDispose](),
      () => site.close(),
      async () => folder[Symbol.asyncDispose](),
    )
  })

  afterAll(async () => {
    for (const close of closing) await close()
  })

  const evaluate = async (program: string, size: number) =>
    page.evaluate(`(${program})(${JSON.stringify({ url: server.url, token: await server.token('alice'), size })})`)

  test('sends a form with a file, sees how far it is, and fetches it', async () => {
    const size = 4_000_000
    const { told, ...sent } = (await evaluate(SENDS_A_FORM, size)) as { told: { loaded: number; total: number }[] }
    expect(sent).toEqual({
      index: 0,
      attributes: { from: 'a page' },
      media: { contentType: 'application/x-data', filename: 'large.bin', category: 'media' },
      bytes: size,
      sid: expect.stringMatching(/^ME/),
    })
    expect(told.length).toBeGreaterThan(1)
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).toSorted((a, b) => a - b))
    expect(told.at(-1)).toEqual({ loaded: size, total: size })
  })

  test('sends a file from its service worker, which has no request that tells how far it is', async () => {
    const size = 300_000
    expect(await evaluate(SENDS_FROM_A_WORKER, size)).toEqual({
      index: 0,
      told: [{ loaded: size, total: size }],
      canAskHowFar: false,
    })
  })

  test('calls an upload off', async () => {
    expect(await evaluate(CALLS_IT_OFF, 50_000_000)).toEqual({ code: 51306, count: 0 })
  })
})
