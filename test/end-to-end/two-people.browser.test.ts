import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildWeb } from '../../scripts/build-web.js'
import { hasChromium, openBrowser } from './browser.ts'
import { dataFolder } from './data-folder.ts'
import { endServerProcesses, ServerProcess } from './server-process.ts'

const SCREENSHOTS = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url))

/** What goes wrong in a page without anybody looking. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const expected = message.text().includes('WebSocket connection to') || message.text().includes('ERR_CONNECTION_REFUSED')
    if (message.type() === 'error' && !expected) complaints.push(message.text())
  })
  return complaints
}

async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('status').filter({ hasText: 'connected' }).waitFor()
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

const bodies = (page: Page) => page.locator('.message .body').allTextContents()
const says = (page: Page, text: string) => page.locator('.message .body', { hasText: text }).waitFor()

describe('two people in two browsers', () => {
  let server: ServerProcess
  let alice: Page
  let bob: Page
  const complaints: string[][] = []
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    await buildWeb()
    await mkdir(SCREENSHOTS, { recursive: true })
    const folder = await dataFolder()
    server = await ServerProcess.start({ data: folder.path })
    const [desktop, phone] = await Promise.all([openBrowser(1280, 800), openBrowser(390, 844)])
    closing.push(desktop.close, phone.close, endServerProcesses, async () => folder[Symbol.asyncDispose]())
    alice = desktop.context.pages()[0] ?? (await desktop.context.newPage())
    bob = phone.context.pages()[0] ?? (await phone.context.newPage())
    complaints.push(complaintsOf(alice), complaintsOf(bob))
  })

  afterAll(async () => {
    for (const close of closing) await close()
  })

  it('sign in, make a conversation, add and see each other', async () => {
    await signIn(alice, server.url, 'alice')
    await signIn(bob, server.url, 'bob')
    await alice.getByLabel('Name of a new conversation').fill('Lunch')
    await alice.getByRole('button', { name: 'Create' }).click()
    await alice.getByLabel('Name of somebody to add').fill('bob')
    await alice.getByRole('button', { name: 'Add' }).click()
    await bob.getByRole('button', { name: 'Lunch' }).waitFor()
  })

  it('send and receive live, with unread counts and typing', async () => {
    await write(alice, 'Soup or salad?')
    await says(alice, 'Soup or salad?')
    await bob.locator('.badge', { hasText: /./ }).waitFor()
    await bob.getByRole('button', { name: 'Lunch' }).click()
    await says(bob, 'Soup or salad?')
    await bob.getByLabel('Message', { exact: true }).pressSequentially('So')
    await alice.getByText('bob is typing…').waitFor()
    await write(bob, 'Soup, please')
    await says(alice, 'Soup, please')
    await alice.getByText('bob is typing…').waitFor({ state: 'detached' })
    await bob.getByRole('button', { name: 'Back to the list' }).click()
    await write(alice, 'Two soups then')
    await bob.locator('.badge', { hasText: '1' }).waitFor()
    await bob.getByRole('button', { name: 'Lunch' }).click()
  })

  it('go on after the server was killed and restarted in between', async () => {
    await server.kill9()
    await alice
      .getByRole('status')
      .filter({ hasNotText: /^connected$/ })
      .waitFor()
    await write(alice, 'written while the server was down')
    server = await server.restart()
    await says(alice, 'written while the server was down')
    await says(bob, 'written while the server was down')
    await write(bob, 'and back again')
    await says(alice, 'and back again')
    const expected = ['Soup or salad?', 'Soup, please', 'Two soups then', 'written while the server was down', 'and back again']
    expect(await bodies(alice)).toEqual(expected)
    expect(await bodies(bob)).toEqual(expected)
  })

  it('show it at desktop and phone width without a complaint', async () => {
    await alice.screenshot({ path: `${SCREENSHOTS}two-people-1280.png` })
    await bob.screenshot({ path: `${SCREENSHOTS}two-people-390.png` })
    const width = await bob.evaluate('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(390)
    expect(complaints.flat()).toEqual([])
  })
})
