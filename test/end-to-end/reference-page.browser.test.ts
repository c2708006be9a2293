import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { OPERATIONS } from '@conversa/server'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { hasChromium, openBrowser } from './browser.ts'
import { startInProcess } from './in-process-server.ts'

const SCREENSHOTS = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url))

/** The page in a browser, with all that it asked for and complained of. */
async function open(width: number, height: number) {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const browser = await openBrowser(width, height)
  onTestFinished(() => browser.close())
  const page = await browser.context.newPage()
  const [requests, complaints]: [string[], string[]] = [[], []]
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() !== 'info') complaints.push(message.text())
  })
  const answer = await page.goto(`${server.url}/v1/docs`)
  return { server, page, requests, complaints, answer }
}

describe('the reference of REST in a browser', () => {
  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  test.each([
    [390, 844],
    [1280, 800],
  ])('at %i pixels: shows every operation, needs nobody else, and fits', async (width, height) => {
    const { server, page, requests, complaints, answer } = await open(width, height)
    expect(answer?.status()).toBe(200)
    expect(await page.title()).toBe('Conversa REST')
    expect(await page.locator('details').count()).toBe(OPERATIONS.length)
    const send = page.locator('details', { hasText: 'create' }).filter({ hasText: '/Messages' }).first()
    await send.locator('summary').click()
    await send.getByText('Attributes', { exact: true }).waitFor()
    await send.scrollIntoViewIfNeeded()
    const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(wider).toBe(0)
    await mkdir(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: `${SCREENSHOTS}rest-reference-${width}.png` })
    expect(complaints).toEqual([])
    for (const url of requests.filter((one) => !one.startsWith('data:'))) expect(new URL(url).origin).toBe(server.url)
    // The style is taken: without it a link would be inline.
    expect(await page.evaluate("getComputedStyle(document.querySelector('nav a')).display")).toBe('inline-block')
  })

  test('goes to a resource from its list, by keyboard too', async () => {
    const { page } = await open(1280, 800)
    await page.getByRole('navigation').getByRole('link', { name: 'Webhooks', exact: true }).press('Enter')
    await page.waitForURL('**/v1/docs#Webhooks')
    const summary = page.locator('[id="Webhooks.fetch"] summary')
    await summary.focus()
    await summary.press('Enter')
    await page.locator('[id="Webhooks.fetch"] pre').waitFor({ state: 'visible' })
  })
})
