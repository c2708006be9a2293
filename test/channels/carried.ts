import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { expect, onTestFinished, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { Connector, SECRET } from './connector.ts'

const OURS = '+15559990000'
export const PEOPLE = ['+15551230001', '+15551230002'] as const

interface Credentials {
  readonly accountSid: string
  readonly authToken: string
}

/** Real servers with a connector, and a conversation with two phones in it. */
export class Carried {
  readonly connector: Connector
  readonly servers: ServerProcess[]
  readonly #credentials: Credentials
  readonly #conversationSid: string
  /** Ends what the connector keeps waiting. */
  #resume: PromiseWithResolvers<void> | undefined

  private constructor(connector: Connector, servers: ServerProcess[], credentials: Credentials, conversationSid: string) {
    this.connector = connector
    this.servers = servers
    this.#credentials = credentials
    this.#conversationSid = conversationSid
  }

  /** @param count of servers on one store */
  static async begin(count: number, env: Readonly<Record<string, string | undefined>> = {}): Promise<Carried> {
    const folder = await dataFolder()
    const connector = await Connector.begin()
    onTestFinished(async () => {
      await endServerProcesses()
      await connector.close()
      await folder[Symbol.asyncDispose]()
    })
    const config = join(folder.path, 'config.json')
    const channel = { type: 'http', name: 'carrier', addresses: [OURS], url: connector.url, secret: SECRET }
    await writeFile(config, JSON.stringify({ channels: [channel] }))
    const servers: ServerProcess[] = []
    for (let at = 0; at < count; at++) {
      servers.push(await ServerProcess.start({ data: folder.path, env: { CONVERSA_CONFIG: config, ...env } }))
    }
    const credentials = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
    const { v1 } = clientOf(credentials, String(servers[0]?.url))
    const { sid } = await v1.conversations.create()
    for (const address of PEOPLE) {
      const binding = { 'messagingBinding.address': address, 'messagingBinding.proxyAddress': OURS }
      await v1.conversations(sid).participants.create(binding)
    }
    return new Carried(connector, servers, credentials, sid)
  }

  /** The REST of a server, by the vendor's library. */
  conversationAt(server: ServerProcess) {
    return clientOf(this.#credentials, server.url).v1.conversations(this.#conversationSid)
  }

  /** Lets the connector keep waiting whoever brings one of these texts, until `resume`. */
  hangFrom(first: number): void {
    const resume = Promise.withResolvers<void>()
    this.#resume = resume
    this.connector.answer = async ({ fields }) => {
      if (Number(fields.body) >= first) await resume.promise
      return { status: 200 }
    }
  }

  resume(): void {
    this.connector.answer = () => ({ status: 200 })
    this.#resume?.resolve()
  }

  /** Sends texts that count, by one server after the other. */
  async send(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const server = this.servers[at % this.servers.length] as ServerProcess
      await this.conversationAt(server).messages.create({ author: 'anna', body: String(at) })
    }
  }

  /** The texts that reached somebody, each once however often it came, in the order of the first time. */
  reached(person: string): number[] {
    const theirs = this.connector.calls.filter(({ fields }) => fields.to === person)
    return [...new Map(theirs.map(({ fields }) => [fields.id, Number(fields.body)])).values()]
  }

  /** Waits until everybody has so many, and every receipt says so. */
  async arrived(count: number, server: ServerProcess): Promise<void> {
    await vi.waitFor(async () => expect(await server.metric('conversa_channel_pending')).toBe(0), {
      timeout: 60_000,
      interval: 50,
    })
    for (const person of PEOPLE) expect(this.reached(person)).toEqual(Array.from({ length: count }, (_, at) => at))
    const conversation = this.conversationAt(server)
    for (const { sid } of await conversation.messages.list()) {
      const receipts = await conversation.messages(sid).deliveryReceipts.list()
      expect(receipts.map(({ status }) => status)).toEqual(PEOPLE.map(() => 'sent'))
    }
  }
}

function clientOf({ accountSid, authToken }: Credentials, url: string) {
  const client = twilio(accountSid, authToken)
  client.conversations.baseUrl = url
  return client.conversations
}
