import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

const MANY = 130

describe('conversations in the web app', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    for (let at = 0; at < MANY; at++) await world.conversation(`Number ${at}`, 'bob')
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('bob', PHONE)])
    await Promise.all([alice.signIn(world.server.url), bob.signIn(world.server.url)])
  }, 180_000)

  afterAll(() => world?.close())

  it('say what to do when there are none', async () => {
    await alice.page.getByText('No conversations yet').waitFor()
    await alice.page.getByText('No conversation is open').waitFor()
  })

  it('are listed to the last one, newest first, with few elements', async () => {
    await bob.entry('Number 129').waitFor()
    const list = bob.page.getByRole('list', { name: 'Conversations' })
    await list.hover()
    await expect
      .poll(
        async () => {
          await bob.page.mouse.wheel(0, 3000)
          return bob.entry('Number 0').count()
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(0)
    expect(await list.getByRole('listitem').count()).toBeLessThan(MANY / 2)
    await bob.page.mouse.wheel(0, -100_000)
    await bob.entry('Number 129').waitFor()
  })

  it('move to the top with what happens in them, with a badge and a preview', async () => {
    const sid = await world.conversation('News', 'alice', 'bob')
    await world.conversation('Newer', 'bob')
    const first = bob.page.getByRole('list', { name: 'Conversations' }).getByRole('link').first()
    await first.filter({ hasText: 'Newer' }).waitFor()
    await world.send(sid, ['what happened'])
    await first.filter({ hasText: 'system: what happened' }).filter({ hasText: 'new unread' }).waitFor()
    await bob.open('News')
    await bob.sees('what happened')
    await bob.back()
    await world.send(sid, ['and then'])
    await first.getByText('1 unread').waitFor()
  })

  it('stay open over a reload, and the way back leads to the list', async () => {
    await bob.open('News')
    await bob.page.reload()
    await bob.connected()
    await bob.sees('and then')
    await bob.page.goBack()
    await bob.entry('News').waitFor()
  })

  it('are renamed and muted', async () => {
    await alice.create('Lunch', 'bob')
    await bob.entry('Lunch').waitFor()
    await alice.actOnConversation('Rename')
    await alice.page.getByRole('textbox', { name: 'Name' }).fill('Dinner')
    await alice.page.getByRole('button', { name: 'Rename' }).click()
    await bob.entry('Dinner').waitFor()
    await alice.actOnConversation('Mute')
    await alice.entry('Dinner').getByRole('img', { name: 'muted' }).waitFor()
    await alice.actOnConversation('Unmute')
    await alice.entry('Dinner').getByRole('img', { name: 'muted' }).waitFor({ state: 'detached' })
  })

  it('are left and deleted', async () => {
    await bob.open('Dinner')
    await bob.actOnConversation('Leave')
    await bob.confirm('Leave')
    await bob.page.getByText('You are not in this conversation any more.').waitFor()
    await bob.page.getByRole('button', { name: 'Back to the list' }).click()
    await bob.entry('News').waitFor()
    expect(await bob.entry('Dinner').count()).toBe(0)
    await alice.actOnConversation('Delete')
    await alice.confirm('Delete')
    await alice.page.getByText('You are not in this conversation any more.').waitFor()
    await alice.entry('Dinner').waitFor({ state: 'detached' })
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
