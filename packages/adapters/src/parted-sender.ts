import { createHash } from 'node:crypto'
import type { ChannelAnswer, ChannelMessage, ChannelReport } from '@conversa/core'
import { MessageParts } from './channel-parts.ts'

/** A carrier does not take a part. */
export type NotTaken = Exclude<ChannelAnswer, { readonly outcome: 'sent' }>

/** A carrier's answer to one part: it has it and calls it so, or it does not take it. */
export type PartAnswer = { readonly outcome: 'taken'; readonly id: string } | NotTaken

/** Which part of which message it is; what somebody else repeats to us can be read again. */
export interface PartName {
  /** Our id of the message as it is now: parts of what was edited meanwhile are not those of what it is now. */
  readonly version: string
  readonly at: number
  readonly total: number
}

/** Sends messages part by part, each part once: a try that failed is gone on with where it ended. */
export class PartedSender {
  readonly #parts = new MessageParts()
  /** Sends whose end is not known: who asks again waits for the same. */
  readonly #underWay = new Map<string, Promise<ChannelAnswer>>()

  /**
   * Sends what of a message the carrier does not have.
   *
   * @param lost the code for a message of which the carrier reports a part as lost while others are sent
   * @throws what `submit` throws: whether the carrier has that part is not known
   */
  send<Part>(
    { id, body }: Pick<ChannelMessage, 'id' | 'body'>,
    parts: readonly Part[],
    lost: number,
    submit: (part: Part, name: PartName) => Promise<PartAnswer>,
  ): Promise<ChannelAnswer> {
    const version = `${id} ${createHash('sha256')
      .update(body ?? '')
      .digest('base64url')}`
    const sending = this.#underWay.get(id) ?? this.#send(version, parts, lost, submit).finally(() => this.#underWay.delete(id))
    this.#underWay.set(id, sending)
    return sending
  }

  /** A report says that the carrier has a part, whose answer was lost perhaps. */
  learn({ version, at, total }: PartName, part: string): void {
    const isUnderWay = this.#underWay.has(version.split(' ')[0] ?? '')
    if (!isUnderWay && this.#parts.taken(version) === at) this.#parts.take(version, total, part)
  }

  /** What a report of a part says of the message; see `MessageParts.report`. */
  report(report: ChannelReport): ChannelReport | null {
    return this.#parts.report(report)
  }

  async #send<Part>(
    version: string,
    parts: readonly Part[],
    lost: number,
    submit: (part: Part, name: PartName) => Promise<PartAnswer>,
  ): Promise<ChannelAnswer> {
    const total = parts.length
    for (const [at, part] of parts.entries()) {
      if (at < this.#parts.taken(version)) continue
      const answer = await submit(part, { version, at, total })
      if (answer.outcome !== 'taken') return answer
      this.#parts.take(version, total, answer.id || `${version} ${at}`)
    }
    // A report may be faster than the answer to the last part.
    const { id = version, status = 'sent', code = lost } = this.#parts.reportOf(version) ?? {}
    if (status === 'undelivered' || status === 'failed') return { outcome: 'refused', code }
    return { outcome: 'sent', id, status: status === 'delivered' || status === 'read' ? 'delivered' : 'sent' }
  }
}
