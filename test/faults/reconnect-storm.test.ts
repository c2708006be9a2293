import { setTimeout as pause } from 'node:timers/promises'
import { CLOSE_CODES, type Event } from '@conversa/protocol'
import { afterAll, expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'

/** Connections that are lost at once. */
const CLIENTS = Number(process.env.CLIENTS ?? 1000)
const DEVICES_OF_ONE = 10
const CONVERSATIONS = 20
const TIME = { timeout: 120_000 }

afterAll(endServerProcesses)

/** A conversation as it was when somebody last looked. */
interface Known {
  readonly conversationSid: string
  readonly revision: number
}

/** One device of somebody: it comes back when it is told to, and catches up with every conversation. */
class Device {
  readonly #token: string
  readonly #since: readonly Known[]
  /** Messages that were told: what is missed may come live as well, under one revision. */
  readonly told = new Set<string>()
  client: RawClient | undefined

  constructor(token: string, since: readonly Known[]) {
    this.#token = token
    this.#since = since
  }

  async connect(url: string): Promise<void> {
    this.client = await RawClient.signIn(url, this.#token)
    this.client.onEvent = (event) => this.#take(event)
    const { conversations } = await this.client.ask({ type: 'conversation.resume', since: [...this.#since] })
    for (const news of conversations) {
      if (!('delta' in news)) throw new Error('a snapshot instead of a delta')
      for (const event of news.delta) this.#take(event)
    }
  }

  #take(event: Event): void {
    if (event.type === 'message.added') this.told.add(`${event.conversationSid} ${event.message.index}`)
  }
}

test(`${CLIENTS} clients of ${CONVERSATIONS} conversations come back from a restart, each when it was told to, and miss nothing`, {
  timeout: 300_000,
}, async () => {
  await using folder = await dataFolder()
  let server = await ServerProcess.start({ data: folder.path })
  const owner = await RawClient.signIn(server.url, await server.token('owner'))
  const people = Array.from({ length: CLIENTS / DEVICES_OF_ONE }, (_, at) => `person ${at}`)
  const known: Known[] = []
  for (let at = 0; at < CONVERSATIONS; at++) {
    const { conversation } = await owner.ask({ type: 'conversation.create' })
    const conversationSid = conversation.sid
    await Promise.all(['owner', ...people].map((identity) => owner.ask({ type: 'participant.add', conversationSid, identity })))
    const { revision } = (await owner.ask({ type: 'conversation.get', conversationSid })).conversation
    known.push({ conversationSid, revision })
  }
  const devices: Device[] = []
  for (const identity of people) {
    const token = await server.token(identity)
    for (let at = 0; at < DEVICES_OF_ONE; at++) devices.push(new Device(token, known))
  }
  for (let at = 0; at < devices.length; at += 100)
    await Promise.all(devices.slice(at, at + 100).map((device) => device.connect(server.url)))

  const closings = Promise.all(devices.map(({ client }) => client?.closed))
  await server.stop()
  const told = await closings
  expect(new Set(told.map((closing) => closing?.code))).toEqual(new Set([CLOSE_CODES.goingAway]))
  // They are spread, so that they do not come back at once.
  expect(new Set(told.map((closing) => closing?.reason)).size).toBeGreaterThan(CLIENTS / 10)
  server = await server.restart()
  const speaker = await RawClient.signIn(server.url, await server.token('owner'))
  const begun = performance.now()
  const back = devices.map(async (device, at) => {
    await pause(Number(told[at]?.reason))
    await device.connect(server.url)
  })
  for (const { conversationSid } of known) await speaker.ask({ type: 'message.send', conversationSid, body: 'welcome back' })
  await Promise.all(back)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const whole = new Set(known.map(({ conversationSid }) => `${conversationSid} 0`))
  await expect.poll(() => devices.every((device) => device.told.size >= whole.size), TIME).toBe(true)
  for (const device of devices) expect(device.told).toEqual(whole)
  process.stdout.write(
    `  ${CLIENTS} clients of ${CONVERSATIONS} conversations were back ${seconds} s after a restart, and missed nothing\n`,
  )
  for (const { client } of devices) client?.socket.terminate()
})
