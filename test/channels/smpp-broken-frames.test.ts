import type { Socket } from 'node:net'
import { SmppAdapter } from '@conversa/adapters/smpp'
import type { ChannelInbound } from '@conversa/core'
import { systemClock } from '@conversa/server'
import fc from 'fast-check'
import smpp, { type PDU } from 'smpp'
import { expect, onTestFinished, test } from 'vitest'
import { rawSmsc, textOf } from './smsc.ts'

const FRAMES = 2000
const NACK = 'generic_nack'

/** An ESME of an SMSC that speaks as a test says, and what it takes in. */
async function scene(speak: (socket: Socket) => void) {
  const smsc = await rawSmsc(speak)
  onTestFinished(smsc.close)
  const received: ChannelInbound[] = []
  const adapter = new SmppAdapter({
    name: 'sms',
    login: { host: '127.0.0.1', port: smsc.port, isSecured: false, systemId: 'us', password: 'secret', systemType: '' },
    now: systemClock.now,
    after: systemClock.after,
    newId: () => crypto.randomUUID(),
    times: { reconnect: 1, longestReconnect: 1, hold: 1, patience: 1 },
  })
  await adapter.open({
    receive: async (inbound) => void received.push(inbound),
    report: async () => false,
    keepPart: async () => {},
    forgetParts: async () => {},
    keptParts: async () => [],
  })
  onTestFinished(() => adapter.close())
  return { received }
}

const delivery = (fields: Readonly<Record<string, unknown>> = {}) =>
  new smpp.PDU('deliver_sm', textOf('hello', { sequence_number: 7, ...fields })).toBuffer()

/** A frame that says that it has a length. */
function lying(frame: Buffer, length: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt32BE(length >>> 0, 0)
  return copy
}

const head = (command: number, body: Uint8Array = Buffer.alloc(0)) => {
  const frame = Buffer.concat([Buffer.alloc(16), body])
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(command >>> 0, 4)
  frame.writeUInt32BE(7, 12)
  return frame
}

const COMMANDS = [0x5, 0x4, 0x15, 0x6, 0xb, 0x21, 0x102, 0x103, 0x111, 0x80000004, 0x80000009, 0x80000015, 0x80000000]
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))

/** Frames that are wrong in one way each, or in all. */
const broken = fc.oneof(
  fc.tuple(fc.nat(0xffffffff), bytes(64)).map(([length, body]) => lying(head(0x5, body), length)),
  fc.nat(15).map((length) => lying(delivery(), length)),
  fc.tuple(fc.nat(0xffffffff), bytes(64)).map(([command, body]) => head(command, body)),
  fc.tuple(fc.constantFrom(...COMMANDS), bytes(300)).map(([command, body]) => head(command, body)),
  // Cut off, with a length that fits again.
  fc.nat(delivery().length - 17).map((cut) => head(0x5, delivery().subarray(16, delivery().length - 1 - cut))),
  // A TLV that is shorter than it says, or than it must be.
  fc.tuple(fc.nat(0xffff), fc.nat(0xffff), bytes(8)).map(([tag, length, value]) => {
    const tlv = Buffer.alloc(4)
    tlv.writeUInt16BE(tag, 0)
    tlv.writeUInt16BE(length, 2)
    return head(0x5, Buffer.concat([delivery().subarray(16), tlv, value]))
  }),
  // One byte of a right one is another.
  fc.tuple(fc.nat(delivery().length - 1), fc.nat(255)).map(([at, value]) => {
    const frame = delivery()
    frame[at] = value
    return frame
  }),
  bytes(64),
)

test(`${FRAMES} broken frames end the session or are answered, and the next session works`, async () => {
  const frames = fc.sample(broken, { numRuns: FRAMES, seed: 7 })
  const survived = Promise.withResolvers<void>()
  let sessions = 0
  const { received } = await scene((socket) => {
    sessions++
    const next = () => {
      const frame = frames.shift()
      if (!frame) return socket.write(delivery({ sequence_number: 99, short_message: Buffer.from('the last one') }))
      socket.write(frame)
      // What is too short for what it says is not one: the end of it comes with the next.
      return socket.write(head(0x15))
    }
    let last = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      last = Buffer.concat([last, chunk])
      while (last.length >= 16 && last.length >= last.readUInt32BE(0)) {
        const pdu: PDU = new smpp.PDU(last.subarray(0, last.readUInt32BE(0)))
        last = last.subarray(last.readUInt32BE(0))
        if (pdu.command === 'deliver_sm_resp' && pdu.sequence_number === 99) return survived.resolve()
        if (pdu.command === 'enquire_link_resp') next()
      }
      return undefined
    })
    // Frames that wait for more bytes wait for ever: who sends so is done, and calls again.
    socket.setTimeout(50, () => socket.destroy())
    next()
  })
  await survived.promise
  expect(frames).toHaveLength(0)
  expect(sessions).toBeGreaterThan(1)
  const last = { address: '+15551230001', proxyAddress: '+15559990000', body: 'the last one' }
  expect(received).toContainEqual(expect.objectContaining(last))
}, 120_000)

test.each([
  ['an unknown command', head(0x0badf00d), NACK, 3],
  ['a command that no SMSC has', head(0x4), NACK, undefined],
  ['a text that is cut off', head(0x5, delivery().subarray(16, -2)), NACK, 1],
  ['a TLV that is cut off', head(0x5, Buffer.concat([delivery().subarray(16), Buffer.from('001e00ff61', 'hex')])), NACK, 1],
  ['a length below that of a head', lying(delivery(), 12), NACK, 2],
  ['a length beyond all measure', lying(delivery(), 0xfffffff0), NACK, 2],
])('%s is answered with generic_nack', async (_name, frame, command, status) => {
  const answered = Promise.withResolvers<PDU>()
  await scene((socket) => {
    socket.once('data', (chunk) => answered.resolve(new smpp.PDU(chunk)))
    socket.write(frame)
  })
  const answer = await answered.promise
  expect(answer.command).toBe(command)
  if (status !== undefined) expect(answer.command_status).toBe(status)
})
