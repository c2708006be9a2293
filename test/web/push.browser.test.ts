import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { BrowserService } from '../push/browser-service.ts'
import { backEndOf } from '../rest/back-end.ts'
import { DESKTOP, type Person } from './person.ts'
import { WebWorld } from './web-world.ts'

/**
 * A push service in place of the one that this browser would ask on the internet: pages subscribe to it as to any other.
 *
 * @param registration what the service gave, and has this browser called
 */
const pushService = (registration: string) => `
  const registered = ${registration}
  const wanted = 'push.subscribed'
  const subscription = () => ({
    options: { applicationServerKey: Uint8Array.from(atob(localStorage.getItem(wanted)), (each) => each.charCodeAt(0)).buffer },
    toJSON: () => registered,
    unsubscribe: async () => { localStorage.removeItem(wanted); return true },
  })
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new Error('nobody would see it')
    const key = applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')
    localStorage.setItem(wanted, key)
    return subscription()
  }
  PushManager.prototype.getSubscription = async () => localStorage.getItem(wanted) ? subscription() : null
`

describe('pushes to the web app', () => {
  let world: WebWorld
  let browser: BrowserService
  let bob: Person
  let devtools: CDPSession
  let registrationId: string
  const ends: (() => void)[] = []

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    browser = await BrowserService.begin((end) => ends.push(end))
    const { configuration } = backEndOf(world.server).conversations.v1.services(SERVICE_SID)
    await configuration.notifications().update({ 'newMessage.enabled': true })
    bob = await world.person('bob', DESKTOP)
    const context = bob.page.context()
    await context.grantPermissions(['notifications'], { origin: world.server.url })
    await context.addInitScript(pushService(browser.subscribe('bobs')))
    await bob.signIn(world.server.url)
    devtools = await context.newCDPSession(bob.page)
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations.at(-1)?.registrationId ?? registrationId
    })
    await devtools.send('ServiceWorker.enable')
    await devtools.send('BackgroundService.startObserving', { service: 'notifications' })
    await devtools.send('BackgroundService.setRecording', { service: 'notifications', shouldRecord: true })
  }, 180_000)

  afterAll(async () => {
    for (const end of ends) end()
    await world?.close()
  })

  const bindings = async () => {
    const { bindings } = backEndOf(world.server).conversations.v1.services(SERVICE_SID)
    return (await bindings.list()).map(({ identity, bindingType }) => `${identity} ${bindingType}`)
  }

  it('begin when they are wanted, and not before', async () => {
    expect(await bindings()).toEqual([])
    await bob.page.getByRole('button', { name: 'Turn notifications on' }).click()
    await bob.page.getByRole('button', { name: 'Turn notifications off' }).waitFor()
    expect(await bindings()).toEqual(['bob web'])
    await bob.screenshot('push-on')
  })

  it('show what was said while nobody was there, and lead to it', async () => {
    const sid = await world.conversation('Lunch', 'bob')
    // Away: the connection is closed, and the worker remains.
    await bob.page.goto('about:blank')
    await expect.poll(() => world.server.metric('conversa_connections')).toBe(0)
    await world.send(sid, ['soup?'])
    const [push] = await browser.has(1)
    await bob.page.goto(world.server.url)
    await bob.connected()
    // Chromium forgets a notification that is asked for while it is about to be shown: it is not asked for until then.
    const isShown = new Promise<void>((resolve) => {
      devtools.on('BackgroundService.backgroundServiceEventReceived', ({ backgroundServiceEvent: { eventName } }) => {
        if (eventName === 'Notification displayed') resolve()
      })
    })
    await devtools.send('ServiceWorker.deliverPushMessage', {
      origin: world.server.url,
      registrationId,
      data: JSON.stringify({ data: push?.data }),
    })
    await isShown
    const shown = () =>
      bob.page.evaluate<object[]>(
        `navigator.serviceWorker.ready.then(async (it) =>
          (await it.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag })))`,
      )
    expect(await shown()).toEqual([{ title: 'Lunch', body: 'Lunch;system: soup?', tag: sid }])
    const [worker] = bob.page.context().serviceWorkers()
    await worker?.evaluate(`self.registration.getNotifications().then(([notification]) =>
      self.dispatchEvent(new NotificationEvent('notificationclick', { notification })))`)
    await bob.sees('soup?')
    await expect.poll(shown).toEqual([])
    await bob.screenshot('push-opened')
  })

  it('end when they are not wanted, and when somebody signs out', async () => {
    await bob.page.getByRole('button', { name: 'Turn notifications off' }).click()
    await bob.page.getByRole('button', { name: 'Turn notifications on' }).click()
    await bob.page.getByRole('button', { name: 'Turn notifications off' }).waitFor()
    expect(await bindings()).toEqual(['bob web'])
    await bob.page.getByRole('button', { name: 'Settings' }).click()
    await bob.page.getByRole('menuitem', { name: 'Sign out' }).click()
    await bob.page.getByLabel('Your name').waitFor()
    await expect.poll(bindings).toEqual([])
    expect(bob.complaints).toEqual([])
  })
})
