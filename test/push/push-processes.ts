import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { expect, onTestFinished, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { BrowserService } from './browser-service.ts'

interface Credentials {
  readonly accountSid: string
  readonly authToken: string
  readonly serviceSid: string
}

/** Real servers on one store, a push service of browsers, and bob, who is away with two browsers; for the test that runs. */
export class PushProcesses {
  readonly nodes: ServerProcess[]
  readonly browser: BrowserService
  readonly rooms: string[] = []
  readonly #credentials: Credentials

  private constructor(nodes: ServerProcess[], browser: BrowserService, credentials: Credentials) {
    this.nodes = nodes
    this.browser = browser
    this.#credentials = credentials
  }

  /** @param options how many servers, and which database; SQLite unless it says otherwise */
  static async begin({ count = 1, databaseUrl }: { count?: number; databaseUrl?: string } = {}): Promise<PushProcesses> {
    const folder = await dataFolder()
    onTestFinished(async () => {
      await endServerProcesses()
      await folder[Symbol.asyncDispose]()
    })
    const options = { data: folder.path, env: { CONVERSA_DATABASE_URL: databaseUrl } }
    const nodes: ServerProcess[] = []
    while (nodes.length < count) nodes.push(await ServerProcess.start(options))
    const credentials = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
    const processes = new PushProcesses(nodes, await BrowserService.begin(), credentials)
    await processes.#prepare()
    return processes
  }

  /** The API of a node for back ends. */
  api(at = 0) {
    const { accountSid, authToken, serviceSid } = this.#credentials
    const client = twilio(accountSid, authToken)
    client.conversations.baseUrl = this.nodes[at]?.url ?? ''
    return client.conversations.v1.services(serviceSid)
  }

  async #prepare(): Promise<void> {
    const [node] = this.nodes as [ServerProcess]
    const token = await node.token('bob')
    const raw = await RawClient.signIn(node.url, token)
    const response = await fetch(`${node.url}/v1/push/key`, { headers: { authorization: `Bearer ${token}` } })
    const { public_key: key } = (await response.json()) as { public_key: string }
    for (const name of ['laptop', 'phone']) {
      await raw.ask({ type: 'push.register', channelType: 'web', registrationId: this.browser.subscribe(name, key) })
    }
    await raw.close()
    await vi.waitFor(async () => expect(await node.metric('conversa_connections')).toBe(0), { interval: 5, timeout: 10_000 })
    for (const friendlyName of ['One', 'Two', 'Three']) {
      const { sid } = await this.api().conversations.create({ friendlyName })
      await this.api().conversations(sid).participants.create({ identity: 'bob' })
      this.rooms.push(sid)
    }
    await this.api().configuration.notifications().update({ 'newMessage.enabled': true })
  }

  /** Says something in all rooms, one after the other. */
  async say(bodies: readonly string[], at = 0): Promise<void> {
    for (const body of bodies) for (const sid of this.rooms) await this.api(at).conversations(sid).messages.create({ body })
  }

  /** Waits until nothing is left to be sent. */
  async isDone(at = 0): Promise<void> {
    await vi.waitFor(
      async () => {
        const left = ['conversa_notice_pending', 'conversa_push_pending'].map((name) => this.nodes[at]?.metric(name))
        expect(await Promise.all(left)).toEqual([0, 0])
      },
      { timeout: 60_000, interval: 50 },
    )
    expect(this.browser.problems).toEqual([])
  }

  /** What a browser was shown of a room, in the order in which it was. */
  shown(browser: string, room: string): number[] {
    const own = this.browser.pushes.filter(({ to, data }) => to === browser && data.conversation_sid === room)
    return own.map(({ data }) => Number(data.message_index))
  }

  /** The same for every browser and every room. */
  get everywhere(): number[][] {
    return ['laptop', 'phone'].flatMap((browser) => this.rooms.map((room) => this.shown(browser, room)))
  }
}
