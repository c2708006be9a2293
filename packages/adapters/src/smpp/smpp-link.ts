import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecured } from 'node:tls'
import type { After } from '@conversa/core'
import { type Fields, type Pdu, STATUS } from './pdu.ts'
import { SmppConnection, type SmppTimes } from './smpp-connection.ts'

/** Version 3.4. */
const INTERFACE_VERSION = 0x34
/** Milliseconds that an SMSC may take to let us go. */
const LONGEST_FAREWELL = 2000
/** Followed by what is wrong, of the certificate say. */
const NOT_SECURED = 'the connection with the SMSC cannot be secured'
const STOPPED = new Error('the server stops')

/** Milliseconds. */
export interface SmppLinkTimes extends SmppTimes {
  /** Until a lost connection is made anew; twice as long at each failure. */
  readonly reconnect: number
  readonly longestReconnect: number
}

/** Where an SMSC is, and who we are there. */
export interface SmscLogin {
  readonly host: string
  readonly port: number
  /** Over TLS. */
  readonly isSecured: boolean
  /** PEM of the authorities that its certificate may be from; those that the machine trusts unless it says otherwise. */
  readonly ca?: string | undefined
  readonly systemId: string
  readonly password: string
  readonly systemType: string
}

export interface SmppLinkOptions {
  readonly login: SmscLogin
  readonly bind: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'
  readonly times: SmppLinkTimes
  readonly after: After
  /** Takes a `deliver_sm`. @returns the status of the answer */
  deliver(pdu: Pdu): Promise<number>
  /** A session began, or it ended or could not begin. */
  changed(reason: Error | undefined): void
}

/** A session with an SMSC that begins anew when it was lost, after longer and longer pauses. */
export class SmppLink {
  readonly #options: SmppLinkOptions
  #bound: SmppConnection | undefined
  #failures = 0
  #isStopped = false
  /** Ends what the link waits for now. */
  #halt: () => void = () => {}
  #running: Promise<void> | undefined

  constructor(options: SmppLinkOptions) {
    this.#options = options
  }

  /** Begins. What fails is tried again until it is stopped. */
  start(): void {
    this.#running = this.#run()
  }

  /** Ends the session as the protocol says, and the connection. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const bound = this.#bound
    this.#bound = undefined
    const cancel = this.#options.after(LONGEST_FAREWELL, () => bound?.end(STOPPED))
    // One that does not answer is left all the same.
    await bound?.request('unbind').catch(() => {})
    cancel()
    this.#halt()
    await this.#running
  }

  /**
   * Sends a request within the session.
   *
   * @throws when there is none, or it ended before the answer
   */
  request(command: string, fields: Fields): Promise<Pdu> {
    return this.#bound?.request(command, fields) ?? Promise.reject(new Error('there is no session with the SMSC'))
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const reason = await this.#session().catch((error: unknown) => error as Error)
      this.#bound = undefined
      if (this.#isStopped) return
      this.#options.changed(reason)
      const { reconnect, longestReconnect } = this.#options.times
      await this.#pause(Math.min(reconnect * 2 ** this.#failures++, longestReconnect))
    }
  }

  /** @returns why it ended @throws when it could not begin */
  async #session(): Promise<Error> {
    const { login, bind, times, after, deliver, changed } = this.#options
    const socket = await this.#connect()
    const connection = new SmppConnection({ socket, times, after, deliver })
    this.#halt = () => connection.end(STOPPED)
    const { systemId, password, systemType } = login
    const answer = await connection.request(bind, {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: INTERFACE_VERSION,
    })
    if (answer.command_status !== STATUS.ok) {
      const error = new Error(`the SMSC refused to bind: status 0x${answer.command_status.toString(16).padStart(8, '0')}`)
      connection.end(error)
      throw error
    }
    this.#bound = connection
    this.#failures = 0
    changed(undefined)
    return connection.ended
  }

  async #connect(): Promise<Socket> {
    const { login, times, after } = this.#options
    const { host, port, isSecured, ca } = login
    const socket = isSecured ? connectSecured({ host, port, ca }) : connectPlain({ host, port })
    socket.setNoDelay(true)
    const made = Promise.withResolvers<void>()
    const failed = (error: Error) => made.reject(isSecured && isReached ? new Error(`${NOT_SECURED}: ${error.message}`) : error)
    let isReached = false
    socket.once('connect', () => {
      isReached = true
    })
    socket.once(isSecured ? 'secureConnect' : 'connect', made.resolve).once('error', failed)
    const cancel = after(times.response, () => made.reject(new Error('the SMSC cannot be reached')))
    this.#halt = () => made.reject(STOPPED)
    try {
      await made.promise
      return socket
    } catch (error) {
      // What it says after that is of no interest, and must not be thrown.
      socket.on('error', () => {}).destroy()
      throw error
    } finally {
      cancel()
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const passed = Promise.withResolvers<void>()
    const cancel = this.#options.after(milliseconds, passed.resolve)
    this.#halt = passed.resolve
    await passed.promise
    cancel()
  }
}
