import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSegment, textOf } from './inbound-segment.ts'
import { pduOf, readPdu } from './pdu.ts'
import { shortMessages } from './short-message.ts'

/** As a phone reads it: each part for itself. */
function read(text: string, reference = 7) {
  const { dataCoding, hasHeader, parts } = shortMessages(text, reference)
  return parts.map((bytes) => {
    const fields = { data_coding: dataCoding, esm_class: hasHeader ? 0x40 : 0, short_message: bytes }
    const segment = readSegment(readPdu(pduOf('deliver_sm', fields).toBuffer()) as NonNullable<ReturnType<typeof readPdu>>)
    return { text: segment ? textOf([segment]) : undefined, part: segment?.part, size: bytes.length }
  })
}

const GSM = [...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€']

describe('a text as short messages', () => {
  test.each([
    ['a'.repeat(160), 0, [160]],
    ['a'.repeat(161), 0, [153, 8]],
    ['€'.repeat(80), 0, [160]],
    // 153 is odd: the escape does not stay behind alone.
    ['€'.repeat(81), 0, [152, 10]],
    ['ж'.repeat(70), 8, [140]],
    ['ж'.repeat(71), 8, [134, 8]],
    ['😀'.repeat(35), 8, [140]],
    // 67 is odd: nor do the halves of a pair part.
    ['😀'.repeat(36), 8, [132, 12]],
    [`${'a'.repeat(100)}ç`, 8, [134, 68]],
    ['', 0, [0]],
  ])('%j', (text, coding, sizes) => {
    const { dataCoding, hasHeader, parts } = shortMessages(text, 7)
    expect(dataCoding).toBe(coding)
    expect(parts.map((part) => part.length - (hasHeader ? 6 : 0))).toEqual(sizes)
    expect(hasHeader).toBe(sizes.length > 1)
  })

  test('says which part of which text each one is', () => {
    const { parts } = shortMessages('a'.repeat(400), 200)
    expect(parts.map((part) => [...part.subarray(0, 6)])).toEqual([
      [5, 0, 3, 200, 3, 1],
      [5, 0, 3, 200, 3, 2],
      [5, 0, 3, 200, 3, 3],
    ])
  })

  test('of whatever text can be read part by part, and is the text again', () => {
    const texts = fc.oneof(
      fc.array(fc.constantFrom(...GSM), { maxLength: 500 }).map((characters) => characters.join('')),
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
    )
    fc.assert(
      fc.property(texts, fc.nat(255), (text, reference) => {
        const parts = read(text, reference)
        expect(parts.map((part) => part.text).join('')).toBe(text.replace(/^\ufeff/, ''))
        for (const { size } of parts) expect(size).toBeLessThanOrEqual(160)
        if (parts.length > 1) expect(parts.map(({ part }) => part?.number)).toEqual(parts.map((_, at) => at + 1))
      }),
      { numRuns: 300 },
    )
  })

  test('in alphabets that others use is read as it is meant', () => {
    const text = (data_coding: number, short_message: Buffer, fields = {}) => {
      const pdu = readPdu(pduOf('deliver_sm', { data_coding, short_message, ...fields }).toBuffer())
      const segment = pdu && readSegment(pdu)
      return segment && textOf([segment])
    }
    expect(text(0, Buffer.from([0x1b, 0x65, 0x00, 0x1b, 0x41]))).toBe('€@A')
    expect(text(3, Buffer.from('Grüße', 'latin1'))).toBe('Grüße')
    expect(text(0x18, Buffer.from('0436', 'hex'))).toBe('ж')
    expect(text(0xf0, Buffer.from([0x00]))).toBe('@')
    expect([text(4, Buffer.from('x')), text(0xf4, Buffer.from('x'))]).toEqual([undefined, undefined])
    expect(text(0, Buffer.alloc(0), { message_payload: Buffer.from('long') })).toBe('long')
    expect(text(0, Buffer.from([9, 1]), { esm_class: 0x40 })).toBeUndefined()
  })
})
