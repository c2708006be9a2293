import type { Socket } from 'node:net'
import type { After } from '@conversa/core'
import { type Fields, HEAD, LONGEST_FRAME, type Pdu, pduOf, readPdu, STATUS } from './pdu.ts'

/** Requests of the other side that are worked on at once; it is not read from while there are more. */
const MOST_AT_ONCE = 100
/** Bytes that wait for a side that does not read. */
const MOST_UNREAD = 1024 * 1024
/** Of the numbers of commands: these are answers. */
const FIRST_ANSWER = 0x80000000

/** Milliseconds. */
export interface SmppTimes {
  /** Until a silent connection is asked whether it lives. */
  readonly enquireLink: number
  /** In which the other side has to answer. */
  readonly response: number
}

export interface SmppConnectionOptions {
  readonly socket: Socket
  readonly after: After
  readonly times: SmppTimes
  /** Takes a `deliver_sm`. @returns the status of the answer */
  deliver(pdu: Pdu): Promise<number>
}

interface Pending {
  readonly command: string
  readonly answer: PromiseWithResolvers<Pdu>
  readonly cancel: () => void
}

/**
 * One connection to an SMSC: cuts what comes into frames, numbers requests and finds their answers, keeps the connection alive.
 * What cannot be read is answered with `generic_nack`; where the next frame would begin is unknown after a wrong length, and the
 * connection ends.
 */
export class SmppConnection {
  /** Why it ended, once it has. */
  readonly ended: Promise<Error>
  readonly #options: SmppConnectionOptions
  readonly #ended = Promise.withResolvers<Error>()
  readonly #pending = new Map<number, Pending>()
  #received: Buffer = Buffer.alloc(0)
  #number = 0
  #atOnce = 0
  #reason: Error | undefined
  #stopEnquiring: () => void = () => {}

  constructor(options: SmppConnectionOptions) {
    this.#options = options
    this.ended = this.#ended.promise
    const { socket } = options
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.end(error))
    socket.on('close', () => this.end(new Error('the SMSC closed the connection')))
    this.#enquireLater()
  }

  /**
   * Sends a request.
   *
   * @returns the answer, whatever its status; `generic_nack` is one too
   * @throws when the connection ended before it came, or it did not come in time
   */
  request(command: string, fields: Fields = {}): Promise<Pdu> {
    if (this.#reason) return Promise.reject(this.#reason)
    this.#number = (this.#number % 0x7fffffff) + 1
    const number = this.#number
    const answer = Promise.withResolvers<Pdu>()
    const late = () => this.end(new Error(`the SMSC did not answer ${command} in time`))
    const cancel = this.#options.after(this.#options.times.response, late)
    this.#pending.set(number, { command, answer, cancel })
    this.#write(pduOf(command, { ...fields, sequence_number: number }))
    return answer.promise
  }

  /** Ends it at once. @param reason what requests under way are told */
  end(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.#stopEnquiring()
    // What was written last is still sent.
    this.#options.socket.end(() => this.#options.socket.destroy())
    this.#options.socket.setTimeout(this.#options.times.response, () => this.#options.socket.destroy())
    this.#options.socket.removeAllListeners('data').resume()
    for (const { answer, cancel } of this.#pending.values()) {
      cancel()
      answer.reject(reason)
    }
    this.#pending.clear()
    this.#ended.resolve(reason)
  }

  #enquireLater(): void {
    this.#stopEnquiring()
    this.#stopEnquiring = this.#options.after(this.#options.times.enquireLink, () => {
      // Who does not answer in time has lost the connection; that is all there is to it.
      this.request('enquire_link').catch(() => {})
      this.#enquireLater()
    })
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    for (let frame = this.#nextFrame(); frame && !this.#reason; frame = this.#nextFrame()) {
      const pdu = readPdu(frame)
      const number = frame.readUInt32BE(12)
      if (frame.readUInt32BE(4) >= FIRST_ANSWER) this.#settle(number, pdu)
      else if (pdu) this.#take(pdu)
      else this.#nack(number, STATUS.invalidMessageLength)
    }
  }

  /** @returns undefined when none is there as a whole */
  #nextFrame(): Buffer | undefined {
    if (this.#received.length < 4) return undefined
    const length = this.#received.readUInt32BE(0)
    if (length < HEAD || length > LONGEST_FRAME) {
      this.#nack(0, STATUS.invalidCommandLength)
      this.end(new Error(`the SMSC sent a frame of ${length} bytes`))
      return undefined
    }
    if (this.#received.length < length) return undefined
    const frame = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return frame
  }

  #take(pdu: Pdu): void {
    this.#enquireLater()
    switch (pdu.command) {
      case 'deliver_sm':
        void this.#deliver(pdu)
        break
      case 'enquire_link':
        this.#write(pdu.response())
        break
      case 'unbind':
        this.#write(pdu.response())
        this.end(new Error('the SMSC ended the session'))
        break
      case 'alert_notification':
        break
      default:
        this.#nack(pdu.sequence_number, STATUS.invalidCommand)
    }
  }

  #settle(number: number, pdu: Pdu | undefined): void {
    const pending = this.#pending.get(number)
    if (!pending) return
    if (pdu?.command !== `${pending.command}_resp` && pdu?.command !== 'generic_nack') {
      // An answer that says something else says nothing: whether the request was taken is not known.
      this.end(new Error(`the SMSC answered ${pending.command} with what is no answer to it`))
      return
    }
    this.#pending.delete(number)
    pending.cancel()
    pending.answer.resolve(pdu)
    this.#enquireLater()
  }

  async #deliver(pdu: Pdu): Promise<void> {
    const { socket, deliver } = this.#options
    if (++this.#atOnce >= MOST_AT_ONCE) socket.pause()
    try {
      this.#write(pdu.response({ command_status: await deliver(pdu) }))
    } finally {
      if (--this.#atOnce < MOST_AT_ONCE) socket.resume()
    }
  }

  #nack(number: number, status: number): void {
    this.#write(pduOf('generic_nack', { command_status: status, sequence_number: number }))
  }

  #write(pdu: Pdu): void {
    const { socket } = this.#options
    if (this.#reason || !socket.writable) return
    socket.write(pdu.toBuffer())
    if (socket.writableLength > MOST_UNREAD) this.end(new Error('the SMSC does not read'))
  }
}
