/** What a store throws that cannot do it now, but may in a moment: its database does not answer, or has too much to do. */
export class StoreUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`unable to use the store: ${reason}`, { cause })
  }
}
