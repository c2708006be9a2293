/**
 * What a transaction has read or written, by name: each is read once. Its works run one after another, and what one that failed had
 * added is taken back; a list of changes for that costs a send less than a map of its own.
 */
export class KnownRecords {
  readonly #records = new Map<string, unknown>()
  /** What to do to take back what the work at hand did, the last first. */
  readonly #changes: (readonly [name: string, before: unknown, wasKnown: boolean])[] = []

  has(name: string): boolean {
    return this.#records.has(name)
  }

  /** @returns the record; undefined when there is none, or it is not known: `has` tells */
  get(name: string): unknown {
    return this.#records.get(name)
  }

  set(name: string, record: unknown): void {
    this.#change(name)
    this.#records.set(name, record)
  }

  /** It is to be read again. */
  forget(name: string): void {
    this.#change(name)
    this.#records.delete(name)
  }

  forgetAll(): void {
    for (const name of this.#records.keys()) this.#change(name)
    this.#records.clear()
  }

  /** Begins the next work: what is known so far stays. */
  keep(): void {
    this.#changes.length = 0
  }

  /** Takes back what was learnt and changed since the work at hand began. */
  undo(): void {
    for (const [name, before, wasKnown] of this.#changes.reverse()) {
      if (wasKnown) this.#records.set(name, before)
      else this.#records.delete(name)
    }
    this.#changes.length = 0
  }

  #change(name: string): void {
    this.#changes.push([name, this.#records.get(name), this.#records.has(name)])
  }
}

/** Names of records. Identities and keys are any text: the last part alone may have spaces, or how long a part is stands before it. */
export const nameOf = {
  service: (sid: string) => `service ${sid}`,
  roles: (serviceSid: string) => `roles ${serviceSid}`,
  user: (serviceSid: string, identity: string) => `user ${serviceSid} ${identity}`,
  conversation: (sid: string) => `conversation ${sid}`,
  participant: (conversationSid: string, identity: string) => `participant ${conversationSid} ${identity}`,
  message: (conversationSid: string, author: string, key: string) =>
    `message ${conversationSid} ${author.length} ${author}${key}`,
  answer: (owner: string, key: string) => `answer ${owner.length} ${owner}${key}`,
  answers: (owner: string) => `answers ${owner}`,
  listening: (serviceSid: string, conversationSid = '') => `listening ${serviceSid} ${conversationSid}`,
}
