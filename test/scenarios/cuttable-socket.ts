import type { Client, ClientOptions } from '@conversa/client'
import { next } from './world.ts'

/** A WebSocket class whose connections can be cut, and what a client does then. */
export class CuttableSocket {
  readonly WebSocket: ClientOptions['WebSocket'] & {}
  #latest: WebSocket | undefined

  constructor() {
    const opened = (socket: WebSocket) => {
      this.#latest = socket
    }
    this.WebSocket = class extends WebSocket {
      constructor(url: string) {
        super(url)
        opened(this)
      }
    } as unknown as ClientOptions['WebSocket'] & {}
  }

  /**
   * Cuts the connection of a client.
   *
   * @param meanwhile is done while there is none
   * @returns settles when the client is connected again
   */
  async cut(client: Client, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
    const lost = next(client, 'connectionStateChanged', (state) => state === 'connecting')
    const found = next(client, 'connectionStateChanged', (state) => state === 'connected')
    this.#latest?.close()
    await lost
    await meanwhile()
    await found
  }
}
