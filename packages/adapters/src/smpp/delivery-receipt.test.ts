import { describe, expect, test } from 'vitest'
import { isReceipt, readReceipt } from './delivery-receipt.ts'
import { type Fields, pduOf, readPdu } from './pdu.ts'

function receipt(text: string, fields: Fields = {}, errors = {}) {
  const pdu = readPdu(pduOf('deliver_sm', { esm_class: 4, short_message: Buffer.from(text), ...fields }).toBuffer())
  return pdu && readReceipt(pdu, errors)
}

const said = (stat: string) => `id:7a sub:001 dlvrd:001 submit date:2611272010 done date:2611272011 stat:${stat} err:011 text:hi`

describe('a delivery receipt', () => {
  test.each([
    ['DELIVRD', { status: 'delivered' }],
    ['ENROUTE', { status: 'sent' }],
    ['ACCEPTD', { status: 'sent' }],
    ['EXPIRED', { status: 'undelivered', code: 30003 }],
    ['UNDELIV', { status: 'undelivered', code: 30008 }],
    ['DELETED', { status: 'undelivered', code: 30008 }],
    ['REJECTD', { status: 'undelivered', code: 30007 }],
    ['UNKNOWN', { status: 'undelivered', code: 30008 }],
  ])('by its text: %s', (stat, means) => expect(receipt(said(stat))).toEqual({ id: '7a', ...means }))

  test.each([
    [1, 'sent'],
    [2, 'delivered'],
    [5, 'undelivered'],
  ])('by its TLVs, which say more than the text: %i', (state, status) => {
    const fields = { receipted_message_id: 'tlv', message_state: state }
    expect(receipt(said('ACCEPTD'), fields)).toMatchObject({ id: 'tlv', status })
    expect(receipt('', fields)).toMatchObject({ id: 'tlv', status })
  })

  test('says why, as the network does, or as the operator knows of the carrier', () => {
    const network = { network_error_code: Buffer.from([3, 0, 1]) }
    expect(receipt(said('UNDELIV'), network)?.code).toBe(30005)
    expect(receipt(said('UNDELIV'), { network_error_code: Buffer.from([1, 0, 1]) })?.code).toBe(30008)
    expect(receipt(said('UNDELIV'), network, { '011': 30006 })?.code).toBe(30006)
    expect(receipt(said('DELIVRD'), network, { '011': 30006 })).toEqual({ id: '7a', status: 'delivered' })
  })

  test('that does not say of what, or what, says nothing', () => {
    for (const text of ['', 'id:7a', 'stat:DELIVRD', said('WHATEVER'), said('')]) expect(receipt(text)).toBeUndefined()
    expect(receipt(said('DELIVRD'), { message_state: 99 })).toBeUndefined()
  })

  test('is told from a text', () => {
    const kinds = [0, 4, 0x20, 0x40, 0x44].map((esm_class) => isReceipt(pduOf('deliver_sm', { esm_class })))
    expect(kinds).toEqual([false, true, true, false, true])
  })
})
