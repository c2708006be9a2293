/** Stands for what is to be read again. */
const FORGOTTEN = Symbol('forgotten')

/**
 * What a transaction has read or written, by name: each is read once. A work has its own on top of that of its group, which takes it
 * over when the work succeeded.
 */
export class KnownRecords {
  readonly #below: KnownRecords | undefined
  readonly #records = new Map<string, unknown>()
  #hidesBelow = false

  constructor(below?: KnownRecords) {
    this.#below = below
  }

  has(name: string): boolean {
    const own = this.#records.get(name)
    if (own === FORGOTTEN) return false
    if (own !== undefined || this.#records.has(name)) return true
    return !this.#hidesBelow && this.#below?.has(name) === true
  }

  /** @returns the record; undefined when there is none, or it is not known: `has` tells */
  get(name: string): unknown {
    if (this.#records.has(name)) {
      const own = this.#records.get(name)
      return own === FORGOTTEN ? undefined : own
    }
    return this.#hidesBelow ? undefined : this.#below?.get(name)
  }

  set(name: string, record: unknown): void {
    this.#records.set(name, record)
  }

  forget(name: string): void {
    this.#records.set(name, FORGOTTEN)
  }

  forgetAll(): void {
    this.#records.clear()
    this.#hidesBelow = true
  }

  /** Takes over what those on top of these know better. */
  absorb(above: KnownRecords): void {
    if (above.#hidesBelow) this.forgetAll()
    for (const [name, record] of above.#records) this.#records.set(name, record)
  }
}

/** Names of records. Identities and keys are any text, so the last part alone may have spaces. */
export const nameOf = {
  service: (sid: string) => `service ${sid}`,
  roles: (serviceSid: string) => `roles ${serviceSid}`,
  user: (serviceSid: string, identity: string) => `user ${serviceSid} ${identity}`,
  conversation: (sid: string) => `conversation ${sid}`,
  participant: (conversationSid: string, identity: string) => `participant ${conversationSid} ${identity}`,
  message: (conversationSid: string, author: string, key: string) => `message ${JSON.stringify([conversationSid, author, key])}`,
  answer: (owner: string, key: string) => `answer ${JSON.stringify([owner, key])}`,
  listening: (serviceSid: string, conversationSid = '') => `listening ${serviceSid} ${conversationSid}`,
}
