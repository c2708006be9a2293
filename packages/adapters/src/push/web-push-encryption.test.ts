import { describe, expect, test } from 'vitest'
import { encryptPush, LARGEST_TEXT } from './web-push-encryption.ts'

/** The example of RFC 8291, appendix A. */
const KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}
const BEGINNING = {
  salt: Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url'),
  privateKey: Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'),
}

describe('encryptPush', () => {
  test('encrypts the example of the standard as the standard does', () => {
    const text = Buffer.from('When I grow up, I want to be a watermelon')
    expect(encryptPush(text, KEYS, BEGINNING).toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    )
  })

  test('never encrypts twice in the same way', () => {
    const text = Buffer.from('hello')
    expect(encryptPush(text, KEYS)).not.toEqual(encryptPush(text, KEYS))
  })

  test('makes no more than a push service has to take', () => {
    expect(encryptPush(Buffer.alloc(LARGEST_TEXT), KEYS)).toHaveLength(4096)
  })
})
