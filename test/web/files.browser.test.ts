import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

const MEGABYTE = 1024 * 1024
const MINUTES = { name: 'minutes.txt', mimeType: 'text/plain', buffer: Buffer.from('what was said') }

/** Lets a page believe that something was pasted or dropped: a picture that it draws itself. */
const handOver = (kind: 'paste' | 'drop', selector: string, name: string) => `(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 200 })
  canvas.getContext('2d').fillRect(0, 0, 300, 200)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  const data = new DataTransfer()
  data.items.add(new File([blob], '${name}', { type: 'image/png' }))
  const target = document.querySelector('${selector}')
  const event = '${kind}' === 'paste'
    ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
  if ('${kind}' === 'drop') target.dispatchEvent(new DragEvent('dragenter', { dataTransfer: data, bubbles: true, cancelable: true }))
  target.dispatchEvent(event)
})()`

describe('files in the web app', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin({ mediaLimits: { fileBytes: 4 * MEGABYTE } })
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('bob', PHONE)])
    await Promise.all([alice.signIn(world.server.url), bob.signIn(world.server.url)])
    await alice.create('Files', 'bob')
    await bob.open('Files')
  }, 180_000)

  afterAll(() => world?.close())

  const attach = (person: Person, ...files: { name: string; mimeType: string; buffer: Buffer }[]) =>
    person.page.locator('input[type=file]').setInputFiles(files)

  /** @param bytes per second that somebody's uploads get, until what is returned is detached */
  const limitUploads = async ({ page }: Person, bytes: number) => {
    const devtools = await page.context().newCDPSession(page)
    const limits = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes }
    await devtools.send('Network.emulateNetworkConditions', limits)
    return devtools
  }

  it('are attached by the button, taken out again, sent with a text and downloaded', async () => {
    await attach(alice, MINUTES, { ...MINUTES, name: 'not this.txt' })
    await alice.page.getByRole('button', { name: 'Take not this.txt out' }).click()
    await alice.write('the minutes')
    const message = bob.message('the minutes')
    await message.getByText('minutes.txt').waitFor()
    const downloading = bob.page.waitForEvent('download')
    await message.getByRole('button', { name: 'Download minutes.txt' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe('minutes.txt')
    expect(await readFile(await download.path(), 'utf8')).toBe('what was said')
    expect(await bob.page.getByText('not this.txt').count()).toBe(0)
  })

  it.each([
    ['paste', 'textarea'],
    ['drop', '.room'],
  ] as const)('are taken by %s, and pictures are shown', async (kind, selector) => {
    const name = `${kind}.png`
    await alice.page.evaluate(handOver(kind, selector, name))
    await alice.page.getByRole('list', { name: 'Files to send' }).getByText(name).waitFor()
    await alice.page.getByRole('button', { name: 'Send' }).click()
    const picture = bob.page.getByRole('img', { name })
    await picture.waitFor()
    await expect.poll(() => picture.evaluate((image) => Reflect.get(image, 'naturalWidth'))).toBe(300)
    await bob.page.getByRole('button', { name: `Show ${name}` }).click()
    const large = bob.page.getByRole('dialog', { name })
    await large.getByRole('img', { name }).waitFor()
    await bob.page.keyboard.press('Escape')
    await large.waitFor({ state: 'detached' })
  })

  it('show how far they are, and arrive whole', async () => {
    const buffer = Buffer.alloc(3 * MEGABYTE, 'large file ')
    // On a quick machine it would be there before anything of it was shown.
    const devtools = await limitUploads(alice, 3 * MEGABYTE)
    await alice.page.evaluate(`
      globalThis.told = []
      new MutationObserver(() => {
        const progress = document.querySelector('progress')
        if (progress) told.push(progress.value / progress.max)
      }).observe(document.body, { subtree: true, childList: true, attributes: true })`)
    await attach(alice, { name: 'large.bin', mimeType: 'application/octet-stream', buffer })
    await alice.page.getByRole('button', { name: 'Send' }).click()
    const downloadButton = bob.page.getByRole('button', { name: 'Download large.bin' })
    await downloadButton.waitFor()
    await devtools.detach()
    const told = (await alice.page.evaluate('told')) as number[]
    expect(told.length).toBeGreaterThan(2)
    expect(told).toEqual(told.toSorted((one, other) => one - other))
    const downloading = bob.page.waitForEvent('download')
    await downloadButton.click()
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(hash(await readFile(await (await downloading).path()))).toBe(hash(buffer))
  })

  it('that are too large stay, to be tried again or discarded', async () => {
    await attach(alice, { name: 'huge.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(5 * MEGABYTE) })
    await alice.write('take this')
    const failed = alice.message('huge.bin')
    await failed.getByRole('alert').filter({ hasText: 'too many bytes' }).waitFor()
    await failed.getByRole('button', { name: 'Retry' }).click()
    await failed.getByRole('alert').filter({ hasText: 'too many bytes' }).waitFor()
    await failed.getByRole('button', { name: 'Discard' }).click()
    await failed.waitFor({ state: 'detached' })
  })

  it('wait for a connection, and are sent when there is one', async () => {
    await alice.page.context().setOffline(true)
    await attach(alice, { ...MINUTES, name: 'later.txt' })
    await alice.page.getByRole('button', { name: 'Send' }).click()
    await alice.message('later.txt').waitFor()
    await alice.page.context().setOffline(false)
    await bob.page.getByRole('button', { name: 'Download later.txt' }).waitFor()
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
