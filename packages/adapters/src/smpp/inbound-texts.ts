import { type After, type ChannelDoor, Refusal } from '@conversa/core'
import { type InboundSegment, type PartPlace, textOf } from './inbound-segment.ts'
import { STATUS } from './pdu.ts'
import { Redelivery } from './redelivery.ts'

/** Texts of which parts are missing: all, and those of one pair of addresses. Beyond, the oldest goes on without them (reliability B43). */
const MOST = 1000
const MOST_OF_PAIR = 16
/** Bytes of all their parts. */
const MOST_BYTES = 8 * 1024 * 1024
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
  readonly pair: string
  readonly total: number
  /** When its first part came, milliseconds since 1970. */
  readonly since: number
  readonly segments: Map<number, InboundSegment>
  /** Tells those that wait for their answer. */
  readonly settled: PromiseWithResolvers<number>
  /** Parts that are stored or about to be, by their numbers. */
  readonly kept: Map<number, Promise<void>>
  /** Ends the wait for missing parts. */
  cancel: () => void
}

/**
 * Brings texts to the core, each once and those of one person in order, and long ones when all parts are there. What the core has not
 * stored is not acknowledged: parts of a text that is waited for are stored as such first, and known again after a crash or on another node.
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

  /** Goes on with the texts of which parts are stored. @throws when they cannot be read */
  async open(): Promise<void> {
    for (const { message: id, content, dateCreated: since } of await this.#options.door.keptParts()) {
      const { bytes, ...rest }: StoredSegment = JSON.parse(content)
      const segment = { ...rest, bytes: Buffer.from(bytes, 'base64') }
      const name = nameOf(segment, segment.part)
      const other = this.#gathering.get(name)
      if (other && other.id !== id) await this.#bringGathered(name, other)
      const gathering = this.#gathering.get(name) ?? this.#begin(name, segment, { id, total: segment.part.total, since })
      gathering.segments.set(segment.part.number, segment)
      gathering.kept.set(segment.part.number, Promise.resolve())
    }
    // They were whole when the process ended before it could say so.
    for (const [name, gathering] of this.#gathering) if (isWhole(gathering)) await this.#bringGathered(name, gathering)
  }

  /** Ends what waits: what is not acknowledged is brought again, and all else is stored. */
  async close(): Promise<void> {
    for (const { cancel, settled } of this.#gathering.values()) {
      cancel()
      settled.resolve(STATUS.temporaryError)
    }
    this.#gathering.clear()
    await Promise.all(this.#last.values())
  }

  #takeNew(segment: InboundSegment, id: string): Promise<number> {
    return segment.part ? this.#gather(segment, segment.part, id) : this.#bring([segment], id)
  }

  async #gather(segment: InboundSegment, part: PartPlace, id: string): Promise<number> {
    const name = nameOf(segment, part)
    const known = this.#gathering.get(name)
    const other = known?.segments.get(part.number)
    // The phone has begun to count anew: what it sent before stays without its missing parts.
    if (known && other && other.key !== segment.key) await this.#bringGathered(name, known)
    const gathering =
      this.#gathering.get(name) ?? this.#begin(name, segment, { id, total: part.total, since: this.#options.now() })
    gathering.segments.set(part.number, segment)
    if (isWhole(gathering)) return this.#bringGathered(name, gathering)
    this.#makeRoom(gathering.pair)
    const held = Promise.withResolvers<number>()
    const cancel = this.#options.after(this.#options.times.hold, () => {
      const kept = this.#keep(gathering, { ...segment, part })
      kept.then(
        () => held.resolve(STATUS.ok),
        () => held.resolve(STATUS.temporaryError),
      )
    })
    const status = await Promise.race([gathering.settled.promise, held.promise])
    cancel()
    return status
  }

  /** Stores a part: whoever acknowledges it may end. */
  #keep(gathering: Gathering, { bytes, ...segment }: InboundSegment & { readonly part: PartPlace }): Promise<void> {
    const stored: StoredSegment = { ...segment, bytes: bytes.toString('base64') }
    const { number } = segment.part
    const part = { message: gathering.id, number, content: JSON.stringify(stored), dateCreated: gathering.since }
    const kept = this.#options.door.keepPart(part)
    gathering.kept.set(number, kept)
    return kept
  }

  #begin(
    name: string,
    { address, proxyAddress }: InboundSegment,
    { id, total, since }: Pick<Gathering, 'id' | 'total' | 'since'>,
  ): Gathering {
    const { after, now, times } = this.#options
    const left = Math.max(since + times.patience - now(), 0)
    const gathering: Gathering = {
      id,
      pair: pairOf(address, proxyAddress),
      total,
      since,
      segments: new Map(),
      settled: Promise.withResolvers(),
      kept: new Map(),
      cancel: after(left, () => void this.#bringGathered(name, gathering)),
    }
    this.#gathering.set(name, gathering)
    return gathering
  }

  /** Whoever sends parts of which the rest never comes fills neither the memory nor the store, and is in nobody else's way. */
  #makeRoom(pair: string): void {
    const all = [...this.#gathering]
    const ofPair = all.filter(([, gathering]) => gathering.pair === pair)
    const bytes = all.reduce((sum, [, { segments }]) => sum + bytesOf(segments), 0)
    const [oldest] = ofPair.length > MOST_OF_PAIR ? ofPair : all.length > MOST || bytes > MOST_BYTES ? all : []
    if (oldest) void this.#bringGathered(...oldest)
  }

  /** @returns the status of the answers to its parts */
  async #bringGathered(name: string, gathering: Gathering): Promise<number> {
    const { id, total, segments, settled, kept } = gathering
    gathering.cancel()
    if (this.#gathering.get(name) === gathering) this.#gathering.delete(name)
    const status = await this.#bring(runsOf(total, segments), id)
    settled.resolve(status)
    if (status === STATUS.temporaryError) this.#putBack(name, gathering)
    else {
      this.#redelivery.stored([...segments.values()].map(({ key }) => key))
      if (kept.size > 0) void this.#forget(gathering)
    }
    return status
  }

  /** What stays because the store fails is brought again at the next start, under its name, and is the same message. */
  async #forget({ id, kept }: Gathering): Promise<void> {
    await Promise.allSettled(kept.values())
    await this.#options.door.forgetParts(id).catch(() => {})
  }

  /** The store failed: parts that were acknowledged are not brought again, so they wait for those that are, or for better times. */
  #putBack(name: string, { id, total, segments, kept }: Gathering): void {
    const [first] = segments.values()
    if (!first) return
    const gathering = this.#gathering.get(name) ?? this.#begin(name, first, { id, total, since: this.#options.now() })
    if (gathering.id === id) for (const [number, stored] of kept) gathering.kept.set(number, stored)
    for (const [number, segment] of segments) if (!gathering.segments.has(number)) gathering.segments.set(number, segment)
  }

  #bring(segments: readonly (InboundSegment | typeof MISSING)[], id: string): Promise<number> {
    const first = segments.find((each) => each !== MISSING) as InboundSegment
    const { address, proxyAddress } = first
    const pair = pairOf(address, proxyAddress)
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

/** A part as it is stored. */
type StoredSegment = Omit<InboundSegment, 'bytes' | 'part'> & { readonly part: PartPlace; readonly bytes: string }

const pairOf = (address: string, proxyAddress: string) => JSON.stringify([address, proxyAddress])

const nameOf = ({ address, proxyAddress }: InboundSegment, { reference, total }: PartPlace) =>
  JSON.stringify([address, proxyAddress, reference, total])

const isWhole = ({ segments, total }: Gathering) => segments.size === total

const bytesOf = (segments: Gathering['segments']) => segments.values().reduce((sum, { bytes }) => sum + bytes.length, 0)

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
