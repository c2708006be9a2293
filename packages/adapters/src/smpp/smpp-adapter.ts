import type { After, ChannelAdapter, ChannelAnswer, ChannelDoor, ChannelMessage } from '@conversa/core'
import { CarrierPause } from '../carrier-pause.ts'
import { type NotTaken, PartedSender } from '../parted-sender.ts'
import { isReceipt, readReceipt } from './delivery-receipt.ts'
import { readSegment } from './inbound-segment.ts'
import { InboundTexts, type InboundTimes } from './inbound-texts.ts'
import { type Fields, type Pdu, STATUS } from './pdu.ts'
import { shortMessages } from './short-message.ts'
import { SmppLink, type SmppLinkTimes, type SmscLogin } from './smpp-link.ts'
import { QUEUE_FULL, rejectionOf, UNKNOWN } from './submit-status.ts'
import { SubmitWindow } from './submit-window.ts'

/** Milliseconds. */
export type SmppAdapterTimes = SmppLinkTimes & InboundTimes

const TIMES: SmppAdapterTimes = {
  enquireLink: 30_000,
  response: 20_000,
  reconnect: 1000,
  longestReconnect: 60_000,
  hold: 1000,
  patience: 10 * 60_000,
}

const DEFAULT_WINDOW = 10

/** Of addresses (SMPP 3.4, 5.2.5 and 5.2.6). */
const INTERNATIONAL = { ton: 1, npi: 1 } as const
const SHORT_CODE = { ton: 3, npi: 0 } as const
const IS_PART = 0x40
/** A receipt of what became of it in the end. */
const FINAL_RECEIPT = 1

export interface SmppOptions {
  readonly name: string
  readonly login: SmscLogin
  /** One session for both directions, or one for each, where an SMSC wants that. */
  readonly sessions?: 'one' | 'two' | undefined
  /** Requests that wait for their answers at once. */
  readonly window?: number | undefined
  readonly perSecond?: number | undefined
  /** The vendor's codes by what this SMSC writes behind `err:` in receipts. */
  readonly errors?: Readonly<Record<string, number>> | undefined
  readonly after: After
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly newId: () => string
  readonly times?: Partial<SmppAdapterTimes>
  /** A session began, or why there is none. */
  readonly changed?: (reason: Error | undefined) => void
}

/** SMS by SMPP 3.4: this server is the ESME of a carrier's SMSC. */
export class SmppAdapter implements ChannelAdapter {
  readonly name: string
  /** An SMSC lets its account bind as often as it was agreed, which is once as a rule. */
  readonly isSingle = true
  readonly #options: SmppOptions
  readonly #times: SmppAdapterTimes
  readonly #window: SubmitWindow
  readonly #pause: CarrierPause
  readonly #sender = new PartedSender()
  #links: readonly SmppLink[] = []
  #door: ChannelDoor | undefined
  #texts: InboundTexts | undefined

  constructor(options: SmppOptions) {
    const { name, window = DEFAULT_WINDOW, perSecond, after, now } = options
    this.name = name
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
    this.#window = new SubmitWindow({ size: window, perSecond, after, now })
    this.#pause = new CarrierPause(now)
  }

  /** @throws when the parts that are kept cannot be read */
  async open(door: ChannelDoor): Promise<void> {
    const { login, sessions = 'one', after, now, newId } = this.#options
    const times = this.#times
    this.#door = door
    this.#texts = new InboundTexts({ door, times, after, now, newId })
    await this.#texts.open()
    const binds = sessions === 'one' ? (['bind_transceiver'] as const) : (['bind_transmitter', 'bind_receiver'] as const)
    const deliver = (pdu: Pdu) => this.#deliver(pdu)
    const changed = (reason: Error | undefined) => this.#changed(reason)
    this.#links = binds.map((bind) => new SmppLink({ login, bind, times, after, deliver, changed }))
    for (const link of this.#links) link.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.stop()))
    await this.#texts?.close()
  }

  async send(message: ChannelMessage): Promise<ChannelAnswer> {
    const { body, from, to, index } = message
    // Files do not go by SMS, and without a text nothing is left.
    if (!body) return { outcome: 'refused', code: UNKNOWN }
    const pause = this.#pause.left
    if (pause > 0) return { outcome: 'failed', code: QUEUE_FULL, pause }
    // Counted by its place: the same when it is tried again, and another than those of the messages before and after it.
    const { dataCoding, hasHeader, parts } = shortMessages(body, index & 0xff)
    const fields = { ...source(from), ...destination(to), data_coding: dataCoding, esm_class: hasHeader ? IS_PART : 0 }
    return this.#sender.send(message, parts, UNKNOWN, async (part) => {
      const answer = await this.#submit({ ...fields, registered_delivery: FINAL_RECEIPT, short_message: part })
      if (answer.command_status !== STATUS.ok) return this.#rejected(answer.command_status)
      this.#pause.end()
      return { outcome: 'taken', id: String(answer.message_id ?? '') }
    })
  }

  #submit(fields: Fields): Promise<Pdu> {
    const [link] = this.#links
    return this.#window.run(async () => (await link?.request('submit_sm', fields)) as Pdu)
  }

  #rejected(status: number): NotTaken {
    const rejection = rejectionOf(status)
    if (rejection.outcome === 'refused' || !rejection.isThrottled) return rejection
    return { outcome: 'failed', code: rejection.code, pause: this.#pause.begin() }
  }

  async #deliver(pdu: Pdu): Promise<number> {
    if (isReceipt(pdu)) return this.#report(pdu)
    const segment = readSegment(pdu)
    return segment && this.#texts ? this.#texts.take(segment) : STATUS.permanentError
  }

  /** What is not known is not brought again: it is of another node, of another program, or of a message that is gone. */
  async #report(pdu: Pdu): Promise<number> {
    const receipt = readReceipt(pdu, this.#options.errors)
    const report = receipt && this.#sender.report(receipt)
    if (!receipt || !report) return STATUS.ok
    try {
      const isKnown = await this.#door?.report(report)
      // The answer to the send has come meanwhile, and said that it was a part.
      const again = isKnown ? null : this.#sender.report(receipt)
      if (again && again.id !== report.id) await this.#door?.report(again)
      return STATUS.ok
    } catch {
      return STATUS.temporaryError
    }
  }

  #changed(reason: Error | undefined): void {
    if (reason) this.#texts?.sessionEnded()
    this.#options.changed?.(reason)
  }
}

const source = (address: string) => {
  const { ton, npi, digits } = numbered(address)
  return { source_addr_ton: ton, source_addr_npi: npi, source_addr: digits }
}

const destination = (address: string) => {
  const { ton, npi, digits } = numbered(address)
  return { dest_addr_ton: ton, dest_addr_npi: npi, destination_addr: digits }
}

function numbered(address: string) {
  return address.startsWith('+') ? { ...INTERNATIONAL, digits: address.slice(1) } : { ...SHORT_CODE, digits: address }
}
