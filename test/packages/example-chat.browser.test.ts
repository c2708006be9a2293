import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildSdk } from '../../scripts/build-sdk.js'
import { hasChromium } from '../end-to-end/browser.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { barriersOf } from '../web/accessibility.ts'
import { DESKTOP, Person, PHONE } from '../web/person.ts'
import { PackedPackages } from './packed.ts'

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

// The way of examples/chat/README.md, with the packed SDK.
describe('the example of a chat', () => {
  const packages = new PackedPackages()
  const closing: (() => unknown)[] = [() => packages.close()]
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    const [client] = await packages.pack(['packages/client'], (to) => buildSdk(join(to, 'packages/client/dist')))
    if (!client) throw new Error('nothing was packed')
    const home = await packages.install(client, '@conversa/client')
    packages.furnish(home, 'examples/chat', ['twilio'])
    const data = await dataFolder()
    const port = await freePort()
    const address = `http://localhost:${port}`
    writeFileSync(join(home, 'conversa.json'), JSON.stringify({ allowedOrigins: [address] }))
    const env = { CONVERSA_CONFIG: join(home, 'conversa.json') }
    const conversa = await ServerProcess.start({ data: data.path, env })
    const chat = startChat(home, { CONVERSA_URL: conversa.url, CONVERSA_DATA: data.path, PORT: String(port) })
    closing.push(
      endServerProcesses,
      () => data[Symbol.asyncDispose](),
      () => chat.kill(),
    )
    await once(chat.stdout as NodeJS.ReadableStream, 'data')
    ;[alice, bob] = await Promise.all([Person.arrive('alice', DESKTOP), Person.arrive('bob', PHONE)])
    closing.push(alice.close, bob.close)
    for (const { page } of [alice, bob]) await page.goto(address)
  }, 180_000)

  afterAll(async () => {
    for (const close of closing.reverse()) await close()
  })

  const startChat = (cwd: string, env: Record<string, string>): ChildProcess =>
    spawn(process.execPath, ['src/server.js'], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  async function comeIn({ name, page }: Person): Promise<void> {
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Come in' }).click()
    await page.getByText('connected').waitFor()
  }

  const write = async ({ page }: Person, text: string) => {
    await page.getByLabel('Message', { exact: true }).fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }
  const lines = ({ page }: Person) => page.getByRole('list', { name: 'Messages' }).getByRole('listitem')

  test('lets two people write to each other, who see who types', async () => {
    await comeIn(alice)
    await write(alice, 'Soup or salad?')
    await comeIn(bob)
    await bob.page.getByText('Soup or salad?').waitFor()
    await bob.page.getByLabel('Message', { exact: true }).pressSequentially('So')
    await alice.page.getByText('bob typing…').waitFor()
    await write(bob, '<b>Soup</b>')
    await expect.poll(() => lines(alice).allTextContents()).toEqual(['aliceSoup or salad?', 'bob<b>Soup</b>'])
    await alice.page.getByText('bob typing…').waitFor({ state: 'detached' })
  })

  test('goes back to what was written before', async () => {
    for (let at = 0; at < 25; at++) await write(alice, `line ${at}`)
    await expect.poll(() => lines(bob).count()).toBe(27)
    await bob.page.reload()
    await comeIn(bob)
    await expect.poll(() => lines(bob).count()).toBe(20)
    await bob.page.getByRole('button', { name: 'Earlier messages' }).click()
    await expect.poll(() => lines(bob).count()).toBe(27)
    await bob.page.getByRole('button', { name: 'Earlier messages' }).waitFor({ state: 'hidden' })
  })

  test('can be used by everybody, on a phone too, without a complaint', async () => {
    await alice.screenshot('example-chat-1280')
    await bob.screenshot('example-chat-390')
    expect([...(await barriersOf(alice.page)), ...(await barriersOf(bob.page))]).toEqual([])
    expect(await bob.width()).toBeLessThanOrEqual(PHONE.width)
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })
})
