import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { expect, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { judgeSends, type Send, type Stored } from '../simulation/history.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { findingsOf } from './findings.ts'
import { readAll } from './read-all.ts'
import { Reader } from './reader.ts'
import { isDelivered, type Ports, type Step, sendSteps } from './send-step.ts'
import { type DeadlyCall, SystemCallKill } from './system-call-kill.ts'

const TIME = { timeout: 60_000, interval: 10 }
/** More calls than a send needs, and as many as strace can count. */
const NEVER = 65_535

export interface KilledWorldOptions {
  readonly database?: TestDatabase
  /** The data folder. */
  readonly folder: string
  /** A module with a bug, imported before the server. */
  readonly imported?: string
}

/** A schema of a test's own. */
interface TestDatabase {
  readonly url: string
  run(text: string): Promise<unknown>
}

/** A server that is killed again and again; ann, who writes, ben, who reads along, and a webhook that is told of every message. */
export class KilledWorld {
  readonly #options: KilledWorldOptions
  readonly #receiver: Receiver
  readonly #conversationSid: string
  readonly #sends: Send[] = []
  readonly #reader: Reader
  #server: ServerProcess
  #ann: RawClient

  private constructor(options: KilledWorldOptions, { receiver, server, ann, conversation }: Prepared) {
    this.#options = options
    this.#receiver = receiver
    this.#server = server
    this.#ann = ann
    this.#conversationSid = conversation.sid
    this.#reader = new Reader(conversation.sid, conversation.revision)
  }

  static async begin(options: KilledWorldOptions): Promise<KilledWorld> {
    const { database, folder, imported } = options
    const env = { CONVERSA_DATABASE_URL: database?.url, ...(imported && { NODE_OPTIONS: `--import=${imported}` }) }
    const prepared = await prepare(await ServerProcess.start({ data: folder, env }), folder)
    const world = new KilledWorld(options, prepared)
    await world.#reader.connected(prepared.ben)
    // As all that follow it, the send that is traced is not the first: that one opens connections.
    await world.#send()
    await world.#isDone()
    return world
  }

  /** Sends a message. @returns its steps */
  async sendInPeace(): Promise<Step[]> {
    const kill = await this.#arm({ call: 'fsync', at: NEVER })
    await this.#send()
    await this.#isDelivered(kill)
    await kill.disarm()
    return sendSteps(await kill.callsSoFar(), this.#ports)
  }

  /**
   * Sends a message, and kills the server on its way.
   *
   * @returns the step that it was killed at; nothing when it was before the request, or after the last step
   */
  async sendAndKill(call: DeadlyCall): Promise<string | undefined> {
    const kill = await this.#arm(call)
    const done = this.#send().then(() => this.#isDelivered(kill))
    await Promise.race([this.#server.ended, done.catch(() => this.#server.ended)])
    await this.end()
    const calls = await kill.allCalls()
    return isDelivered(calls, this.#ports) ? undefined : sendSteps(calls, this.#ports).at(-1)?.what
  }

  /** Starts the server again, and says what does not hold. */
  async judge(): Promise<string[]> {
    const wrong = await this.#findings()
    // As after 15 seconds: what the dead one was about to deliver is another one's then.
    await this.#options.database?.run('UPDATE leases SET expires = now()')
    this.#server = await this.#server.restart()
    const ben = await this.#signIn('ben')
    // Asking again could heal what was lost.
    wrong.push(...this.#judgeStored(await readAll(ben, this.#conversationSid)))
    if (wrong.length > 0) return wrong
    this.#ann = await this.#signIn('ann')
    await this.#ask(this.#sends.at(-1) as Send)
    await this.#isDone()
    const stored = await readAll(ben, this.#conversationSid)
    await this.#reader.connected(ben)
    return [...this.#judgeStored(stored), ...(await this.#judgeReader(stored)), ...this.#judgeWebhook(stored)]
  }

  async end(): Promise<void> {
    await this.#server.kill9()
  }

  get #ports(): Ports {
    const { database } = this.#options
    const portOf = (url: string) => new URL(url).port
    return {
      server: portOf(this.#server.url),
      webhook: portOf(this.#receiver.url),
      database: database && portOf(database.url),
    }
  }

  #arm(call: DeadlyCall): Promise<SystemCallKill> {
    return SystemCallKill.arm(this.#server.pid, call, join(this.#options.folder, 'trace'))
  }

  #signIn(identity: string): Promise<RawClient> {
    return signIn(this.#server, identity)
  }

  /** I10, of a copy: what is in the folder is for the server to recover. */
  async #findings(): Promise<string[]> {
    const { database, folder } = this.#options
    await using copy = await dataFolder()
    if (!database)
      for (const name of ['conversa.db', 'conversa.db-wal']) await copyFile(join(folder, name), join(copy.path, name))
    return (await findingsOf({ databaseUrl: database?.url, folder: copy.path })).map(({ message }) => `I10 ${message}`)
  }

  /** I1 to I7, and that nothing is stored which nobody sent. */
  #judgeStored(stored: readonly Stored[]): string[] {
    const sent = new Set(this.#sends.map(({ body }) => body))
    const foreign = stored.filter(({ body }) => !sent.has(body ?? '')).map(({ body }) => `nobody sent ${body}`)
    return [...judgeSends(this.#sends, stored, false), ...foreign]
  }

  /** I5, I8: ben was told of every message once, in order, live or afterwards. */
  async #judgeReader(stored: readonly Stored[]): Promise<string[]> {
    const { told, holes } = this.#reader
    await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(stored.length), TIME)
    const isWhole = told.length === stored.length && told.every((index, at) => index === stored[at]?.index)
    return isWhole ? holes : [...holes, `I8 ben was told ${told}`]
  }

  /** I11: the webhook was told of every message, in order, and where twice under one id. */
  #judgeWebhook(stored: readonly Stored[]): string[] {
    const told = this.#receiver.received.map(({ fields, headers }) => ({ body: fields.Body, id: headers['webhook-id'] }))
    const ids = Map.groupBy(told, ({ body }) => body)
    const isWhole = [...ids.keys()].join() === stored.map(({ body }) => body).join()
    const several = [...ids].filter(([, same]) => new Set(same.map(({ id }) => id)).size > 1)
    const wrong = several.map(([body]) => `I11 ${body} has several ids`)
    return isWhole ? wrong : [...wrong, `I11 the webhook was told ${[...ids.keys()]}`]
  }

  /** Sends something new. @throws when it is not answered */
  async #send(): Promise<void> {
    const send: Send = {
      author: 'ann',
      device: 'ann',
      conversationSid: this.#conversationSid,
      body: `message-${this.#sends.length}`,
      begun: performance.now(),
      ended: undefined,
      outcome: undefined,
    }
    this.#sends.push(send)
    await this.#ask(send)
  }

  /** A first answer stays: the second one has to be the same. */
  async #ask(send: Send): Promise<void> {
    const { conversationSid, body } = send
    const { index } = await this.#ann.ask({ type: 'message.send', conversationSid, body, key: body })
    if (typeof send.outcome === 'object') expect(index, body).toBe(send.outcome.index)
    else Object.assign(send, { ended: performance.now(), outcome: { index } })
  }

  /** Waits until the last message has gone its whole way, and the server has noted it, without asking it anything. */
  async #isDelivered(kill: SystemCallKill): Promise<void> {
    await vi.waitFor(async () => expect(isDelivered(await kill.callsSoFar(), this.#ports)).toBe(true), TIME)
  }

  async #isDone(): Promise<void> {
    const { body } = this.#sends.at(-1) as Send
    await vi.waitFor(async () => {
      expect(this.#receiver.received.some(({ fields }) => fields.Body === body)).toBe(true)
      expect(await this.#server.metric('conversa_webhook_pending')).toBe(0)
    }, TIME)
  }
}

interface Prepared {
  readonly receiver: Receiver
  readonly server: ServerProcess
  readonly ann: RawClient
  readonly ben: RawClient
  readonly conversation: { readonly sid: string; readonly revision: number }
}

async function prepare(server: ServerProcess, folder: string): Promise<Prepared> {
  const receiver = await Receiver.begin()
  const { accountSid, authToken } = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))
  const backEnd = twilio(accountSid, authToken)
  backEnd.conversations.baseUrl = server.url
  const webhooks = backEnd.conversations.v1.configuration.webhooks()
  await webhooks.update({ postWebhookUrl: receiver.url, filters: ['onMessageAdded'] })
  const [ann, ben] = [await signIn(server, 'ann'), await signIn(server, 'ben')]
  const { conversation } = await ann.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  for (const identity of ['ann', 'ben']) await ann.ask({ type: 'participant.add', conversationSid, identity })
  const joined = await ann.ask({ type: 'conversation.get', conversationSid })
  return { receiver, server, ann, ben, conversation: joined.conversation }
}

async function signIn(server: ServerProcess, identity: string): Promise<RawClient> {
  const client = await RawClient.signIn(server.url, await server.token(identity))
  client.onEvent = () => {}
  return client
}
