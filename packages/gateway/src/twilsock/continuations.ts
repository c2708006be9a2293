/** A connection whose client may come back on another one. */
interface Left {
  /** Ends it. Settles when everything that it was asked is decided. */
  giveWay(): Promise<void>
}

/**
 * Connections by the token with which their client comes back. A client has one connection at a time: when it is back, the earlier one
 * is over, whether that was noticed or not, and nothing that was sent on it happens any more.
 */
export class Continuations {
  readonly #known = new Map<string, Left>()

  /** @param name of a token, together with the user that it was given to */
  add(name: string, connection: Left): void {
    this.#known.set(name, connection)
  }

  remove(name: string, connection: Left): void {
    if (this.#known.get(name) === connection) this.#known.delete(name)
  }

  /** The client has come back. Tokens of connections that are over, or of another server, name nothing. */
  async supersede(name: string): Promise<void> {
    await this.#known.get(name)?.giveWay()
  }
}
