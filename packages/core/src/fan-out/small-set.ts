/** Members beyond which they are kept in a set of the language. */
const FEW = 8

/**
 * A set that mostly has none or few members. There are some for every connection, and an empty one of the language takes five times the memory.
 * The members of a walk are those of its beginning while they are few: whoever is walked over may go meanwhile.
 */
export class SmallSet<Member> {
  #members: readonly Member[] | Set<Member> | undefined

  get size(): number {
    const members = this.#members
    if (members === undefined) return 0
    return members instanceof Set ? members.size : members.length
  }

  has(member: Member): boolean {
    const members = this.#members
    if (members === undefined) return false
    return members instanceof Set ? members.has(member) : members.includes(member)
  }

  add(member: Member): this {
    const members = this.#members
    if (members instanceof Set) members.add(member)
    else if (members === undefined) this.#members = [member]
    else if (!members.includes(member))
      this.#members = members.length < FEW ? [...members, member] : new Set([...members, member])
    return this
  }

  delete(member: Member): void {
    const members = this.#members
    if (members instanceof Set) members.delete(member)
    else if (members?.includes(member))
      this.#members = members.length === 1 ? undefined : members.filter((each) => each !== member)
  }

  [Symbol.iterator](): Iterator<Member> {
    return (this.#members ?? NOBODY)[Symbol.iterator]()
  }
}

const NOBODY: readonly never[] = []
