import type { ImportProblem } from '@conversa/core'

/** What an import counts. */
export const COUNTED = [
  'services',
  'roles',
  'users',
  'conversations',
  'participants',
  'messages',
  'receipts',
  'webhooks',
  'files',
] as const

export type Counted = (typeof COUNTED)[number]

/** What the source listed, and what of it is in the store. */
export interface Count {
  listed: number
  stored: number
}

/** What the API does not show, whatever the source holds: it cannot be moved. */
const NOT_SHOWN: readonly string[] = [
  'indexes of messages that were removed after the last one that is there, unless somebody has read them',
  'how long timers are; they lead to the moments that are shown',
  'who edited a message last',
  'which timer a conversation has that is inactive, until it is active again',
  'names and levels of e-mail participants, where the source does not show them',
  'devices that are registered for push: applications register them again',
  'access tokens and the keys that sign them',
]

/** Problems that are kept by name: memory does not grow with what is wrong at the source. */
const PROBLEMS_KEPT = 10_000

/** What became of an import, for people and as JSON. */
export class Report {
  readonly #source: string
  readonly #counts = new Map<Counted, Count>(COUNTED.map((name) => [name, { listed: 0, stored: 0 }]))
  readonly #problems = new Map<string, ImportProblem>()
  #furtherProblems = 0
  readonly services: string[] = []
  /** Conversations that are gone at the source and were removed here. */
  removed = 0

  constructor(source: string) {
    this.#source = source
  }

  listed(name: Counted, count = 1): void {
    this.#of(name).listed += count
  }

  stored(name: Counted, count = 1): void {
    this.#of(name).stored += count
  }

  add(problems: readonly ImportProblem[]): void {
    for (const problem of problems) {
      const name = `${problem.sid} ${problem.reason}`
      if (this.#problems.has(name) || this.#problems.size < PROBLEMS_KEPT) this.#problems.set(name, problem)
      else this.#furtherProblems++
    }
  }

  get losses(): readonly ImportProblem[] {
    return [...this.#problems.values()].filter(({ isLost }) => isLost)
  }

  get notes(): readonly ImportProblem[] {
    return [...this.#problems.values()].filter(({ isLost }) => !isLost)
  }

  /** Whether all that was listed is in the store as it was listed. */
  get isVerified(): boolean {
    return (
      this.#furtherProblems === 0 &&
      this.losses.length === 0 &&
      this.#counts.values().every(({ listed, stored }) => listed === stored)
    )
  }

  toJSON(): object {
    return {
      source: this.#source,
      services: this.services,
      verified: this.isVerified,
      counts: Object.fromEntries(this.#counts),
      removed: this.removed,
      losses: this.losses.map(withoutWeight),
      notes: this.notes.map(withoutWeight),
      furtherProblems: this.#furtherProblems,
      notShown: NOT_SHOWN,
    }
  }

  /** Lines for people. */
  *lines(): Generator<string> {
    for (const [name, { listed, stored }] of this.#counts) {
      yield `${name.padEnd(14)} ${String(listed).padStart(9)} listed ${String(stored).padStart(9)} stored${listed === stored ? '' : '  <-- differs'}`
    }
    if (this.removed > 0) yield `removed here, since they are gone at the source: ${this.removed} conversations`
    if (this.losses.length > 0) yield 'not brought over:'
    for (const { resource, sid, reason } of this.losses) yield `  ${resource} ${sid}: ${reason}`
    if (this.notes.length > 0) yield 'brought over, but to be known:'
    for (const { resource, sid, reason } of this.notes) yield `  ${resource} ${sid}: ${reason}`
    if (this.#furtherProblems > 0) yield `and ${this.#furtherProblems} further problems`
    yield 'not shown by this API, so not moved:'
    for (const line of NOT_SHOWN) yield `  ${line}`
    yield this.isVerified ? 'everything that was listed is here, as it was listed' : 'not everything is here: see above'
  }

  #of(name: Counted): Count {
    return this.#counts.get(name) as Count
  }
}

const withoutWeight = ({ resource, sid, reason }: ImportProblem) => ({ resource, sid, reason })
