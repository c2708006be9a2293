import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { TcpFront } from '../end-to-end/tcp-front.ts'
import { BrowserService } from '../push/browser-service.ts'
import { judgeSends, type Send } from '../simulation/history.ts'
import { keepAlive } from './keep-alive.ts'
import { readAll } from './read-all.ts'
import { Reader } from './reader.ts'

/** Connections that lead nowhere at once. */
const SOCKETS = Number(process.env.SOCKETS ?? 100)
const PEOPLE = Array.from({ length: SOCKETS }, (_, at) => `person-${at}`)
const TIME = { timeout: 240_000, interval: 100 }
/** People that one session is told of at most. */
const WATCHED = 50
/** What is said while nobody is found to be gone. */
const MEANWHILE = 5

afterAll(endServerProcesses)

/** The API of the back end, with presence told and pushes sent. */
async function configure(server: ServerProcess, folder: string): Promise<void> {
  const { accountSid, authToken, serviceSid } = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))
  const client = twilio(accountSid, authToken)
  client.conversations.baseUrl = server.url
  const configuration = client.conversations.v1.services(serviceSid).configuration
  await configuration().update({ reachabilityEnabled: true })
  await configuration.notifications().update({ 'newMessage.enabled': true })
}

/** Somebody who writes, reads along, and is lost. */
class Person {
  readonly identity: string
  readonly token: string
  readonly sends: Send[] = []
  readonly reader: Reader
  client: RawClient | undefined

  constructor(identity: string, token: string, conversation: { readonly sid: string; readonly revision: number }) {
    this.identity = identity
    this.token = token
    this.reader = new Reader(conversation.sid, conversation.revision)
  }

  async connect(url: string): Promise<void> {
    this.client = await RawClient.signIn(url, this.token)
    keepAlive(this.client)
    await this.reader.connected(this.client)
  }

  /** Says something, or asks what became of it. */
  async say(conversationSid: string): Promise<void> {
    const body = `of-${this.identity}`
    this.sends[0] ??= {
      author: this.identity,
      device: this.identity,
      conversationSid,
      body,
      begun: performance.now(),
      ended: undefined,
      outcome: undefined,
    }
    const { index } = await (this.client as RawClient).ask({ type: 'message.send', conversationSid, body, key: body })
    Object.assign(this.sends[0], { ended: performance.now(), outcome: { index } })
  }
}

test(`${SOCKETS} connections that lead nowhere are found, their people are offline and get pushes, and miss nothing when they are back`, {
  timeout: 600_000,
}, async () => {
  await using folder = await dataFolder()
  const server = await ServerProcess.start({ data: folder.path })
  await using front = await TcpFront.begin(server.url)
  await configure(server, folder.path)
  const browsers = await BrowserService.begin()
  const authorization = `Bearer ${await server.token('speaker')}`
  const { public_key: key } = (await (await fetch(`${server.url}/v1/push/key`, { headers: { authorization } })).json()) as {
    public_key: string
  }
  const speaker = await RawClient.signIn(server.url, await server.token('speaker'))
  keepAlive(speaker)
  const { conversation } = await speaker.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  for (const identity of ['speaker', ...PEOPLE]) await speaker.ask({ type: 'participant.add', conversationSid, identity })
  const joined = (await speaker.ask({ type: 'conversation.get', conversationSid })).conversation

  const online = new Set<string>()
  const watchers: RawClient[] = []
  while (watchers.length * WATCHED < SOCKETS) {
    const watcher = await RawClient.signIn(server.url, await server.token('watcher'))
    keepAlive(watcher)
    watcher.onEvent = (event) => {
      if (event.type === 'reachability.updated') online[event.reachability?.online ? 'add' : 'delete'](event.identity)
    }
    watchers.push(watcher)
  }
  const people: Person[] = []
  for (const [at, identity] of PEOPLE.entries()) {
    const person = new Person(identity, await server.token(identity), joined)
    await person.connect(front.url)
    const registrationId = browsers.subscribe(identity, key)
    await (person.client as RawClient).ask({ type: 'push.register', channelType: 'web', registrationId })
    const watcher = watchers[Math.floor(at / WATCHED)] as RawClient
    const { reachability } = await watcher.ask({ type: 'user.get', identity })
    if (reachability?.online) online.add(identity)
    people.push(person)
  }
  expect(online.size).toBe(SOCKETS)

  const said = (body: string) => speaker.ask({ type: 'message.send', conversationSid, body, key: body })
  front.sever('everything')
  const severed = performance.now()
  // Half of them are about to say something, which goes nowhere; the others are idle.
  const writers = people.filter((_, at) => at % 2 === 0)
  const unanswered = writers.map((person) =>
    person.say(conversationSid).then(
      () => 'answered',
      () => 'unanswered',
    ),
  )
  for (let at = 0; at < MEANWHILE; at++) await said(`meanwhile-${at}`)
  await expect.poll(() => online.size, TIME).toBe(0)
  const seconds = ((performance.now() - severed) / 1000).toFixed(1)
  await expect.poll(() => server.metric('conversa_connections'), TIME).toBe(1 + watchers.length)

  await said('anybody-there')
  // Also what was said before they were found to be gone.
  const pushed = () => new Set(browsers.pushes.map(({ to, data }) => `${to} ${data.message_index}`))
  await expect.poll(() => pushed().size, TIME).toBe(SOCKETS * (MEANWHILE + 1))
  expect(browsers.problems).toEqual([])

  front.heal()
  expect(new Set(await Promise.all(unanswered))).toEqual(new Set(['unanswered']))
  await Promise.all(people.map(({ client }) => client?.closed))
  for (const person of people) await person.connect(front.url)
  await Promise.all(writers.map((person) => person.say(conversationSid)))
  await expect.poll(() => online.size, TIME).toBe(SOCKETS)
  const stored = await readAll(speaker, conversationSid)
  const sends = people.flatMap((person) => person.sends)
  expect(judgeSends(sends, stored, false)).toEqual([])
  expect(stored).toHaveLength(writers.length + MEANWHILE + 1)
  for (const { reader } of people) {
    await expect.poll(() => reader.told.length, TIME).toBe(stored.length)
    expect([reader.told, reader.holes]).toEqual([stored.map((one) => one.index), []])
  }
  process.stdout.write(
    `  ${SOCKETS} half-open connections were found in ${seconds} s, everything that was said meanwhile was pushed; their people came back and missed nothing\n`,
  )
  for (const { client } of people) client?.socket.terminate()
})
