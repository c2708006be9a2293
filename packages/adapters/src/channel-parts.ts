import type { ChannelReport } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { BoundedMap } from './bounded-map.ts'

/** Messages whose parts are remembered; a carrier's last report is seldom later than some thousand messages. */
const MOST = 10_000

/** From the worst to the best that can be said of a part: a message is as well as its worst part. */
const ORDER: readonly DeliveryStatus[] = ['failed', 'undelivered', 'queued', 'sent', 'delivered', 'read']
/** What is final: nothing that is reported later takes it back. */
const FINAL: readonly DeliveryStatus[] = ['failed', 'undelivered']

interface PartState {
  readonly status: DeliveryStatus
  readonly code?: number | undefined
}

interface PartedMessage {
  readonly total: number
  /** How many of them the carrier has: some give several the same id. */
  taken: number
  /** By what the carrier calls them, in their order. */
  readonly parts: Map<string, PartState>
}

/**
 * Messages that go out in parts, for carriers that know parts alone. A part that the carrier has is not sent again, and what it
 * reports of parts becomes one report of the message, which is known by the id of its last part: so the most usual message, of
 * one part, needs nothing to be remembered, and after a restart the last part speaks for all.
 */
export class MessageParts {
  readonly #messages = new BoundedMap<string, PartedMessage>(MOST)
  readonly #byPart = new BoundedMap<string, PartedMessage>(4 * MOST)

  /** How many parts of a message the carrier has. @param message our id of it */
  taken(message: string): number {
    return this.#messages.get(message)?.taken ?? 0
  }

  /** The carrier has the next part. @param part what it calls it */
  take(message: string, total: number, part: string): void {
    const parted = this.#messages.get(message) ?? { total, taken: 0, parts: new Map() }
    parted.taken++
    parted.parts.set(part, { status: 'sent' })
    this.#messages.set(message, parted)
    this.#byPart.set(part, parted)
  }

  /** What is known of a message all of whose parts the carrier has; undefined while it has not. */
  reportOf(message: string): ChannelReport | undefined {
    const parted = this.#messages.get(message)
    return parted && summed(parted)
  }

  /**
   * Takes a report of a part.
   *
   * @returns what is to be said of the message; `null` when nothing yet; the same report when the part is not known here
   */
  report(report: ChannelReport): ChannelReport | null {
    const parted = this.#byPart.get(report.id)
    if (!parted) return report
    const { status } = parted.parts.get(report.id) ?? {}
    const isNews = status === undefined || (!FINAL.includes(status) && isFurther(report.status, status))
    if (isNews) parted.parts.set(report.id, { status: report.status, code: report.code })
    return summed(parted) ?? null
  }
}

const isFurther = (next: DeliveryStatus, known: DeliveryStatus) =>
  FINAL.includes(next) || ORDER.indexOf(next) > ORDER.indexOf(known)

function summed({ total, taken, parts }: PartedMessage): ChannelReport | undefined {
  const id = [...parts.keys()].at(-1)
  if (id === undefined || taken < total) return undefined
  const [first, ...others] = [...parts.values()] as [PartState, ...PartState[]]
  const worst = others.reduce((a, b) => (ORDER.indexOf(b.status) < ORDER.indexOf(a.status) ? b : a), first)
  return { id, ...worst }
}
