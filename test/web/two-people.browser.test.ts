import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildWeb } from '../../scripts/build-web.js'
import { hasChromium } from '../end-to-end/browser.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { DESKTOP, Person, PHONE } from './person.ts'

describe('two people in two browsers', () => {
  let server: ServerProcess
  let alice: Person
  let bob: Person
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    await buildWeb()
    const folder = await dataFolder()
    closing.push(endServerProcesses, async () => folder[Symbol.asyncDispose]())
    server = await ServerProcess.start({ data: folder.path })
    ;[alice, bob] = await Promise.all([Person.arrive('alice', DESKTOP), Person.arrive('bob', PHONE)])
    closing.unshift(alice.close, bob.close)
  }, 180_000)

  afterAll(async () => {
    for (const close of closing) await close()
  })

  it('sign in, make a conversation with each other, and see it', async () => {
    await alice.signIn(server.url)
    await bob.signIn(server.url)
    await alice.create('Lunch', 'bob')
    await bob.entry('Lunch').waitFor()
  })

  it('send and receive live, with unread counts, previews and typing', async () => {
    await alice.write('Soup or salad?')
    await alice.sees('Soup or salad?')
    await bob
      .entry('Lunch')
      .filter({ hasText: 'alice: Soup or salad?' })
      .filter({ hasText: /unread/ })
      .waitFor()
    await bob.open('Lunch')
    await bob.sees('Soup or salad?')
    await bob.field.pressSequentially('So')
    await alice.page.getByText('bob is typing…').first().waitFor()
    await bob.write('Soup, please')
    await alice.sees('Soup, please')
    await alice.page.getByText('bob is typing…').first().waitFor({ state: 'detached' })
    await bob.back()
    await alice.write('Two soups then')
    await bob.entry('Lunch').getByText('1 unread').waitFor()
    await bob.open('Lunch')
    await bob.sees('Two soups then')
  })

  it('go on after the server was killed and restarted in between', async () => {
    await server.kill9()
    await alice.page.getByText('No connection.').waitFor()
    await alice.write('written while the server was down')
    await alice.message('written while the server was down').getByText('Waiting for a connection').waitFor()
    server = await server.restart()
    await bob.sees('written while the server was down')
    await alice.page.getByText('Waiting for a connection').waitFor({ state: 'detached' })
    await bob.write('and back again')
    await alice.sees('and back again')
    const expected = ['Soup or salad?', 'Soup, please', 'Two soups then', 'written while the server was down', 'and back again']
    await expect.poll(alice.texts).toEqual(expected)
    await expect.poll(bob.texts).toEqual(expected)
  })

  it('show it at desktop and phone width without a complaint', async () => {
    await alice.screenshot('two-people-1280')
    await bob.screenshot('two-people-390')
    expect(await bob.width()).toBeLessThanOrEqual(PHONE.width)
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
