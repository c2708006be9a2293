import { type After, type ChannelDoor, Refusal } from '@conversa/core'
import { type InboundSegment, type PartPlace, textOf } from './inbound-segment.ts'
import { STATUS } from './pdu.ts'
import { Redelivery } from './redelivery.ts'

/** Texts of which parts are missing. */
const MOST = 1000
/** Stands for a part that never came. */
const MISSING = '[…]'

/** Milliseconds. */
export interface InboundTimes {
  /** That the answer to a part waits for the others: some SMSCs send the next part only after it. */
  readonly hold: number
  /** After which a text is brought without the parts that are still missing. */
  readonly patience: number
}

export interface InboundTextsOptions {
  readonly door: ChannelDoor
  readonly times: InboundTimes
  readonly after: After
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly newId: () => string
}

/** A text whose parts have not all come. */
interface Gathering {
  readonly id: string
  readonly total: number
  readonly segments: Map<number, InboundSegment>
  /** Tells those that wait for their answer. */
  readonly settled: PromiseWithResolvers<number>
  /** Ends the wait for missing parts. */
  cancel: () => void
}

/**
 * Brings texts to the core, each once and those of one person in order, and long ones when all parts are there. What the core has not
 * stored is not acknowledged, but for parts of a text that is waited for: those are kept here alone while the others are on their way.
 */
export class InboundTexts {
  readonly #options: InboundTextsOptions
  readonly #redelivery: Redelivery
  /** The one that has waited longest comes first. */
  readonly #gathering = new Map<string, Gathering>()
  /** What is not answered yet. */
  readonly #unanswered = new Map<string, { readonly session: number; readonly status: Promise<number> }>()
  /** What is done last for each pair of addresses. */
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(options: InboundTextsOptions) {
    this.#options = options
    this.#redelivery = new Redelivery(options.now)
  }

  /** @returns the status of the answer, when it is known */
  take(segment: InboundSegment): Promise<number> {
    const { session } = this.#redelivery
    const known = this.#unanswered.get(segment.key)
    // It waits for the end of what a session that is lost has brought.
    if (known && known.session !== session) return known.status
    const status = this.#take(segment, session).finally(() => {
      if (this.#unanswered.get(segment.key)?.status === status) this.#unanswered.delete(segment.key)
    })
    this.#unanswered.set(segment.key, { session, status })
    return status
  }

  async #take(segment: InboundSegment, session: number): Promise<number> {
    const seen = this.#redelivery.recall(segment.key)
    const id = seen?.id ?? this.#options.newId()
    const status = seen?.isStored ? STATUS.ok : await this.#takeNew(segment, id)
    // What it was told to bring again is to be known again; what is not to be brought again is dealt with.
    this.#redelivery.answer({ key: segment.key, id, isStored: status !== STATUS.temporaryError }, session)
    return status
  }

  /** The last answers may not have arrived. */
  sessionEnded(): void {
    this.#redelivery.sessionEnded()
  }

  /** Brings what there is of texts whose parts have not all come: nobody sends again what was acknowledged. */
  async close(): Promise<void> {
    await Promise.all([...this.#gathering].map(([name, gathering]) => this.#bringGathered(name, gathering)))
  }

  #takeNew(segment: InboundSegment, id: string): Promise<number> {
    return segment.part ? this.#gather(segment, segment.part, id) : this.#bring([segment], id)
  }

  async #gather(segment: InboundSegment, part: PartPlace, id: string): Promise<number> {
    const name = JSON.stringify([segment.address, segment.proxyAddress, part.reference, part.total])
    const known = this.#gathering.get(name)
    const other = known?.segments.get(part.number)
    // The phone has begun to count anew: what it sent before stays without its missing parts.
    if (known && other && other.key !== segment.key) await this.#bringGathered(name, known)
    const gathering = this.#gathering.get(name) ?? this.#begin(name, part.total, id)
    gathering.segments.set(part.number, segment)
    if (gathering.segments.size === gathering.total) return this.#bringGathered(name, gathering)
    const held = Promise.withResolvers<number>()
    const cancel = this.#options.after(this.#options.times.hold, () => held.resolve(STATUS.ok))
    const status = await Promise.race([gathering.settled.promise, held.promise])
    cancel()
    return status
  }

  #begin(name: string, total: number, id: string): Gathering {
    const gathering: Gathering = {
      id,
      total,
      segments: new Map(),
      settled: Promise.withResolvers(),
      cancel: this.#options.after(this.#options.times.patience, () => void this.#bringGathered(name, gathering)),
    }
    const [oldest] = this.#gathering.size >= MOST ? this.#gathering : []
    if (oldest) void this.#bringGathered(...oldest)
    this.#gathering.set(name, gathering)
    return gathering
  }

  /** @returns the status of the answers to its parts */
  async #bringGathered(name: string, gathering: Gathering): Promise<number> {
    const { id, total, segments, settled } = gathering
    gathering.cancel()
    if (this.#gathering.get(name) === gathering) this.#gathering.delete(name)
    const status = await this.#bring(runsOf(total, segments), id)
    settled.resolve(status)
    if (status === STATUS.temporaryError) this.#keep(name, gathering)
    else this.#redelivery.stored([...segments.values()].map(({ key }) => key))
    return status
  }

  /** The store failed: parts that were acknowledged are not brought again, so they wait for those that are, or for better times. */
  #keep(name: string, { id, total, segments }: Gathering): void {
    const gathering = this.#gathering.get(name) ?? this.#begin(name, total, id)
    for (const [number, segment] of segments) if (!gathering.segments.has(number)) gathering.segments.set(number, segment)
  }

  #bring(segments: readonly (InboundSegment | typeof MISSING)[], id: string): Promise<number> {
    const first = segments.find((each) => each !== MISSING) as InboundSegment
    const { address, proxyAddress } = first
    const pair = JSON.stringify([address, proxyAddress])
    const brought = Promise.resolve(this.#last.get(pair)).then(async () => {
      const received = await this.#options.door.receive({ id, address, proxyAddress, body: bodyOf(segments) })
      return received instanceof Refusal ? STATUS.permanentError : STATUS.ok
    })
    const status = brought.catch(() => STATUS.temporaryError)
    this.#last.set(pair, status)
    void status.then(() => this.#last.get(pair) === status && this.#last.delete(pair))
    return status
  }
}

function runsOf(total: number, segments: ReadonlyMap<number, InboundSegment>): (InboundSegment | typeof MISSING)[] {
  return Array.from({ length: total }, (_, at) => segments.get(at + 1) ?? MISSING)
}

function bodyOf(segments: readonly (InboundSegment | typeof MISSING)[]): string {
  const runs: (InboundSegment[] | typeof MISSING)[] = []
  for (const segment of segments) {
    const last = runs.at(-1)
    if (segment === MISSING) {
      if (last !== MISSING) runs.push(MISSING)
    } else if (Array.isArray(last)) last.push(segment)
    else runs.push([segment])
  }
  return runs.map((run) => (run === MISSING ? MISSING : textOf(run))).join('')
}
