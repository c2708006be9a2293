import { Network } from 'conversa'
import { describe, onTestFinished, test } from 'vitest'
import { type InProcessOptions, type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { nextOf } from './events.ts'
import { type Client, type Conversation, hasMember, SDKS, type Sdk } from './sdks.ts'
import { openTlsFront } from './tls-front.ts'

/** A server, and people who use one SDK; for the test that runs. */
export class World {
  readonly sdk: Sdk
  readonly server: InProcessServer
  readonly network: Network

  private constructor(sdk: Sdk, server: InProcessServer, network: Network) {
    this.sdk = sdk
    this.server = server
    this.network = network
  }

  static async begin(sdk: Sdk, options: InProcessOptions = {}): Promise<World> {
    const front = sdk.needsTls ? await openTlsFront() : undefined
    const server = await startInProcess({ ...options, publicUrl: front?.url })
    front?.leadTo(server.url)
    const network = await Network.begin(server.url)
    onTestFinished(async () => {
      await front?.close()
      await network.close()
      await server[Symbol.asyncDispose]()
    })
    return new World(sdk, server, network)
  }

  /** Somebody's client, initialized and with its conversations loaded, directly or through the network that can be cut. */
  async client(identity: string, url = this.server.url): Promise<Client> {
    const client = await this.sdk.create(await this.server.token(identity), this.sdk.options(url))
    await this.sdk.loaded(client)
    onTestFinished(() => client.shutdown())
    return client
  }

  /** A client that begins to connect, with whatever token. */
  begun(token: string): Client {
    const client = new this.sdk.Client(token, this.sdk.options(this.server.url))
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
    const bobs = await joined
    // From here on nothing is missed.
    await Promise.all([alices, bobs].map((each) => each.getParticipants()))
    return { alice, bob, alices, bobs }
  }

  /** The documented code with which a call is refused; undefined when it is not. */
  async refusal(call: Promise<unknown> | undefined): Promise<number | undefined> {
    try {
      await call
      return undefined
    } catch (error) {
      return this.sdk.codeOf(error)
    }
  }

  /** The devices that the server knows of somebody, as channel and id. */
  async devices(identity: string): Promise<string[]> {
    const actor = { kind: 'user', serviceSid: SERVICE_SID, identity } as const
    const found = await this.server.core.answer<'push.list'>(actor, { type: 'push.list' })
    if (!('registrations' in found)) throw new Error(`unable to list devices: ${found.name}`)
    return found.registrations.map((one) => `${one.channelType} ${one.registrationId}`)
  }
}

/**
 * A scenario for every SDK that has what it is about.
 *
 * @param members what it is about: `docs/every-sdk.md` derives from it
 */
export function everySdk(
  members: string,
  title: string,
  scenario: (world: World) => Promise<void>,
  options: InProcessOptions = {},
): void {
  const sdks = SDKS.filter((sdk) => members.split(', ').every((member) => hasMember(sdk, member)))
  describe(members, () => {
    for (const sdk of sdks) test(`${title}, with ${sdk.name}`, async () => scenario(await World.begin(sdk, options)))
  })
}
