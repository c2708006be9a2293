import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { barriersOf } from './accessibility.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

describe('every page of the web app', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('bob', PHONE)])
    await Promise.all([alice.page.goto(world.server.url), bob.page.goto(world.server.url)])
  }, 180_000)

  afterAll(() => world?.close())

  /** Looks at what both see, in light and in dark. */
  async function look(what: string): Promise<void> {
    for (const { name, page } of [alice, bob]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        // Colours move to those of the scheme.
        const moving = () => page.evaluate('document.getAnimations().some((each) => each instanceof CSSTransition)')
        await expect.poll(moving, { timeout: 30_000 }).toBe(false)
        expect(await barriersOf(page), `${what}, ${name}, ${colorScheme}`).toEqual([])
      }
    }
    expect(await bob.width()).toBeLessThanOrEqual(PHONE.width)
  }

  it('has no barriers: the page to sign in, by name and by token', async () => {
    await alice.page.getByLabel('Your name').waitFor()
    await bob.page.getByRole('tab', { name: 'By token' }).click()
    await bob.page.getByLabel('Access token').waitFor()
    await look('sign in')
  })

  it('takes a token where there are no names, and says why one is refused', async () => {
    await bob.page.getByLabel('Access token').fill('not a token')
    await bob.page.getByRole('button', { name: 'Sign in' }).click()
    await bob.page.getByRole('heading', { name: 'Unable to sign in' }).waitFor()
    await look('refused')
    await bob.page.getByRole('button', { name: 'Sign in differently' }).click()
    await bob.page.getByRole('tab', { name: 'By token' }).click()
    await bob.page.getByLabel('Access token').fill(await world.server.token('bob'))
    await bob.page.getByRole('button', { name: 'Sign in' }).click()
    await bob.connected()
  })

  it('explains tokens where the server runs in production', async () => {
    await alice.page.route('**/development/token', (route) => route.fulfill({ status: 404 }))
    await alice.page.getByLabel('Your name').fill('alice')
    await alice.page.getByRole('button', { name: 'Sign in' }).click()
    await alice.page.getByRole('alert').filter({ hasText: 'runs in production' }).waitFor()
    await alice.page.getByLabel('Access token').waitFor()
    await alice.page.unroute('**/development/token')
    alice.complaints.length = 0
  })

  it('is used by the keyboard alone', async () => {
    const { page } = alice
    await page.goto(world.server.url)
    await page.getByLabel('Your name').waitFor()
    await page.keyboard.type('alice')
    await page.keyboard.press('Enter')
    await alice.connected()
    await reach(alice, 'New conversation')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'New conversation' }).waitFor()
    await page.keyboard.type('Lunch')
    await page.keyboard.press('Tab')
    await page.keyboard.type('bob')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Lunch' }).waitFor()
    await reach(alice, 'Message')
    await page.keyboard.type('by the keyboard')
    await page.keyboard.press('Enter')
    // On its way it has no actions yet.
    await alice.message('by the keyboard').getByRole('button', { name: 'Message actions' }).waitFor({ state: 'attached' })
    await reach(alice, 'Message actions', true)
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    // The menu gives the focus back after it has gone.
    await expect.poll(() => focused(alice)).toBe('Message actions')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  })

  it('has no barriers: list and conversation', async () => {
    await bob.entry('Lunch').waitFor()
    await look('the list')
    await bob.open('Lunch')
    await bob.write('http://example.com is a link')
    await alice.sees('is a link')
    await look('a conversation')
  })

  it('has no barriers: participants, who are added by name and by phone, and removed', async () => {
    for (const { page } of [alice, bob]) await page.getByRole('button', { name: 'Participants', exact: true }).click()
    const people = alice.page.getByRole('complementary', { name: 'Participants' })
    await people.getByText('you, creator').waitFor()
    await people.getByLabel('Identity').fill('carol')
    await people.getByRole('button', { name: 'Add' }).click()
    await people.getByRole('listitem').filter({ hasText: 'carol' }).getByText('Member').waitFor()
    await people.getByLabel('Identity').fill('carol')
    await people.getByRole('button', { name: 'Add' }).click()
    await people
      .getByRole('alert')
      .filter({ hasText: /already/i })
      .waitFor()
    await people.getByRole('tab', { name: 'By phone' }).click()
    await people.getByLabel('Their number').fill('+15551230001')
    await people.getByLabel('Number that speaks to them').fill('+15551230002')
    await people.getByRole('button', { name: 'Add' }).click()
    await people.getByRole('listitem').filter({ hasText: '+15551230001' }).getByText('SMS').waitFor()
    await look('participants')
    await people.getByRole('button', { name: 'Remove carol' }).click()
    await look('a question')
    await alice.confirm('Remove')
    await people.getByRole('listitem').filter({ hasText: 'carol' }).waitFor({ state: 'detached' })
    await bob.page.getByRole('button', { name: 'Close the participants' }).click()
  })

  it('has no barriers: menus, emojis and the developer panel, which shows events and frames', async () => {
    await alice.page.getByRole('button', { name: 'Settings' }).click()
    await bob.page.getByRole('button', { name: 'Emojis' }).click()
    await bob.page.getByRole('gridcell', { name: 'grinning face', exact: true }).waitFor()
    await look('menus')
    await bob.page.keyboard.press('Escape')
    await alice.page.getByRole('menuitem', { name: 'Developer panel' }).click()
    await bob.field.pressSequentially('seen on the wire')
    const panel = alice.page.getByRole('complementary', { name: 'Developer panel' })
    await panel.getByText('typing.started', { exact: true }).first().waitFor()
    await panel.getByText('typingStarted', { exact: true }).first().waitFor()
    await look('the developer panel')
    await panel.getByRole('radio', { name: 'Events' }).click()
    await panel.getByText('typing.started', { exact: true }).waitFor({ state: 'detached' })
    await panel.getByText('typingStarted', { exact: true }).first().waitFor()
    await panel.getByRole('button', { name: 'Clear the log' }).click()
    await panel.getByText('Nothing has happened yet.').waitFor()
    await panel.getByRole('button', { name: 'Close the developer panel' }).click()
    await panel.waitFor({ state: 'detached' })
  })

  it('is light or dark as the device, or as one chooses', async () => {
    const { page } = alice
    const isDark = () => page.evaluate('getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"')
    const choose = async (theme: string) => {
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('menuitemradio', { name: theme }).click()
      await page.keyboard.press('Escape')
    }
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await isDark()).toBe(false)
    await choose('Dark')
    expect(await isDark()).toBe(true)
    await page.reload()
    await alice.connected()
    expect(await isDark()).toBe(true)
    await choose('As the device')
    expect(await isDark()).toBe(false)
  })

  it('signs out, and forgets who it was', async () => {
    await alice.page.getByRole('button', { name: 'Settings' }).click()
    await alice.page.getByRole('menuitem', { name: 'Sign out' }).click()
    await alice.page.getByLabel('Your name').waitFor()
    await alice.page.reload()
    await alice.page.getByLabel('Your name').waitFor()
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})

/** The name of what has the focus. */
const focused = ({ page }: Person) =>
  page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent')

/** Moves the focus by the Tab key until it is where it is wanted. */
async function reach(person: Person, name: string, isBack = false): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await person.page.keyboard.press(isBack ? 'Shift+Tab' : 'Tab')
    if ((await focused(person)) === name) return
  }
  throw new Error(`the Tab key does not lead to ${name}`)
}
