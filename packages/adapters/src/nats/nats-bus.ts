import { setTimeout as after } from 'node:timers/promises'
import type { Bus, BusMessage } from '@conversa/core'
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node'

/** How nodes find each other over NATS. */
export interface NatsOptions {
  /** One address or several, separated by commas; credentials stand in them. */
  readonly url: string
  /** Names the deployment: nodes of different ones do not hear each other. */
  readonly name: string
  /** Hears that the connection was lost or came back. */
  readonly observe?: (isConnected: boolean) => void
}

/** Milliseconds between two tries to reach a server. */
const PAUSE = 500
/** Bytes of messages that wait to be sent. Beyond, they are dropped: they are hints, and the store has what they hint at. */
const MOST_WAITING = 8 * 1024 * 1024

/**
 * Joins a bus over NATS. A server that cannot be reached is tried again for as long as it takes, and nothing waits for it (G10).
 */
export function openNatsBus({ url, name, observe = () => {} }: NatsOptions): Bus {
  return new NatsBus(url, `conversa.${name}`, observe)
}

class NatsBus implements Bus {
  readonly #subject: string
  readonly #observe: (isConnected: boolean) => void
  readonly #hear: ((messages: readonly BusMessage[]) => void)[] = []
  readonly #connecting: Promise<void>
  #connection: NatsConnection | undefined
  readonly #closing = new AbortController()
  #isClosed = false
  #isConnected = false
  /** Bytes since the last time that the server confirmed that it has everything. */
  #waiting = 0

  constructor(url: string, subject: string, observe: (isConnected: boolean) => void) {
    this.#subject = subject
    this.#observe = observe
    this.#connecting = this.#connect(url)
  }

  publish(messages: readonly BusMessage[]): void {
    const connection = this.#connection
    if (!connection || !this.#isConnected || this.#waiting > MOST_WAITING) return
    const text = JSON.stringify(messages)
    if (this.#waiting === 0) this.#confirm(connection)
    this.#waiting += text.length
    connection.publish(this.#subject, text)
  }

  subscribe(hear: (messages: readonly BusMessage[]) => void): void {
    this.#hear.push(hear)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#closing.abort()
    await this.#connection?.close()
    await this.#connecting
  }

  /** Tries until there is a server; from then on the library looks for one whenever it is lost. */
  async #connect(url: string): Promise<void> {
    while (!this.#isClosed) {
      const connection = await connect(optionsFrom(url)).catch(() => undefined)
      if (connection) {
        await this.#join(connection)
        return
      }
      await after(PAUSE, undefined, { signal: this.#closing.signal }).catch(() => {})
    }
  }

  async #join(connection: NatsConnection): Promise<void> {
    if (this.#isClosed) {
      await connection.close()
      return
    }
    this.#connection = connection
    connection.subscribe(this.#subject, {
      callback: (error, message) => {
        if (!error) this.#take(message.string())
      },
    })
    this.#become(true)
    void this.#follow(connection)
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') this.#become(false)
      if (type === 'reconnect') this.#become(true)
    }
  }

  #become(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return
    this.#isConnected = isConnected
    this.#waiting = 0
    this.#observe(isConnected)
  }

  #confirm(connection: NatsConnection): void {
    setImmediate(() => {
      connection.flush().then(
        () => {
          this.#waiting = 0
        },
        () => {},
      )
    })
  }

  /** What cannot be read is of a newer program, or of nobody. */
  #take(text: string): void {
    let messages: readonly BusMessage[]
    try {
      messages = JSON.parse(text)
    } catch {
      return
    }
    if (Array.isArray(messages)) for (const hear of this.#hear) hear(messages)
  }
}

function optionsFrom(url: string): ConnectionOptions {
  const servers = url.split(',').map((server) => new URL(server))
  const [{ username, password }] = servers as [URL, ...URL[]]
  const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return {
    servers: servers.map(({ host }) => host),
    ...(username !== '' && credentials),
    noEcho: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: PAUSE,
    pingInterval: 5000,
    name: 'conversa',
  }
}
