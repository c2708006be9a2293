import type { BackEnd } from '@conversa/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { barriersOf } from './accessibility.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

const BACK_END: BackEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }

/** The panel of the participants. */
const people = ({ page }: Person) => page.getByRole('complementary', { name: 'Participants' })
const entry = (person: Person, name: string) => people(person).getByRole('listitem').filter({ hasText: name })
/** What changes a role. */
const menuOf = (person: Person, name: string) => people(person).getByRole('button', { name: `role of ${name}` })
const focused = ({ page }: Person) => page.evaluate<string>('document.activeElement.getAttribute("aria-label")')

describe('two people, who give each other roles', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('bob', PHONE)])
    await Promise.all([alice.signIn(world.server.url), bob.signIn(world.server.url)])
    await alice.create('Lunch', 'bob')
    await bob.open('Lunch')
    for (const { page } of [alice, bob]) await page.getByRole('button', { name: 'Participants', exact: true }).click()
  }, 180_000)

  afterAll(() => world?.close())

  /** Looks at what both see, in light and in dark. */
  async function look(what: string): Promise<void> {
    for (const person of [alice, bob]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const moving = () => person.page.evaluate('document.getAnimations().some((each) => each instanceof CSSTransition)')
        await expect.poll(moving, { timeout: 30_000 }).toBe(false)
        await person.screenshot(`roles-${what}-${person.name}-${colorScheme}`)
        expect(await barriersOf(person.page), `${what}, ${person.name}, ${colorScheme}`).toEqual([])
      }
    }
    expect(await bob.width()).toBeLessThanOrEqual(PHONE.width)
  }

  /** What somebody can choose from the menu of the conversation. */
  async function offered({ page }: Person): Promise<string[]> {
    await page.getByRole('button', { name: 'Conversation actions' }).click()
    await page.getByRole('menuitem', { name: 'Leave' }).waitFor()
    const names = await page.getByRole('menuitem').allTextContents()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    return names.map((name) => name.trim())
  }

  /** Lets Bob rename the conversation, which members may not. */
  async function rename(name: string): Promise<void> {
    await people(bob).getByRole('button', { name: 'Close the participants' }).click()
    await bob.actOnConversation('Rename')
    await bob.page.getByLabel('Name', { exact: true }).fill(name)
    await bob.page.getByRole('button', { name: 'Rename' }).click()
  }

  async function setPermissions(friendlyName: string, change: (permissions: readonly string[]) => readonly string[]) {
    const roles = await world.server.store.read((reads) => reads.roles(SERVICE_SID))
    const role = roles.values().find((each) => each.friendlyName === friendlyName)
    const command = { type: 'role.update', roleSid: String(role?.sid), permissions: change(role?.permissions ?? []) } as const
    await world.server.core.submit(BACK_END, { about: {}, command: () => command })
  }

  it('see the roles, and may give one if their own lets them', async () => {
    for (const person of [alice, bob]) {
      await entry(person, 'alice').getByText('Admin').waitFor()
      await entry(person, 'bob').getByText('Member').waitFor()
    }
    await menuOf(alice, 'bob').waitFor()
    await menuOf(alice, 'alice').waitFor()
    expect(await people(bob).getByRole('button', { name: 'role of' }).count()).toBe(0)
  })

  it('are offered only what they may: to add and to remove others, to rename and to delete', async () => {
    await people(alice).getByRole('button', { name: 'Remove bob' }).waitFor()
    await people(alice).getByRole('button', { name: 'Add' }).waitFor()
    expect(await people(bob).getByRole('button', { name: 'Remove' }).count()).toBe(0)
    expect(await people(bob).getByRole('region', { name: 'Add somebody' }).count()).toBe(0)
    await people(bob).getByRole('button', { name: 'Close the participants' }).click()
    expect(await offered(alice)).toEqual(['Rename', 'Mute', 'Leave', 'Delete'])
    expect(await offered(bob)).toEqual(['Mute', 'Leave'])
    await bob.page.getByRole('button', { name: 'Participants', exact: true }).click()
  })

  it('give one by the keyboard; the other sees it live, and may do more at once', async () => {
    await menuOf(alice, 'bob').focus()
    await alice.page.keyboard.press('Enter')
    const chosen = alice.page.getByRole('menuitemradio', { name: 'Member' })
    await chosen.waitFor()
    expect(await chosen.getAttribute('aria-checked')).toBe('true')
    await look('menu')
    await alice.page.keyboard.press('ArrowUp')
    await alice.page.keyboard.press('Enter')
    await entry(bob, 'bob').getByText('Admin').waitFor()
    await menuOf(bob, 'alice').waitFor()
    await people(bob).getByRole('button', { name: 'Remove alice' }).waitFor()
    await people(bob).getByRole('region', { name: 'Add somebody' }).waitFor()
    await entry(alice, 'bob').getByText('Admin').waitFor()
    await expect.poll(() => focused(alice)).toBe('Admin, role of bob')
    await rename('Supper')
    await alice.page.getByRole('heading', { name: 'Supper' }).waitFor()
    await bob.page.getByRole('button', { name: 'Participants', exact: true }).click()
  })

  it('are told why one is refused, until they dismiss it', async () => {
    await menuOf(alice, 'bob').click()
    // Nobody is told when a back end changes what a role allows: the menu offers what it did.
    await setPermissions('channel admin', (permissions) => permissions.filter((each) => each !== 'removeParticipant'))
    await alice.page.getByRole('menuitemradio', { name: 'Member' }).click()
    const refusal = alice.page.getByRole('alert').filter({ hasText: 'lacks a permission' })
    await refusal.waitFor()
    await look('refused')
    await entry(alice, 'bob').getByText('Admin').waitFor()
    await refusal.getByRole('button', { name: 'Dismiss' }).click()
    await refusal.waitFor({ state: 'detached' })
    await setPermissions('channel admin', (permissions) => [...permissions, 'removeParticipant'])
  })

  it('are asked before they give away their own, which ends at once what they may', async () => {
    await menuOf(alice, 'alice').click()
    await alice.page.getByRole('menuitemradio', { name: 'Member' }).click()
    await alice.page.getByRole('alertdialog').waitFor()
    await look('asked')
    await alice.confirm('Change')
    await entry(bob, 'alice').getByText('Member').waitFor()
    await entry(alice, 'alice').getByText('Member').waitFor()
    // Who gave it away stays where they were, until they go on.
    await menuOf(alice, 'bob').waitFor({ state: 'detached' })
    await expect.poll(() => focused(alice)).toBe('Member, role of alice')
    await alice.page.keyboard.press('Enter')
    expect(await alice.page.getByRole('menu').count()).toBe(0)
    await alice.page.keyboard.press('Tab')
    await expect
      .poll(() =>
        people(alice)
          .getByRole('button', { name: /role of|Remove/ })
          .count(),
      )
      .toBe(0)
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
