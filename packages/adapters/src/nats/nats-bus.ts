import type { Bus, BusMessage } from '@conversa/core'
import { connect, type NatsConnection } from '@nats-io/transport-node'

/** How nodes find each other over NATS. */
export interface NatsOptions {
  /** One address or several, separated by commas; credentials stand in them. */
  readonly url: string
  /** Names the deployment: nodes of different ones do not hear each other. */
  readonly name: string
  /** Hears that the connection was lost or came back. */
  readonly observe?: (isConnected: boolean) => void
}

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
    await this.#connection?.close()
    await this.#connecting
  }

  async #connect(url: string): Promise<void> {
    const servers = url.split(',')
    const { user, pass } = credentialsIn(servers[0] as string)
    try {
      const connection = await connect({
        servers: servers.map((server) => new URL(server).host),
        ...(user !== undefined && { user, pass }),
        noEcho: true,
        waitOnFirstConnect: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        pingInterval: 5000,
        name: 'conversa',
      })
      this.#connection = connection
      if (this.#isClosed) return await connection.close()
      connection.subscribe(this.#subject, {
        callback: (error, message) => {
          if (!error) this.#take(message.string())
        },
      })
      this.#become(true)
      void this.#follow(connection)
    } catch {
      // Closed before there was a connection.
    }
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

function credentialsIn(url: string): { readonly user: string | undefined; readonly pass: string } {
  const { username, password } = new URL(url)
  return { user: username === '' ? undefined : decodeURIComponent(username), pass: decodeURIComponent(password) }
}
