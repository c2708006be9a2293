import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
// Lets the library leave the bytes of texts as they are, on both sides.
import '@conversa/adapters/smpp'
import smpp, { type PDU, type Session } from 'smpp'

/** What an ESME submitted, as it came. */
export interface Submitted {
  readonly to: string
  readonly from: string
  readonly pdu: PDU
  /** The bytes of the text, with their header. */
  readonly bytes: Buffer
}

const ALREADY_BOUND = 0x05

type Status = number | 'silent' | 'hang-up'

/** An SMSC that keeps what it is sent, and answers as a test says. It can go down and come back on its port. */
export class Smsc {
  readonly submitted: Submitted[] = []
  /** Every request of the ESME. */
  readonly requests: PDU[] = []
  /** The status of the answer to a message; one without an answer is taken all the same. */
  answer: (submitted: Submitted) => Status = () => 0
  /** The status of the answer to a bind. */
  bound = 0
  /** What it calls the messages that it takes. */
  nameOf: (submitted: Submitted) => string = () => `m${++this.#named}`
  isAnsweringEnquiries = true
  /** Binds that it refused, since somebody was bound. Counted only where it lets one be. */
  refused = 0
  /** Whether it lets one ESME be bound at a time. */
  isOnce = false
  port = 0
  /** With them, it speaks TLS. */
  tls: { readonly key?: string; readonly cert?: string } = {}
  #named = 0
  #number = 0
  #server: Server | undefined
  readonly #sessions = new Set<Session>()
  readonly #answers = new Map<number, (pdu: PDU) => void>()
  #begun = Promise.withResolvers<void>()

  static async begin(tls: Smsc['tls'] = {}): Promise<Smsc> {
    const smsc = new Smsc()
    smsc.tls = tls
    await smsc.up()
    return smsc
  }

  async up(): Promise<void> {
    const server = smpp.createServer(this.tls, (session) => this.#serve(session))
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async down(): Promise<void> {
    const server = this.#server
    this.#begun = Promise.withResolvers()
    const closed = new Promise((resolve) => server?.close(resolve))
    for (const session of this.#sessions) session.destroy()
    await closed
  }

  /** Waits until an ESME is bound. */
  begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Ends every session, and waits for the next one. */
  async hangUp(): Promise<void> {
    this.#begun = Promise.withResolvers()
    for (const session of this.#sessions) session.destroy()
    await this.begun()
  }

  /** Does what ends every session; whoever waits for one then waits for the next one. */
  async lost(end: () => Promise<unknown>): Promise<void> {
    this.#begun = Promise.withResolvers()
    await end()
  }

  /** Brings something. @returns the status of the answer */
  async deliver(fields: Readonly<Record<string, unknown>>): Promise<number> {
    return (await this.request('deliver_sm', fields)).command_status
  }

  request(command: string, fields: Readonly<Record<string, unknown>> = {}): Promise<PDU> {
    const number = ++this.#number
    const session = [...this.#sessions].at(-1)
    if (!session) throw new Error('nobody is bound')
    const answer = Promise.withResolvers<PDU>()
    this.#answers.set(number, answer.resolve)
    session.send(new smpp.PDU(command, { ...fields, sequence_number: number }))
    return answer.promise
  }

  #serve(session: Session): void {
    session.on('error', () => session.destroy())
    session.on('close', () => this.#sessions.delete(session))
    session.on('pdu', (pdu) => {
      if (pdu.isResponse()) return this.#answers.get(pdu.sequence_number)?.(pdu)
      this.requests.push(pdu)
      if (pdu.command === 'submit_sm') return this.#take(session, pdu)
      // Whoever unbinds is gone; others may come.
      if (pdu.command === 'unbind') this.#sessions.delete(session)
      if (pdu.command === 'enquire_link' && !this.isAnsweringEnquiries) return
      if (!pdu.command.startsWith('bind_')) return void session.send(pdu.response())
      const isTaken = this.isOnce && this.#sessions.size > 0
      if (isTaken) this.refused++
      const status = isTaken ? ALREADY_BOUND : this.bound
      session.send(pdu.response({ command_status: status, system_id: 'smsc' }))
      if (status !== 0) return
      this.#sessions.add(session)
      this.#begun.resolve()
    })
  }

  #take(session: Session, pdu: PDU): void {
    const { source_addr: from, destination_addr: to, short_message: bytes } = pdu
    const submitted = { from: String(from), to: String(to), bytes: bytes as Buffer, pdu }
    const status = this.answer(submitted)
    if (status === 'hang-up') session.destroy()
    else if (status === 0 || status === 'silent') this.submitted.push(submitted)
    if (status === 0) session.send(pdu.response({ message_id: this.nameOf(submitted) }))
    else if (typeof status === 'number') session.send(pdu.response({ command_status: status }))
  }
}

/** A socket that takes a bind, and then says what a test wants it to. */
export async function rawSmsc(speak: (socket: Socket) => void): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.once('data', (chunk) => {
      const bind = new smpp.PDU(chunk)
      socket.write(bind.response({ system_id: 'raw' }).toBuffer())
      speak(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** A receipt as SMSCs write it. */
export function receiptOf(id: string, stat: string, { error = '000', ...fields }: Record<string, unknown> = {}) {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2611272010 done date:2611272011 stat:${stat} err:${error} text:hello`
  return {
    source_addr: '15551230001',
    destination_addr: '15559990000',
    esm_class: 4,
    short_message: Buffer.from(text),
    ...fields,
  }
}

/** Something that Ben writes. */
export function textOf(text: string, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    source_addr_ton: 1,
    source_addr: '15551230001',
    dest_addr_ton: 1,
    destination_addr: '15559990000',
    data_coding: 0,
    short_message: Buffer.from(text),
    ...fields,
  }
}
