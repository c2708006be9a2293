import { randomUUID } from 'node:crypto'
import { MemoryBlobs, MemoryStore } from '@conversa/adapters/memory'
import type { Core } from '@conversa/core'
import { createLogger, type Server, serverMetrics, systemClock } from '@conversa/server'
import { assemble } from '../assemble.ts'
import { inspect } from '../channels.ts'
import type { Credentials } from '../config.ts'
import type { People } from './people.ts'
import { Phones } from './phones.ts'
import { TestClock } from './test-clock.ts'

export interface RunningServerOptions {
  readonly credentials: Credentials
  readonly log: ((line: string) => void) | undefined
  /** Milliseconds that a webhook has to answer. */
  readonly webhookDeadline: number | undefined
}

/** A server on a store in memory, which outlives each of its runs, by a clock that can be put ahead. */
export class RunningServer {
  readonly clock = new TestClock()
  readonly phones = new Phones()
  readonly #options: RunningServerOptions
  readonly #store = new MemoryStore({ epoch: randomUUID() })
  readonly #blobs = new MemoryBlobs()
  #run: { readonly core: Core; readonly server: Server } | undefined
  #advancing: Promise<void> = Promise.resolve()

  constructor(options: RunningServerOptions) {
    this.#options = options
  }

  /** Begins to serve. @param port 0 takes any free one @returns the address @throws when the port is taken */
  async start(port: number): Promise<string> {
    if (this.#run) throw new Error('unable to start: the server runs')
    const { log, webhookDeadline } = this.#options
    const { accountSid, authToken, serviceSid, apiKeySid, apiKeySecret } = this.#options.credentials
    const write = (line: string) => log?.(line)
    const run = await assemble({
      store: this.#store,
      blobs: this.#blobs,
      services: [{ sid: serviceSid, accountSid, friendlyName: 'of a test' }],
      channels: { routes: [{ account: { sid: accountSid, serviceSid }, adapter: this.phones, addresses: ['*'] }], inspect },
      hooks: { mayBePrivate: true, deadline: webhookDeadline },
      clock: this.clock,
      transport: systemClock,
      logger: createLogger({ level: log ? 'debug' : 'silent', destination: { write } }),
      metrics: serverMetrics(false),
      apiKeys: [{ sid: apiKeySid, accountSid, secret: apiKeySecret }],
      accounts: [{ sid: accountSid, authToken, serviceSid }],
      // There is one clock, and nobody to be spared.
      times: { expiryLeeway: 0 },
      returnWithin: 0,
    })
    const url = await run.server.listen(port, '127.0.0.1')
    this.#run = run
    this.phones.url = url
    return url
  }

  /** Ends the run, if there is one. What is kept stays. */
  async stop(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    await run?.server.close()
    this.clock.clear()
  }

  /** Waits until what was begun has been told. */
  async settled(people: People): Promise<void> {
    await people.settled()
    await this.#run?.server.settled((port) => people.isReachable(port))
  }

  /** Lets time pass; see `TestServer.advance`. One after another, for those who do not wait. */
  advance(ms: number, people: People): Promise<void> {
    const advanced = this.#advancing.then(() => this.#advance(ms, people))
    this.#advancing = advanced.catch(() => {})
    return advanced
  }

  async #advance(ms: number, people: People): Promise<void> {
    if (!(ms >= 0)) throw new RangeError('unable to advance: the milliseconds must be 0 or more')
    const { clock } = this
    const ahead = clock.ahead + ms
    await this.#settledAll(people)
    for (;;) {
      const due = await this.#nextDue(systemClock.now() + ahead)
      if (due === undefined) break
      clock.putAhead(Math.min(ahead, due - systemClock.now()))
      await this.#run?.core.carryOutTimers()
      await this.#settledAll(people)
    }
    clock.putAhead(ahead)
    await this.#run?.core.collectMedia()
    await this.#settledAll(people)
  }

  /** When the first thing is due by a time, of what waits in the process and of what is kept. */
  async #nextDue(by: number): Promise<number | undefined> {
    const times = [this.clock.nextDue(by), await this.#run?.core.nextTimer(by)]
    const known = times.filter((time) => time !== undefined)
    return known.length > 0 ? Math.min(...known) : undefined
  }

  /** Whoever was told that their token ends may be making another one. */
  async #settledAll(people: People): Promise<void> {
    await this.settled(people)
    await this.settled(people)
  }
}
