import type { Client, ConnectionError, ConnectionState } from '../index.ts'
import { useClientStatus } from './provider.ts'
import { Store, storeOf, useSource } from './source.ts'

/** The connection to the server. */
export interface ConnectionView {
  readonly state: ConnectionState
  /** What failed last; undefined while there is a connection. */
  readonly error: ConnectionError | undefined
}

const CONNECTING: ConnectionView = { state: 'connecting', error: undefined }

class Connection extends Store<ConnectionView> {
  readonly #client: Client | undefined

  constructor(client?: Client) {
    super(client ? { state: client.connectionState, error: undefined } : CONNECTING)
    this.#client = client
  }

  protected override start(): () => void {
    const client = this.#client
    if (!client) return () => {}
    const moved = () => {
      const state = client.connectionState
      const { state: before, error } = this.snapshot()
      if (state !== before) this.set({ state, error: state === 'connected' ? undefined : error })
    }
    const failed = (error: ConnectionError) => this.set({ state: client.connectionState, error })
    client.on('connectionStateChanged', moved).on('connectionError', failed)
    moved()
    return () => client.off('connectionStateChanged', moved).off('connectionError', failed)
  }
}

const NOBODYS = new Connection()
const connectionOf = storeOf((client: Client) => new Connection(client))

/** How the connection stands. */
export function useConnection(): ConnectionView {
  const { client } = useClientStatus()
  return useSource(client ? connectionOf(client) : NOBODYS)
}
