import { Client, type ClientOptions } from '../index.ts'
import { Store } from './source.ts'

/** How a client that the provider makes stands. */
export interface ClientStatus {
  readonly status: 'starting' | 'ready' | 'failed'
  /** There as soon as there is a token. */
  readonly client: Client | undefined
  /** Why it failed. */
  readonly error: Error | undefined
}

/** Fetches an access token: at the beginning, and whenever the client needs a new one. */
export type FetchToken = () => Promise<string> | string

/** What a client is made with. */
export interface ClientSetup {
  readonly fetchToken: FetchToken
  readonly options?: Omit<ClientOptions, 'tokenProvider'> | undefined
}

const STARTING: ClientStatus = { status: 'starting', client: undefined, error: undefined }

/** Makes a client when somebody looks, and shuts it down when nobody does any more. */
export class ClientStore extends Store<ClientStatus> {
  readonly #setup: () => ClientSetup
  #end: () => void = () => {}

  /** @param setup gives what the client is made with, at the time */
  constructor(setup: () => ClientSetup) {
    super(STARTING)
    this.#setup = setup
  }

  /** Begins anew, after it failed. */
  readonly retry = (): void => {
    this.#end()
    this.set(STARTING)
    this.#begin()
  }

  protected override start(): () => void {
    this.#begin()
    return () => {
      this.#end()
      this.set(STARTING)
    }
  }

  #begin(): void {
    let client: Client | undefined
    let isOver = false
    const failed = (error: Error) => {
      if (!isOver) this.set({ status: 'failed', client, error })
    }
    this.#end = () => {
      isOver = true
      client?.shutdown().catch(failed)
    }
    const tokenProvider = () => this.#setup().fetchToken()
    const make = (token: string) => {
      if (isOver) return
      const made = new Client(token, { ...this.#setup().options, tokenProvider })
      client = made
      made.on('initialized', () => this.set({ status: 'ready', client: made, error: undefined }))
      made.on('initFailed', ({ error }) => failed(new Error(error.message)))
      this.set({ status: 'starting', client: made, error: undefined })
    }
    Promise.resolve().then(tokenProvider).then(make).catch(failed)
  }
}

/** A client that the application made itself. */
export class GivenClientStore extends Store<ClientStatus> {
  readonly #client: Client

  constructor(client: Client) {
    super({ status: client.user.identity ? 'ready' : 'starting', client, error: undefined })
    this.#client = client
  }

  readonly retry = (): void => {}

  protected override start(): () => void {
    const client = this.#client
    if (this.snapshot().status === 'ready') return () => {}
    const ready = () => this.set({ status: 'ready', client, error: undefined })
    const failed = (error: Error) => this.set({ status: 'failed', client, error })
    // Whatever waits for the client settles when it is initialized, also when that was long ago.
    client.getSubscribedUsers().then(ready, failed)
    return () => {}
  }
}
