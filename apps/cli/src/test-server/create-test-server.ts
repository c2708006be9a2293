import type { Client, ClientOptions } from '@conversa/client'
import { makeCredentials } from '../credentials.ts'
import type { Network } from './network.ts'
import { People } from './people.ts'
import type { TestPhone } from './phones.ts'
import { RunningServer } from './running-server.ts'

/** What a test server may be told; all of it has a default. */
export interface TestServerOptions {
  /** The port on 127.0.0.1; any that is free unless it is given. */
  readonly port?: number
  /** Hears every line of the server's log; nobody does unless it is given. */
  readonly log?: (line: string) => void
  /** Milliseconds that a webhook has to answer; five seconds unless it is given. */
  readonly webhookDeadline?: number
}

/** Options of the SDK, and how long tokens live. */
export interface TestClientOptions extends Omit<ClientOptions, 'url'> {
  /** Seconds that the client's tokens live; an hour unless it is given. */
  readonly ttl?: number
  /** Whether the client gets a new token in time, as an application with a `tokenProvider` does; it does unless this is false. */
  readonly renews?: boolean
}

/** A whole server within the process of a test, and what a test does with it. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:…`, without a slash at its end: for our SDK, and the `baseUrl` of the vendor's helper library. */
  readonly url: string
  /** For the vendor's SDK: `new Client(token, { Twilsock: { uri } })`. */
  readonly uri: string
  /** For REST: `twilio(accountSid, authToken)`. */
  readonly accountSid: string
  readonly authToken: string
  /** Where everything is, unless a test makes further services. */
  readonly serviceSid: string
  /** The key that signs access tokens, for a back end that makes them itself. */
  readonly apiKeySid: string
  readonly apiKeySecret: string

  /** An access token of somebody, by the server's clock. @param options `ttl`: seconds that it lives; an hour unless it is given */
  token(identity: string, options?: { readonly ttl?: number }): Promise<string>
  /** Somebody's client, initialised. It is shut down with the server. */
  client(identity: string, options?: TestClientOptions): Promise<Client>
  /** The network between a client of `client` and the server: it fails as it is told. @throws for a client of another making */
  network(client: Client): Network
  /** A further network to the server, for clients of a test's own making: they take its `url` for the server's. */
  openNetwork(): Promise<Network>

  /** A phone (`+15551230001`, `whatsapp:+…`) or a mailbox outside of the app. Every address of the server is one that speaks to it. */
  phone(address: string): TestPhone

  /** What the server takes for now: milliseconds since 1970. */
  now(): number
  /**
   * Lets time pass for the server: timers of conversations, ends of tokens and further tries of webhooks happen in their order, each at
   * its time. Connections are watched by the real time, and so is whatever else a test has.
   *
   * @param ms milliseconds
   * @returns settles when what happened has been told: to webhooks, and to every client that is connected and can be reached
   */
  advance(ms: number): Promise<void>
  /** Settles when what was begun has been told: to webhooks, and to every client that is connected and can be reached. */
  settled(): Promise<void>
  /** Ends the server; `start` begins it anew, on the same port and with all that it knew. Connections break. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Both. Clients come back by themselves after a moment. */
  restart(): Promise<void>
  /** Shuts its clients down and ends the server; it may be called again. `await using` does so too. */
  close(): Promise<void>
}

/**
 * Starts a whole server within this process: the real one, on a store in memory, with an account, a service and all doors. It is for
 * tests of applications, and for as many servers at a time as there are tests.
 *
 * @returns a server that serves
 * @throws when the port is taken
 */
export async function createTestServer({ port = 0, log, webhookDeadline }: TestServerOptions = {}): Promise<TestServer> {
  const credentials = makeCredentials((bytes) => crypto.getRandomValues(bytes))
  const running = new RunningServer({ credentials, log, webhookDeadline })
  const url = await running.start(port)
  const people = new People({ url, credentials, now: running.clock.now })
  const close = async () => {
    await people.close()
    await running.stop()
  }
  const stop = () => running.stop()
  const start = async () => void (await running.start(Number(new URL(url).port)))
  return {
    url,
    uri: `${url.replace(/^http/, 'ws')}/v3/wsconnect`,
    ...credentials,
    token: (identity, { ttl } = {}) => people.token(identity, ttl),
    client: (identity, options) => people.client(identity, options),
    network: (client) => people.network(client),
    openNetwork: () => people.openNetwork(),
    phone: (address) => running.phones.at(address),
    now: running.clock.now,
    advance: (ms) => running.advance(ms, people),
    settled: () => running.settled(people),
    stop,
    start,
    restart: async () => {
      await stop()
      await start()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
