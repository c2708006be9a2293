import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanFilename } from './media.ts'

const bytes = (text: string) => new TextEncoder().encode(text).length

describe('the name of a file', () => {
  test.each([
    ['photo.png', 'photo.png'],
    ['  Übersicht (2).pdf ', 'Übersicht (2).pdf'],
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32\\cmd.exe', 'cmd.exe'],
    ['C:\\fakepath\\photo.png', 'photo.png'],
    ['/etc/', null],
    ['..', null],
    ['...', null],
    ['.', null],
    [' ', null],
    ['', null],
    [undefined, null],
    [null, null],
    ['a\0b.png', 'ab.png'],
    ['a\r\nSet-Cookie: x=1.png', 'aSet-Cookie: x=1.png'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['\u2066a\u2069\u200fb\u061c.txt', 'ab.txt'],
    ['line\u2028break.txt', 'linebreak.txt'],
    ['lone\ud800.txt', 'lone\ufffd.txt'],
    ['.htaccess', '.htaccess'],
    ['👩‍👩‍👧.png', '👩‍👩‍👧.png'],
  ])('%j becomes %j', (name, expected) => {
    expect(cleanFilename(name)).toBe(expected)
  })

  test('is cut to 255 bytes between two letters, and keeps its ending', () => {
    for (const letter of ['a', 'ü', '漢', '👍']) {
      const cut = cleanFilename(`${letter.repeat(300)}.jpeg`) ?? ''
      expect(bytes(cut)).toBeLessThanOrEqual(255)
      expect(bytes(cut)).toBeGreaterThan(255 - bytes(letter))
      expect(cut).toBe(`${letter.repeat([...cut].length - 5)}.jpeg`)
    }
    expect(bytes(cleanFilename(`a.${'b'.repeat(300)}`) ?? '')).toBe(255)
  })

  test('whatever comes in: short, well-formed, within no folder, without what cannot be seen, and clean already', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('.', '/', '\\', '\0', '\u202e', 'a', '\ud800', ' ') }),
    )
    fc.assert(
      fc.property(name, (given) => {
        const clean = cleanFilename(given)
        if (clean === null) return
        expect(clean.isWellFormed()).toBe(true)
        expect(bytes(clean)).toBeLessThanOrEqual(255)
        expect(clean).not.toMatch(/[/\\\p{Cc}\u202a-\u202e]/u)
        expect(clean).not.toMatch(/^\.*$/)
        expect(cleanFilename(clean)).toBe(clean)
      }),
      { numRuns: 2000 },
    )
  })
})
