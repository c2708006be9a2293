import { setImmediate } from 'node:timers/promises'
import { Client, type ClientOptions, type Conversation } from '@conversa/client'
import { Network } from 'conversa'
import { onTestFinished } from 'vitest'
import { HandClock } from './hand-clock.ts'
import { next, type World } from './world.ts'

/** More than any pause between two attempts to connect. */
const LONGER_THAN_ANY_PAUSE = 30_000

export interface DeviceOptions extends Pick<ClientOptions, 'tokenProvider'> {
  readonly token?: string
  /** Whether time passes only by hand; otherwise the device comes back from every failure at once, and 30 s later by its clock. */
  readonly isHandMoved?: boolean
  readonly clock?: HandClock
}

/** A device or tab of one person: the public SDK with a network and a clock of its own. */
export class Device {
  readonly identity: string
  readonly client: Client
  readonly network: Network
  readonly clock: HandClock
  /** Failures to connect or to stay connected so far: the documented codes. */
  readonly failures: (number | undefined)[] = []

  private constructor(identity: string, network: Network, token: string, { tokenProvider, isHandMoved, clock }: DeviceOptions) {
    this.identity = identity
    this.network = network
    this.clock = clock ?? new HandClock()
    this.client = new Client(token, { url: network.url, clock: this.clock, ...(tokenProvider && { tokenProvider }) })
    this.client.on('connectionError', ({ errorCode, terminal }) => {
      this.failures.push(errorCode)
      if (!isHandMoved && !terminal) void setImmediate().then(() => this.#comeBack())
    })
  }

  /** Somebody's device, which begins to connect. */
  static async begin(world: World, identity: string, options: DeviceOptions = {}): Promise<Device> {
    const network = await Network.begin(world.server.url)
    const token = options.token ?? (await world.server.token(identity))
    const device = new Device(identity, network, token, options)
    onTestFinished(async () => {
      await device.client.shutdown()
      await network.close()
    })
    return device
  }

  /** Somebody's device, initialized. */
  static async ready(world: World, identity: string, options: DeviceOptions = {}): Promise<Device> {
    const device = await Device.begin(world, identity, options)
    await next(device.client, 'initialized')
    return device
  }

  /** Settles when there is a connection. */
  async connected(): Promise<void> {
    const { client } = this
    if (client.connectionState !== 'connected') await next(client, 'connectionStateChanged', (state) => state === 'connected')
  }

  /** Settles when there is no connection. */
  async disconnected(): Promise<void> {
    const { client } = this
    if (client.connectionState === 'connected') await next(client, 'connectionStateChanged', (state) => state !== 'connected')
  }

  /**
   * Cuts the connection and lets none come about for a while.
   *
   * @param meanwhile is done without a connection
   * @returns settles when there is one again
   */
  async interrupt(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
    this.network.partition()
    await this.disconnected()
    await meanwhile()
    this.network.heal()
    await this.connected()
  }

  /** Settles when the connection has failed at least once, and there is one again. */
  async recovered(): Promise<void> {
    const { client, failures } = this
    while (failures.length === 0 || client.connectionState !== 'connected') await next(client, 'connectionStateChanged')
  }

  #comeBack(): void {
    if (this.client.connectionState !== 'connected') this.clock.jump(LONGER_THAN_ANY_PAUSE)
  }
}

export interface DeviceRoom<Names extends readonly string[]> {
  readonly devices: { readonly [Name in keyof Names]: Device }
  readonly conversations: { readonly [Name in keyof Names]: Conversation }
}

/** Devices of several people, all of whom are in a conversation that the first one made. A name that comes twice is a second tab. */
export async function deviceRoom<const Names extends readonly [string, ...string[]]>(
  world: World,
  ...names: Names
): Promise<DeviceRoom<Names>> {
  const devices: Device[] = []
  for (const name of names) devices.push(await Device.ready(world, name))
  const [owner] = devices as [Device, ...Device[]]
  const created = await owner.client.createConversation()
  const seen = devices.map(({ client }) => next(client, 'conversationJoined'))
  for (const identity of new Set(names)) await created.add(identity)
  return { devices, conversations: await Promise.all(seen) } as unknown as DeviceRoom<Names>
}
