import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

const MANY = 10_000

/** Looks at the list: which texts stood there more than once after any of its changes, and which were gone again in any frame. */
const WATCH_TEXTS = `
  globalThis.seen = { doubled: [], gone: [] }
  const before = new Set()
  const texts = () => [...document.querySelectorAll('.messages .text')].map((text) => text.textContent)
  new MutationObserver(() => seen.doubled.push(...texts().filter((text, at, all) => all.indexOf(text) !== at)))
    .observe(document.body, { subtree: true, childList: true, characterData: true })
  const look = () => {
    const now = new Set(texts())
    seen.gone.push(...before.difference(now))
    for (const text of now) before.add(text)
    requestAnimationFrame(look)
  }
  look()`

describe('messages in the web app', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person
  let long: string

  const line = (index: number) => `line ${index}.`
  /** Turns the wheel until lines are in sight that are wanted. */
  const scroll = async ({ page, texts }: Person, by: number, isThere: (lines: readonly number[]) => boolean) => {
    await page.mouse.move(DESKTOP.width / 2, DESKTOP.height / 2)
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, by)
          return isThere((await texts()).map((text) => Number(/^line (\d+)\.$/.exec(text)?.[1])))
        },
        { timeout: 50_000 },
      )
      .toBe(true)
  }

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    long = await world.conversation('Long', 'alice')
    await world.send(
      long,
      Array.from({ length: MANY }, (_, index) => line(index)),
    )
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('bob', PHONE)])
    await Promise.all([alice.signIn(world.server.url), bob.signIn(world.server.url)])
  }, 180_000)

  afterAll(() => world?.close())

  it('stand there once from the moment that they are sent', async () => {
    await alice.create('Once', 'bob')
    const texts = Array.from({ length: 8 }, (_, at) => `once ${at}`)
    await alice.page.evaluate(WATCH_TEXTS)
    for (const text of texts) await alice.write(text)
    await expect.poll(alice.texts).toEqual(texts)
    await alice.page.getByRole('article', { name: 'not sent yet' }).waitFor({ state: 'detached' })
    expect(await alice.page.evaluate('seen')).toEqual({ doubled: [], gone: [] })
  })

  it('are changed and deleted by who wrote them, for everybody', async () => {
    await alice.create('Lunch', 'bob')
    await bob.open('Lunch')
    await alice.write('Soup or salat?')
    await bob.sees('Soup or salat?')
    await alice.act('Soup or salat?', 'Edit')
    const field = alice.page.getByRole('textbox', { name: 'Edit the message' })
    await field.fill('Soup or salad?')
    await field.press('Enter')
    await bob.message('Soup or salad?').getByText('edited').waitFor()
    await alice.write('to be deleted')
    await bob.sees('to be deleted')
    await alice.act('to be deleted', 'Delete')
    await alice.confirm('Delete')
    await bob.message('to be deleted').waitFor({ state: 'detached' })
    await bob.message('Soup or salad?').hover()
    await bob.message('Soup or salad?').getByRole('button', { name: 'Message actions' }).click()
    expect((await bob.page.getByRole('menuitem').allTextContents()).map((text) => text.trim())).toEqual(['Copy text'])
    await bob.page.keyboard.press('Escape')
  })

  it('take several lines and emojis from the list', async () => {
    await bob.field.fill('one')
    await bob.field.press('Shift+Enter')
    await bob.field.pressSequentially('two ')
    await bob.page.getByRole('button', { name: 'Emojis' }).click()
    await bob.page.getByRole('searchbox', { name: 'Search emojis' }).fill('tomato')
    await bob.page.getByRole('gridcell', { name: 'tomato' }).click()
    await bob.page.getByRole('button', { name: 'Send' }).click()
    await alice.sees('two 🍅')
    expect(await alice.texts()).toContain('one\ntwo 🍅')
  })

  it('show how far the others have read', async () => {
    await alice.write('did you see this?')
    await alice.page.getByRole('listitem').filter({ hasText: 'did you see this?' }).getByText('Read by bob').waitFor()
    await bob.back()
    await alice.write('and this?')
    await alice.sees('and this?')
    const marker = alice.page.getByRole('listitem').filter({ hasText: 'Read by bob' })
    expect(await marker.locator('.text').textContent()).toBe('did you see this?')
  })

  it('stand under their day, and new ones under a line', async () => {
    expect(await alice.page.locator('.day').allTextContents()).toEqual(['Today'])
    await bob.open('Lunch')
    await bob.page.getByText('New messages', { exact: true }).waitFor()
    await alice.page.getByRole('listitem').filter({ hasText: 'and this?' }).getByText('Read by bob').waitFor()
  })

  it('are read out as they come', async () => {
    await bob.write('heard by everybody')
    await alice.page
      .getByRole('log', { name: 'New messages' })
      .getByText('bob: heard by everybody')
      .waitFor({ state: 'attached' })
  })

  it('go back among ten thousand with few elements, and to the newest at once', async () => {
    await alice.open('Long')
    await alice.sees(line(MANY - 1))
    await scroll(alice, -20_000, (lines) => lines.some((each) => each < MANY - 400))
    expect(await alice.messages.count()).toBeLessThan(150)
    await alice.page.getByRole('button', { name: 'Jump to newest' }).click()
    await alice.sees(line(MANY - 1))
    await expect.poll(() => alice.page.getByRole('button', { name: 'Jump to newest' }).count()).toBe(0)
  })

  it('begin where somebody stopped reading, and go both ways from there', async () => {
    await alice.open('Lunch')
    await world.readUpTo(long, 'alice', 5000)
    await alice.entry('Long').getByText('99+ unread').waitFor()
    await alice.open('Long')
    await alice.page.getByText('New messages', { exact: true }).waitFor()
    await alice.sees(line(5001))
    await scroll(alice, -4000, (lines) => lines.some((each) => each < 4900))
    await scroll(alice, 8000, (lines) => lines.some((each) => each > 5100))
    await alice.page.getByRole('button', { name: 'Jump to newest' }).click()
    await alice.sees(line(MANY - 1))
  })

  it('come to the end where the reader is, also after what was written elsewhere', async () => {
    await alice.write('at the end')
    await alice.sees('at the end')
    expect((await alice.texts()).at(-1)).toBe('at the end')
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
