import { Refusal } from '@conversa/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPacket, writePacket } from './packet.ts'

const header = { id: 'TM1', method: 'message' }

describe('packets', () => {
  test('come out as they went in, counted in bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'grapheme', maxLength: 100 }), (payload, name) => {
        const packet = readPacket(writePacket({ ...header, name }, payload))
        if (packet instanceof Refusal) throw new Error('it was refused')
        expect(packet.header).toMatchObject({ ...header, name })
        expect(JSON.parse(packet.payload.toString())).toEqual(JSON.parse(JSON.stringify(payload)))
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['another magic', 'TWILSOCK V4.0 2\r\n{}\r\n'],
    ['no length', 'TWILSOCK V3.0 \r\n{}\r\n'],
    ['a length beyond the end', 'TWILSOCK V3.0 99999999\r\n{}\r\n'],
    ['a length before the end', 'TWILSOCK V3.0 1\r\n{"id":"1","method":"init"}\r\n'],
    ['a negative length', 'TWILSOCK V3.0 -1\r\n{}\r\n'],
    ['a header that is no object', 'TWILSOCK V3.0 4\r\nnull\r\n'],
    ['a header without an id', 'TWILSOCK V3.0 17\r\n{"method":"init"}\r\n'],
    ['a payload that was not announced', 'TWILSOCK V3.0 26\r\n{"id":"1","method":"init"}\r\nx'],
    ['a payload that is shorter', 'TWILSOCK V3.0 43\r\n{"id":"1","method":"init","payload_size":5}\r\nx'],
  ])('that are none are refused: %s', (_, text) => {
    expect(readPacket(Buffer.from(text))).toBeInstanceOf(Refusal)
  })

  test('whatever comes is judged, and nothing is thrown', () => {
    const whole = writePacket(header, { a: 1 })
    const broken = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(whole)
      copy[at] = byte
      return copy
    })
    const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), broken)
    fc.assert(
      fc.property(anything, (bytes) => {
        const packet = readPacket(bytes)
        if (!(packet instanceof Refusal)) expect(typeof packet.header.id).toBe('string')
      }),
      { numRuns: 20_000 },
    )
  })
})
