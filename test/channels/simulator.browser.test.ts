import { Simulator } from '@conversa/adapters/simulator'
import { IncomingFile } from '@conversa/server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { ACCOUNTS } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { barriersOf } from '../web/accessibility.ts'
import { DESKTOP, type Person, PHONE } from '../web/person.ts'
import { WebWorld } from '../web/web-world.ts'

const [ACCOUNT] = ACCOUNTS
const [BEN, OURS] = ['+15551230001', '+15559990000'] as const
/** One black pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
)

describe('somebody in the web app and a simulated phone', () => {
  let world: WebWorld
  let anna: Person
  let developer: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    const simulator = new Simulator({ now: Date.now, newId: () => crypto.randomUUID() })
    const routes = [{ account: ACCOUNT, adapter: simulator, addresses: ['*'] }]
    const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
    world = await WebWorld.begin({ channels: { routes, inspect } })
    anna = await world.person('anna', DESKTOP)
    developer = await world.person('developer', PHONE)
  }, 180_000)

  afterAll(() => world?.close())

  const phone = () => developer.page.getByRole('region', { name: BEN })
  const meta = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text })

  it('the phone is empty at first', async () => {
    await developer.page.goto(`${world.server.url}/simulator`)
    await developer.page.getByText('Nobody was written to yet.').waitFor()
    await developer.page.getByLabel('Nothing').click()
    await expect.poll(() => developer.page.getByLabel('Nothing').isChecked()).toBe(true)
    await developer.screenshot('simulator-empty-390')
  })

  it('the phone gets what is said in the conversation, and what it answers is there', async () => {
    await anna.signIn(world.server.url)
    await anna.create('Order 17')
    await anna.page.getByRole('button', { name: 'Participants', exact: true }).click()
    const people = anna.page.getByRole('complementary', { name: 'Participants' })
    await people.getByRole('tab', { name: 'By phone' }).click()
    await people.getByLabel('Their number').fill(BEN)
    await people.getByLabel('Number that speaks to them').fill(OURS)
    await people.getByRole('button', { name: 'Add' }).click()
    await people.getByRole('listitem').filter({ hasText: BEN }).getByText('SMS').waitFor()
    await anna.write('Your order is here')
    await meta(anna.page, 'Your order is here').getByText('sent').waitFor()
    await developer.page.getByRole('button', { name: BEN }).click()
    await phone().getByText('Your order is here').waitFor()
    await phone().getByLabel(`Answer ${OURS}`).fill('On my way <b onclick="alert(1)">')
    await phone().getByRole('button', { name: 'Send' }).click()
    await anna.sees('On my way <b onclick="alert(1)">')
    await phone().getByText('On my way <b onclick="alert(1)">').waitFor()
    await phone().getByLabel('Files').setInputFiles({ name: 'map.png', mimeType: 'image/png', buffer: PICTURE })
    await phone().getByRole('button', { name: 'Send' }).click()
    await anna.page.getByRole('article').getByRole('img', { name: 'map.png' }).waitFor()
    await phone().getByText('map.png').waitFor()
    await developer.screenshot('simulator-phone-390')
  })

  it('receipts turn to delivered and to read, and not back', async () => {
    await phone().getByRole('button', { name: 'Delivered', exact: true }).click()
    await meta(anna.page, 'Your order is here').getByText('delivered').waitFor()
    await phone().getByRole('button', { name: 'Read' }).click()
    await meta(anna.page, 'Your order is here').getByText('read').waitFor()
    await phone().getByRole('button', { name: 'Undelivered' }).click()
    await anna.write('Second')
    await meta(anna.page, 'Second').getByText('sent').waitFor()
    await phone().getByRole('listitem').filter({ hasText: 'Second' }).getByRole('button', { name: 'Undelivered' }).click()
    await meta(anna.page, 'Second').getByText('not delivered').waitFor()
    expect(await meta(anna.page, 'Your order is here').getByText('read').count()).toBe(1)
    await anna.screenshot('simulator-web-app-1280')
  })

  it('a carrier that is down gets everything when it works again', async () => {
    await developer.page.getByRole('button', { name: 'Back to the list' }).click()
    await developer.page.getByRole('button', { name: 'Let the carrier be down' }).click()
    await developer.page.getByRole('button', { name: /The carrier is down/ }).waitFor()
    await anna.write('Third')
    await meta(anna.page, 'Third').getByText('on its way').waitFor()
    await developer.page.getByRole('button', { name: /The carrier is down/ }).click()
    await meta(anna.page, 'Third').getByText('sent').waitFor()
  })

  it('a mailbox answers with as many lines as it likes, under the subject of what it got', async () => {
    const { v1 } = backEndOf(world.server).conversations
    const { sid } = await v1.conversations.create()
    const conversation = v1.conversations(sid)
    const [address, proxyAddress] = ['ben@example.org', 'desk@example.com']
    await conversation.participants.create({ 'messagingBinding.address': address, 'messagingBinding.proxyAddress': proxyAddress })
    await conversation.messages.create({ author: 'anna', subject: 'Order 17', body: 'It is here' })
    await developer.page.getByRole('button', { name: address }).click()
    const mailbox = developer.page.getByRole('region', { name: address })
    await mailbox.getByText('It is here').waitFor()
    await mailbox.getByLabel(`Answer ${proxyAddress}`).fill('Thank you.\n\nBen')
    await developer.screenshot('simulator-mailbox-390')
    await mailbox.getByRole('button', { name: 'Send' }).click()
    await mailbox.getByText('Thank you.').waitFor()
    const [, answer] = await conversation.messages.list()
    expect([answer?.author, answer?.body]).toEqual([address, 'Thank you.\n\nBen'])
    const range = { from: 1, direction: 'forward', limit: 1 } as const
    const [stored] = await world.server.store.read((reads) => reads.messages(sid, range))
    expect(stored?.subject).toBe('Re: Order 17')
    await developer.page.getByRole('button', { name: 'Back to the list' }).click()
  })

  it('is shown on a wide screen beside the list, and complains about nothing', async () => {
    await developer.page.setViewportSize(DESKTOP)
    await developer.page.getByRole('button', { name: BEN }).click()
    await phone().getByText('Third').waitFor()
    await developer.screenshot('simulator-1280')
    expect(await barriersOf(developer.page)).toEqual([])
    await developer.page.setViewportSize({ width: 320, height: 640 })
    expect(await developer.width()).toBe(320)
    expect(await barriersOf(developer.page)).toEqual([])
    expect([anna.complaints, developer.complaints]).toEqual([[], []])
  })
})
