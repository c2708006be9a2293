import { SmppAdapter, type SmppOptions } from '@conversa/adapters/smpp'
import type { ChannelRoute } from '@conversa/core'
import { IncomingFile, systemClock } from '@conversa/server'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { receiptOf, Smsc, type Submitted, textOf } from './smsc.ts'

const [ACCOUNT] = ACCOUNTS
const [BEN, EVE, OURS] = ['+15551230001', '+15551230002', '+15559990000'] as const
const LONG = 'x'.repeat(400)
const [THROTTLED, INVALID_DESTINATION, TEMPORARY, REJECTED] = [0x58, 0x0b, 0x64, 0x65] as const

const WAIT = { timeout: 10_000 }

/** A server that is an ESME of an SMSC, and people by phone. */
async function scene({
  phones = [BEN],
  answers,
  ...options
}: Partial<SmppOptions> & { readonly phones?: readonly string[]; readonly answers?: ChannelRoute['answers'] } = {}) {
  const smsc = await Smsc.begin()
  onTestFinished(() => smsc.down())
  const reasons: string[] = []
  const adapter = new SmppAdapter({
    name: 'sms',
    login: { host: '127.0.0.1', port: smsc.port, isSecured: false, systemId: 'us', password: 'secret', systemType: '' },
    now: systemClock.now,
    after: systemClock.after,
    newId: () => crypto.randomUUID(),
    changed: (reason) => reason && reasons.push(reason.message),
    ...options,
    times: { reconnect: 10, ...options.times },
  })
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  const server = await startInProcess({
    channels: { routes: [{ account: ACCOUNT, adapter, addresses: [OURS], answers }], inspect },
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create({ friendlyName: 'Order 17' })
  const conversation = v1.conversations(sid)
  for (const phone of phones)
    await conversation.participants.create({ 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': OURS })
  await smsc.begun()
  const say = async (body: string) => (await conversation.messages.create({ author: 'anna', body })).sid
  const receipt = async (messageSid: string) => {
    const [found] = await conversation.messages(messageSid).deliveryReceipts.list()
    return found && [found.status, found.errorCode]
  }
  const becomes = (messageSid: string, ...status: unknown[]) =>
    vi.waitFor(async () => expect(await receipt(messageSid)).toEqual(status), WAIT)
  const bodies = async () => (await conversation.messages.list()).map(({ body }) => body)
  return { smsc, server, conversation, say, receipt, becomes, bodies, reasons }
}

const texts = ({ submitted }: Smsc) => submitted.map(({ bytes }) => bytes.toString('latin1'))
const part = (reference: number, total: number, number: number, text: string) => ({
  esm_class: 0x40,
  short_message: Buffer.concat([Buffer.from([5, 0, 3, reference, total, number]), Buffer.from(text)]),
})

describe('an SMSC', () => {
  test('is told who we are, and gets each message with what it needs', async () => {
    const { smsc, say, becomes } = await scene()
    await becomes(await say('Für 5 €'), 'sent', null)
    const [bind] = smsc.requests
    expect(bind).toMatchObject({
      command: 'bind_transceiver',
      system_id: 'us',
      password: 'secret',
      interface_version: 0x34,
    })
    expect(smsc.submitted[0]?.pdu).toMatchObject({
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '15559990000',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '15551230001',
      esm_class: 0,
      registered_delivery: 1,
      data_coding: 0,
    })
    expect(smsc.submitted[0]?.bytes).toEqual(Buffer.from([0x46, 0x7e, 0x72, 0x20, 0x35, 0x20, 0x1b, 0x65]))
    await becomes(await say('😀'), 'sent', null)
    expect(smsc.submitted[1]).toMatchObject({ bytes: Buffer.from('d83dde00', 'hex'), pdu: { data_coding: 8 } })
  })

  test('can want two sessions', async () => {
    const { smsc, say, becomes } = await scene({ sessions: 'two' })
    await vi.waitFor(() => expect(smsc.requests).toHaveLength(2), WAIT)
    expect(smsc.requests.map(({ command }) => command).sort()).toEqual(['bind_receiver', 'bind_transmitter'])
    await becomes(await say('hello'), 'sent', null)
  })

  test('that refuses the session, and then does not, gets everything', async () => {
    const { smsc, say, becomes, reasons } = await scene()
    smsc.bound = 0x0e
    await smsc.down()
    await smsc.up()
    const sid = await say('hello')
    await vi.waitFor(() => expect(reasons).toContain('the SMSC refused to bind: status 0x0000000e'), WAIT)
    smsc.bound = 0
    await becomes(sid, 'sent', null)
  })

  test('that is down for a while gets everything then, once and in order', async () => {
    const { smsc, say, becomes } = await scene()
    await smsc.down()
    const sids = [await say('one'), await say('two'), await say(LONG), await say('four')]
    await smsc.up()
    for (const sid of sids) await becomes(sid, 'sent', null)
    expect(texts(smsc).map((text) => (text.slice(0, 3) === '\x05\0\x03' ? text.charCodeAt(5) : text))).toEqual([
      'one',
      'two',
      1,
      2,
      3,
      'four',
    ])
  })

  test('that hangs up between the parts of a text gets each part once', async () => {
    const { smsc, say, becomes } = await scene()
    smsc.answer = ({ bytes }) =>
      bytes[5] === 3 && smsc.requests.filter(({ command }) => command === 'submit_sm').length === 3 ? 'hang-up' : 0
    await becomes(await say(LONG), 'sent', null)
    expect(smsc.submitted.map(({ bytes }) => [...bytes.subarray(0, 6)])).toEqual([1, 2, 3].map((at) => [5, 0, 3, 0, 3, at]))
  })

  test('that does not answer any more is left for a new session', async () => {
    const { smsc, say, becomes, reasons } = await scene({ times: { enquireLink: 30, response: 1000 } })
    smsc.isAnsweringEnquiries = false
    await vi.waitFor(() => expect(reasons).toContain('the SMSC did not answer enquire_link in time'), WAIT)
    smsc.isAnsweringEnquiries = true
    await becomes(await say('hello'), 'sent', null)
  })

  test('that says that it is too much is let alone for a while', async () => {
    const { smsc, say, becomes } = await scene({ phones: [BEN, EVE] })
    let isTooMuch = true
    const tried: Submitted[] = []
    smsc.answer = (submitted) => {
      tried.push(submitted)
      return isTooMuch ? THROTTLED : 0
    }
    const sid = await say('hello')
    await vi.waitFor(() => expect(tried.length).toBeGreaterThan(0), WAIT)
    isTooMuch = false
    await vi.waitFor(() => expect(smsc.submitted.map(({ to }) => to).sort()).toEqual(['15551230001', '15551230002']), WAIT)
    await becomes(sid, 'sent', null)
  })

  test('is asked for no more at once than its window', async () => {
    const { smsc, say, becomes } = await scene({ phones: [BEN, EVE, '+15551230003'], window: 1, perSecond: 1000 })
    const sid = await say(LONG)
    await becomes(sid, 'sent', null)
    await vi.waitFor(() => expect(smsc.submitted).toHaveLength(9), WAIT)
    const starts = smsc.submitted.map(({ bytes }) => bytes[5])
    expect(starts.filter((at) => at === 3)).toHaveLength(3)
  })

  test('that refuses a message says why', async () => {
    const { smsc, say, becomes } = await scene()
    smsc.answer = ({ bytes }) => (bytes.toString() === 'bad' ? INVALID_DESTINATION : bytes.toString() === 'odd' ? 0x7777 : 0)
    const sids = [await say('bad'), await say('odd'), await say('good')] as const
    await becomes(sids[0], 'failed', 21211)
    await becomes(sids[1], 'failed', 30008)
    await becomes(sids[2], 'sent', null)
  })
})

describe('a delivery receipt', () => {
  test('says what became of a message', async () => {
    const { smsc, say, becomes } = await scene()
    smsc.nameOf = ({ bytes }) => bytes.toString()
    const [good, bad] = [await say('good'), await say('bad')]
    await becomes(bad, 'sent', null)
    expect(await smsc.deliver(receiptOf('bad', 'UNDELIV', { network_error_code: Buffer.from([3, 0, 1]) }))).toBe(0)
    expect(await smsc.deliver(receiptOf('x', 'ENROUTE', { receipted_message_id: 'good', message_state: 2 }))).toBe(0)
    await becomes(good, 'delivered', null)
    await becomes(bad, 'undelivered', 30005)
    expect(await smsc.deliver(receiptOf('good', 'ENROUTE'))).toBe(0)
    await becomes(good, 'delivered', null)
  })

  test('may be faster than the answer to the submit', async () => {
    const { smsc, say, becomes } = await scene()
    smsc.nameOf = ({ bytes }) => {
      void smsc.deliver(receiptOf(bytes.toString(), 'DELIVRD'))
      return bytes.toString()
    }
    await becomes(await say('fast'), 'delivered', null)
  })

  test('of parts: the message is delivered when all are, and not when one is not', async () => {
    const { smsc, say, becomes, receipt } = await scene()
    smsc.nameOf = ({ bytes }) => `${bytes[3]}.${bytes[5]}`
    const [good, bad] = [await say(LONG), await say(LONG)]
    await becomes(bad, 'sent', null)
    for (const id of ['0.3', '0.1']) await smsc.deliver(receiptOf(id, 'DELIVRD'))
    expect(await receipt(good)).toEqual(['sent', null])
    await smsc.deliver(receiptOf('0.2', 'DELIVRD'))
    await becomes(good, 'delivered', null)
    await smsc.deliver(receiptOf('1.1', 'EXPIRED'))
    await becomes(bad, 'undelivered', 30003)
    for (const id of ['1.2', '1.3']) await smsc.deliver(receiptOf(id, 'DELIVRD'))
    await becomes(bad, 'undelivered', 30003)
  })

  test('of what nobody knows is taken, so that it does not come again', async () => {
    const { smsc } = await scene()
    expect(await smsc.deliver({ esm_class: 4, short_message: Buffer.from('no receipt at all') })).toBe(0)
  })
})

describe('what people write', () => {
  test('to opt out or in is answered, to them alone', async () => {
    const { smsc, bodies, say, becomes } = await scene({ phones: [BEN, EVE], answers: { out: 'No more', in: 'Welcome back' } })
    const got = () => smsc.submitted.map(({ to, bytes }) => `${to} ${bytes}`).sort()
    for (const word of ['Stop', 'STOP', 'help']) expect(await smsc.deliver(textOf(word))).toBe(0)
    await vi.waitFor(() => expect(got()).toContain('15551230001 No more'), WAIT)
    expect(await smsc.deliver(textOf('start'))).toBe(0)
    await becomes(await say('hello'), 'sent', null)
    await vi.waitFor(() => expect(smsc.submitted).toHaveLength(8), WAIT)
    const eves = ['STOP', 'Stop', 'hello', 'help', 'start'].map((body) => `15551230002 ${body}`)
    expect(got()).toEqual(['15551230001 No more', '15551230001 Welcome back', '15551230001 hello', ...eves])
    expect(await bodies()).toEqual(['Stop', 'STOP', 'help', 'start', 'hello'])
  })

  test('appears in the conversation, in order, repeated where they repeat it', async () => {
    const { smsc, bodies } = await scene()
    const answers = ['one', 'two', 'two', 'three'].map((text) => smsc.deliver(textOf(text)))
    expect(await Promise.all(answers)).toEqual([0, 0, 0, 0])
    expect(await bodies()).toEqual(['one', 'two', 'two', 'three'])
  })

  test('in parts is one message, whichever part comes first, by header and by TLVs', async () => {
    const { smsc, bodies } = await scene()
    const halves = [part(9, 2, 2, 'e!'), part(9, 2, 1, 'th\x1b')]
    expect(await Promise.all(halves.map((half) => smsc.deliver(textOf('', half))))).toEqual([0, 0])
    const sar = (number: number, text: string) =>
      smsc.deliver(textOf(text, { sar_msg_ref_num: 300, sar_total_segments: 3, sar_segment_seqnum: number }))
    expect(await Promise.all([sar(3, 'c'), sar(1, 'a'), sar(2, 'b')])).toEqual([0, 0, 0])
    expect(await bodies()).toEqual(['th€!', 'abc'])
  })

  test('in parts that come one after another, each after the answer to the one before', async () => {
    const { smsc, bodies } = await scene({ times: { hold: 10 } })
    for (const number of [1, 2, 3]) expect(await smsc.deliver(textOf('', part(1, 3, number, String(number))))).toBe(0)
    expect(await bodies()).toEqual(['123'])
  })

  test('without some parts is brought as it is in the end, also when a reference is used anew', async () => {
    const { smsc, bodies } = await scene({ times: { hold: 1, patience: 200 } })
    for (const text of ['old', 'new']) await smsc.deliver(textOf('', part(1, 3, 2, text)))
    await vi.waitFor(async () => expect(await bodies()).toEqual(['[…]old[…]', '[…]new[…]']), WAIT)
  })

  test("in parts of which the rest never comes is in nobody else's way, however many there are", async () => {
    const { smsc, bodies } = await scene({ phones: [BEN, EVE], times: { hold: 1 } })
    const eve = { source_addr: EVE.slice(1) }
    expect(await smsc.deliver(textOf('', { ...eve, ...part(1, 2, 1, 'from ') }))).toBe(0)
    for (let reference = 1; reference <= 18; reference++)
      expect(await smsc.deliver(textOf('', part(reference, 255, 1, String(reference))))).toBe(0)
    expect(await smsc.deliver(textOf('', { ...eve, ...part(1, 2, 2, 'Eve') }))).toBe(0)
    await vi.waitFor(async () => expect((await bodies()).toSorted()).toEqual(['1[…]', '2[…]', 'from Eve']), WAIT)
  })

  test('is acknowledged when it is stored, and brought again when the store failed', async () => {
    const { smsc, server, bodies } = await scene()
    const original = server.store.transact
    const broken = vi.spyOn(server.store, 'transact').mockImplementation(() => Promise.reject(new Error('the disk is gone')))
    expect(await smsc.deliver(textOf('hello'))).toBe(TEMPORARY)
    const halves = [part(2, 2, 1, 'he'), part(2, 2, 2, 'llo')]
    expect(await Promise.all(halves.map((half) => smsc.deliver(textOf('', half))))).toEqual([TEMPORARY, TEMPORARY])
    broken.mockRestore()
    expect(server.store.transact).toBe(original)
    expect(await bodies()).toEqual([])
    expect(await smsc.deliver(textOf('hello'))).toBe(0)
    for (const half of halves) expect(await smsc.deliver(textOf('', half))).toBe(0)
    expect(await bodies()).toEqual(['hello', 'hello'])
  })

  test('is one message when the SMSC brings it again because the answer was lost', async () => {
    const { smsc, bodies } = await scene()
    expect(await smsc.deliver(textOf('hello'))).toBe(0)
    await smsc.hangUp()
    expect(await smsc.deliver(textOf('hello'))).toBe(0)
    expect(await bodies()).toEqual(['hello'])
    expect(await smsc.deliver(textOf('hello'))).toBe(0)
    expect(await bodies()).toEqual(['hello', 'hello'])
  })

  test('that is no text, or goes to an address that is not ours, is refused for good', async () => {
    const { smsc, bodies } = await scene()
    expect(await smsc.deliver(textOf('x', { data_coding: 4 }))).toBe(REJECTED)
    expect(await smsc.deliver(textOf('x', { destination_addr: '15550000000' }))).toBe(REJECTED)
    expect(await smsc.deliver(textOf('x', { source_addr: 'SHOP', source_addr_ton: 5 }))).toBe(REJECTED)
    expect(await bodies()).toEqual([])
  })
})
