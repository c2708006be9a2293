import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Network } from 'conversa'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { bundleSdk } from '../../scripts/build-sdk.js'
import { hasChromium, openBrowser } from './browser.ts'
import { dataFolder } from './data-folder.ts'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import { openSite, type Site } from './site.ts'

/** Connects, and keeps what is needed to go on with the connection from outside. */
const CONNECTS = `async ({ url, token }) => {
  globalThis.client = await Twilio.Conversations.Client.create(token, { url })
  globalThis.reached = (wanted) => client.connectionState === wanted || new Promise((resolve) =>
    client.on('connectionStateChanged', (state) => state === wanted && resolve(true)))
  globalThis.failures = 0
  client.on('connectionError', () => failures++)
}`

/** Begins with a token that is refused, and a back end that cannot be reached the first time. */
const HAS_NO_TOKEN = `({ url, token }) => {
  let asked = 0
  const tokenProvider = () => {
    if (asked++ === 0) throw new Error('there is no network')
    return token
  }
  const client = new Twilio.Conversations.Client('none', { url, tokenProvider })
  globalThis.failed = new Promise((resolve) => client.once('connectionError', ({ errorCode }) => resolve(errorCode)))
  globalThis.initialized = new Promise((resolve) => client.once('initialized', () => resolve(true)))
}`

/*
 * The page's time stands still, so that no pause of the SDK ever ends: what comes back does so because the browser tells it.
 */
describe('a page whose time stands still', () => {
  let server: InProcessServer
  let network: Network
  let site: Site
  let context: BrowserContext
  let page: Page
  const closing: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    if (!hasChromium) return
    const folder = await dataFolder()
    await bundleSdk(folder.path)
    site = await openSite({ '/sdk.js': await readFile(join(folder.path, 'conversations.min.js')) })
    server = await startInProcess({ allowedOrigins: [site.url] })
    network = await Network.begin(server.url)
    closing.push(
      () => network.close(),
      async () => server[Symbol.asyncDispose](),
      () => site.close(),
      async () => folder[Symbol.asyncDispose](),
    )
  })

  beforeEach(async ({ skip }) => {
    skip(!hasChromium, 'there is no Chromium')
    // One for each test: time stands still for all pages of a browser.
    const browser = await openBrowser(800, 600)
    onTestFinished(browser.close)
    context = browser.context
    page = await context.newPage()
    await page.clock.install()
    await page.goto(site.url)
    const task = { url: network.url, token: await server.token('alice') }
    await page.evaluate(`(${CONNECTS})(${JSON.stringify(task)})`)
    await page.clock.pauseAt(Date.now() + 1000)
    network.partition()
    await page.evaluate(`reached('connecting')`)
  })

  afterAll(async () => {
    for (const close of closing) await close()
  })

  test('is connected as soon as there is a network again', async () => {
    await context.setOffline(true)
    network.heal()
    await context.setOffline(false)
    expect(await page.evaluate(`reached('connected')`)).toBe(true)
  })

  test('is connected as soon as it is looked at again', async () => {
    network.heal()
    await page.evaluate(`void document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
    expect(await page.evaluate(`reached('connected')`)).toBe(true)
  })

  test('asks for a token as soon as there is a network again', async () => {
    network.heal()
    await page.evaluate(`(${HAS_NO_TOKEN})(${JSON.stringify({ url: network.url, token: await server.token('bob') })})`)
    await page.clock.runFor(1)
    expect(await page.evaluate('failed')).toBe(20101)
    await page.evaluate(`void dispatchEvent(new Event('online'))`)
    expect(await page.evaluate('initialized')).toBe(true)
  })

  test('tries nothing more after the end', async () => {
    network.heal()
    await page.evaluate(`client.shutdown()`)
    await page.evaluate(`void dispatchEvent(new Event('online'))`)
    expect(await page.evaluate(`[client.connectionState, failures]`)).toEqual(['disconnected', 1])
  })
})
