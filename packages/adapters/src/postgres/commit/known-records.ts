import type {
  ConversationRecord,
  KeptAnswer,
  MessageRecord,
  ParticipantRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
  WebhookRecord,
} from '@conversa/core'

/** What is known, by kind, and what it is found by. */
export interface Known {
  /** By its SID. */
  readonly service: ServiceRecord
  /** Of a service, by its SID. */
  readonly roles: ReadonlyMap<string, RoleRecord>
  /** By the SID of their service and their identity. */
  readonly user: UserRecord
  /** By its SID. */
  readonly conversation: ConversationRecord
  /** By the SID of the conversation and their identity. */
  readonly participant: ParticipantRecord
  /** By the SID of the conversation and what `sendName` makes of its author and key. */
  readonly message: MessageRecord
  /** By its owner and key. */
  readonly answer: KeptAnswer
  /** Whether somebody may own any; by the owner. */
  readonly answers: boolean
  /** Webhooks of a service, by its SID; with those of a conversation, by the SID of that too. */
  readonly listening: readonly WebhookRecord[]
}

/** What was known of one owner before a change. */
interface Change {
  readonly records: Map<string, unknown>
  readonly name: string
  readonly before: unknown
  readonly wasKnown: boolean
}

/**
 * What a transaction has read or written: each is read once. It is found by one or two texts, as they come: to make one name of two
 * took a tenth of the time of a send. Works run one after another, and what one that failed had added is taken back; a list of changes for
 * that costs a send less than a map of its own.
 */
export class KnownRecords {
  readonly #records: Readonly<Record<keyof Known, Map<string, Map<string, unknown>>>> = {
    service: new Map(),
    roles: new Map(),
    user: new Map(),
    conversation: new Map(),
    participant: new Map(),
    message: new Map(),
    answer: new Map(),
    answers: new Map(),
    listening: new Map(),
  }
  /** What to take back of what the work at hand did, the last first. */
  readonly #changes: Change[] = []

  has(kind: keyof Known, owner: string, name = ''): boolean {
    return this.#records[kind].get(owner)?.has(name) === true
  }

  /** @returns the record; undefined when there is none, or it is not known: `has` tells */
  get<Kind extends keyof Known>(kind: Kind, owner: string, name = ''): Known[Kind] | undefined {
    return this.#records[kind].get(owner)?.get(name) as Known[Kind] | undefined
  }

  set<Kind extends keyof Known>(kind: Kind, record: Known[Kind] | undefined, owner: string, name = ''): void {
    let records = this.#records[kind].get(owner)
    if (!records) {
      records = new Map()
      this.#records[kind].set(owner, records)
    }
    this.#change(records, name)
    records.set(name, record)
  }

  /** It is to be read again. */
  forget(kind: keyof Known, owner: string, name = ''): void {
    const records = this.#records[kind].get(owner)
    if (!records) return
    this.#change(records, name)
    records.delete(name)
  }

  forgetAll(): void {
    for (const owners of Object.values(this.#records)) {
      for (const records of owners.values()) {
        for (const name of records.keys()) this.#change(records, name)
        records.clear()
      }
    }
  }

  /** Begins the next work: what is known so far stays. */
  keep(): void {
    this.#changes.length = 0
  }

  /** Takes back what was learnt and changed since the work at hand began. */
  undo(): void {
    for (const { records, name, before, wasKnown } of this.#changes.reverse()) {
      if (wasKnown) records.set(name, before)
      else records.delete(name)
    }
    this.#changes.length = 0
  }

  #change(records: Map<string, unknown>, name: string): void {
    this.#changes.push({ records, name, before: records.get(name), wasKnown: records.has(name) })
  }
}

/** One name for who sent a message and its key, which are any text. */
export const sendName = (author: string, key: string) => `${author.length} ${author}${key}`
