import { Client } from '@conversa/client'
import { mintAccessToken } from '@conversa/server'
import type { Credentials } from '../config.ts'
import type { TestClientOptions } from './create-test-server.ts'
import { Network } from './network.ts'

/** Seconds that a token lives unless a test says otherwise. */
const TOKEN_LIFE = 3600

export interface PeopleOptions {
  readonly url: string
  readonly credentials: Credentials
  /** Milliseconds since 1970, by which tokens are made. */
  readonly now: () => number
}

/** The clients of a test server, each with a network of its own. */
export class People {
  readonly #options: PeopleOptions
  readonly #networks = new Set<Network>()
  readonly #clients = new Map<Client, Network>()
  /** Tokens that are being made. */
  readonly #minting = new Set<Promise<string>>()

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** @param ttlSeconds seconds that it lives */
  token(identity: string, ttlSeconds = TOKEN_LIFE): Promise<string> {
    const { accountSid, apiKeySid: keySid, apiKeySecret: keySecret, serviceSid } = this.#options.credentials
    const now = this.#options.now()
    const minting = mintAccessToken({ accountSid, keySid, keySecret, serviceSid, identity, ttlSeconds, now })
    this.#minting.add(minting)
    const done = () => this.#minting.delete(minting)
    minting.then(done, done)
    return minting
  }

  async client(identity: string, { ttl, renews = true, ...options }: TestClientOptions = {}): Promise<Client> {
    const network = await this.openNetwork()
    const tokenProvider = renews ? { tokenProvider: () => this.token(identity, ttl) } : {}
    const client = await Client.create(await this.token(identity, ttl), { ...tokenProvider, ...options, url: network.url })
    this.#clients.set(client, network)
    return client
  }

  network(client: Client): Network {
    const network = this.#clients.get(client)
    if (!network) throw new Error('unable to find the network of a client that this server did not make: use openNetwork')
    return network
  }

  async openNetwork(): Promise<Network> {
    const network = await Network.begin(this.#options.url)
    this.#networks.add(network)
    return network
  }

  /** Waits until no token is being made, and no client takes itself for connected whose connection has ended. */
  async settled(): Promise<void> {
    while (this.#minting.size > 0) await Promise.allSettled(this.#minting)
    const mistaken = [...this.#clients].filter(([client, network]) => client.connectionState === 'connected' && network.isIdle)
    await Promise.all(mistaken.map(([client]) => new Promise((resolve) => client.once('connectionStateChanged', resolve))))
  }

  /** Whether what the server sends to a port arrives, some time. */
  isReachable(port: number): boolean {
    return ![...this.#networks].some((network) => network.holds(port))
  }

  async close(): Promise<void> {
    const [clients, networks] = [[...this.#clients.keys()], [...this.#networks]]
    this.#clients.clear()
    this.#networks.clear()
    await Promise.all(clients.map((client) => client.shutdown()))
    await Promise.all(networks.map((network) => network.close()))
  }
}
