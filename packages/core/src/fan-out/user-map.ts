import type { UserKey } from '../ports/store.ts'

/** Something for each of some users, without a name of its own for each of them. */
export class UserMap<Value> {
  /** By service, then by identity. */
  readonly #ofServices = new Map<string, Map<string, Value>>()

  get({ serviceSid, identity }: UserKey): Value | undefined {
    return this.#ofServices.get(serviceSid)?.get(identity)
  }

  has({ serviceSid, identity }: UserKey): boolean {
    return this.#ofServices.get(serviceSid)?.has(identity) ?? false
  }

  set({ serviceSid, identity }: UserKey, value: Value): void {
    const known = this.#ofServices.get(serviceSid)
    if (known) known.set(identity, value)
    else this.#ofServices.set(serviceSid, new Map([[identity, value]]))
  }

  delete({ serviceSid, identity }: UserKey): void {
    const known = this.#ofServices.get(serviceSid)
    known?.delete(identity)
    if (known?.size === 0) this.#ofServices.delete(serviceSid)
  }

  /** Of all users. */
  all(): Value[] {
    return [...this.#ofServices.values()].flatMap((known) => [...known.values()])
  }

  /** Of all users of a service. */
  ofService(serviceSid: string): Value[] {
    return [...(this.#ofServices.get(serviceSid)?.values() ?? [])]
  }
}
