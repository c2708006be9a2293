import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { barriersOf } from './accessibility.ts'
import { DESKTOP, type Person } from './person.ts'
import { WebWorld } from './web-world.ts'

/** From a small phone, and a page that is enlarged to 400 %, to a large screen. */
const WIDTHS = [320, 390, 768, 1280, 1920]

const LONG_NAME = 'A conversation whose name is longer than any list is wide, with aVeryLongWordThatCannotBeBrokenAnywhereAtAll'
const LONG_WORD = `https://example.com/${'long'.repeat(60)}`

/** What can be operated and reaches out of the screen. */
const OUTSIDE = `[...document.querySelectorAll('button, a, input, textarea, [role=tab], [role=menuitem]')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden'))
  .map((element) => ({ element, box: element.getBoundingClientRect() }))
  .filter(({ box }) => box.width > 1 && (box.left < -1 || box.right > innerWidth + 1))
  .map(({ element }) => element.outerHTML.slice(0, 120))`

describe('the screens of the web app', () => {
  let world: WebWorld
  let alice: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin({ times: { expiryLeeway: 0 } })
    alice = await world.person('alice', DESKTOP)
    await alice.page.goto(world.server.url)
  }, 180_000)

  afterAll(() => world?.close())

  /** Looks at a screen at every width, in light and dark. */
  async function look(screen: string): Promise<void> {
    const { page } = alice
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const moving = () => page.evaluate('document.getAnimations().some((each) => each instanceof CSSTransition)')
        await expect.poll(moving, { timeout: 30_000 }).toBe(false)
        const place = `${screen} at ${width}, ${colorScheme}`
        expect(await alice.width(), place).toBeLessThanOrEqual(width)
        expect(await page.evaluate(OUTSIDE), place).toEqual([])
        expect(await barriersOf(page), place).toEqual([])
        await alice.screenshot(`${screen}-${width}-${colorScheme}`)
      }
    }
    await page.setViewportSize(DESKTOP)
  }

  it('fit every width, in light and dark: to sign in', async () => {
    await alice.page.getByLabel('Your name').waitFor()
    await look('sign-in')
  })

  it('fit: the list, with long names', async () => {
    await alice.signIn(world.server.url)
    const sid = await world.conversationOf(
      'alice',
      LONG_NAME,
      'bob',
      'a-person-with-a-name-that-is-longer-than-most-are@example.com',
    )
    for (const name of ['Lunch', 'Holidays', 'Standup']) await world.conversation(name, 'alice', 'bob')
    await world.send(sid, ['Soup or salad?', LONG_WORD, 'Two lines\nin one message', '🍅'])
    await alice.entry('Standup').waitFor()
    await look('list')
  })

  it('fit: a conversation', async () => {
    await alice.open(LONG_NAME)
    await alice.write(LONG_WORD)
    await alice.page
      .locator('input[type=file]')
      .setInputFiles([
        { name: `${'a long name of a file '.repeat(6)}.txt`, mimeType: 'text/plain', buffer: Buffer.from('what was said') },
      ])
    await alice.page.getByRole('button', { name: 'Send' }).click()
    await alice.page.getByRole('button', { name: /^Download/ }).waitFor()
    await alice.field.fill('Both of them, please')
    await look('conversation')
    await alice.field.fill('')
  })

  it('fit: participants', async () => {
    await alice.page.getByRole('button', { name: 'Participants', exact: true }).click()
    await alice.page.getByRole('tab', { name: 'By phone' }).click()
    await look('participants')
    await alice.page.getByRole('button', { name: 'Close the participants' }).click()
  })

  it('fit: the developer panel', async () => {
    await alice.page.getByRole('button', { name: 'Settings' }).click()
    await alice.page.getByRole('menuitem', { name: 'Developer panel' }).click()
    await alice.page.getByRole('complementary', { name: 'Developer panel' }).waitFor()
    await look('developer')
    await alice.page.getByRole('button', { name: 'Close the developer panel' }).click()
  })

  it('fit: dialogs', async () => {
    await alice.page.getByRole('button', { name: 'New conversation' }).click()
    await alice.page.getByRole('dialog', { name: 'New conversation' }).waitFor()
    await look('dialog')
    await alice.page.keyboard.press('Escape')
  })

  it('fit: signed out by the server, since a token came to its end, and lead back in', async () => {
    const { page } = alice
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('tab', { name: 'By token' }).click()
    await page.getByLabel('Access token').fill(await world.server.token('alice', undefined, 4))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Signed out by the server.').waitFor()
    await look('denied')
    await page.getByRole('button', { name: 'Sign in again' }).click()
    await page.getByLabel('Your name').waitFor()
    expect(alice.complaints).toEqual([])
  })
})
