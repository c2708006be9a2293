import { Client, type Conversation } from '@twilio/conversations'
import { Network } from 'conversa'
import { Client as Client2 } from 'twilio-conversations-2'
import { onTestFinished } from 'vitest'
import { type InProcessOptions, type InProcessServer, startInProcess } from '../end-to-end/in-process-server.ts'

/** The vendor's unmodified SDKs, as npm has them. The types of the newest are good enough for both. */
export const VENDORS = { '3.0.1': Client, '2.4.0': Client2 as unknown as typeof Client } as const

/** The one thing that an application changes. */
export const gatewayOf = (url: string) => ({ Twilsock: { uri: `${url.replace(/^http/, 'ws')}/v3/wsconnect` } })

/** A server and people who use the vendor's SDK; for the test that runs. */
export class VendorWorld {
  readonly server: InProcessServer
  readonly network: Network
  readonly #Client: typeof Client

  private constructor(server: InProcessServer, network: Network, vendor: keyof typeof VENDORS) {
    this.server = server
    this.network = network
    this.#Client = VENDORS[vendor]
  }

  static async begin(vendor: keyof typeof VENDORS, options: InProcessOptions = {}): Promise<VendorWorld> {
    const server = await startInProcess(options)
    const network = await Network.begin(server.url)
    onTestFinished(async () => {
      await network.close()
      await server[Symbol.asyncDispose]()
    })
    return new VendorWorld(server, network, vendor)
  }

  /** Somebody's client, initialized and with its conversations loaded, directly or through the network that can be cut. */
  async client(identity: string, url = this.server.url): Promise<Client> {
    const client = new this.#Client(await this.server.token(identity), gatewayOf(url) as never)
    await new Promise<void>((resolve, reject) => {
      client.on('initialized', () => resolve())
      client.on('initFailed', ({ error }) => reject(new Error(error?.message ?? 'not initialized')))
    })
    await client.getSubscribedConversations()
    onTestFinished(() => client.shutdown())
    return client
  }

  /** Two people in a conversation that the first one made, as each of them sees it. */
  async room(): Promise<{ alice: Client; bob: Client; alices: Conversation; bobs: Conversation }> {
    const [alice, bob] = [await this.client('alice'), await this.client('bob')]
    const alices = await alice.createConversation({ friendlyName: 'Lunch', attributes: { topic: 'food' } })
    await alices.join()
    const joined = nextOf<Conversation>(bob, 'conversationJoined')
    await alices.add('bob')
    return { alice, bob, alices, bobs: await joined }
  }
}

/** Anything of the SDK that tells of events. */
interface Telling {
  on(name: never, listener: (payload: never) => void): unknown
  removeListener(name: never, listener: (payload: never) => void): unknown
}

/** The next event of a name that is wanted. */
export function nextOf<Payload>(
  from: Telling,
  name: string,
  isWanted: (payload: Payload) => boolean = () => true,
): Promise<Payload> {
  return new Promise((resolve) => {
    const listener = (payload: never) => {
      if (!isWanted(payload)) return
      from.removeListener(name as never, listener)
      resolve(payload)
    }
    from.on(name as never, listener)
  })
}

/** Everything that is told under these names from now on, in order: the name, and what is picked of the payload. */
export function recordOf(from: Telling, picks: Readonly<Record<string, (payload: never) => unknown>>): [string, unknown][] {
  const heard: [string, unknown][] = []
  for (const [name, pick] of Object.entries(picks)) from.on(name as never, (payload) => heard.push([name, pick(payload)]))
  return heard
}
