import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFilename, writeDisposition } from './content-disposition.ts'

/** A text as the bytes of a header, one letter each. */
const asHeader = (text: string) => Buffer.from(text).toString('latin1')

describe('reading', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['attachment', undefined],
    ['attachment; filename=a.png', 'a.png'],
    ['attachment;filename="a b.png"', 'a b.png'],
    ['attachment; filename="a \\"b\\".png"', 'a "b".png'],
    ['attachment; filename="a;b.png"; size=3', 'a;b.png'],
    ['inline; FILENAME=a.png', 'a.png'],
    ["attachment; filename*=UTF-8''%C3%BCber%20uns.png", 'über uns.png'],
    ['attachment; filename="uber.png"; filename*=utf-8\'de\'%C3%BCber.png', 'über.png'],
    ["attachment; filename*=UTF-8''%E4%A; filename=plain.png", 'plain.png'],
    ["attachment; filename*=ISO-8859-1''%E4; filename=plain.png", 'plain.png'],
    [asHeader('attachment; filename="über.png"'), 'über.png'],
    // Latin letters, as old senders write them.
    ['attachment; filename="\xfcber.png"', 'über.png'],
    ['attachment; filename=""', ''],
    ['attachment; filename="unended', undefined],
    ['attachment; notfilename=a.png', undefined],
  ])('%s', (header, expected) => {
    expect(readFilename(header)).toBe(expected)
  })

  test('looks at the beginning of a long one alone', () => {
    const name = '; filename=a.png'
    const behind = (characters: number) => `attachment; x="${'y'.repeat(characters - 'attachment; x=""'.length)}"${name}`
    expect(readFilename(behind(4096 - name.length))).toBe('a.png')
    expect(readFilename(behind(4096))).toBeUndefined()
  })
})

describe('writing', () => {
  test('says whether to show or to save, and the name twice: for old and for new readers', () => {
    expect(writeDisposition('inline', null)).toBe('inline')
    expect(writeDisposition('attachment', 'a.png')).toBe('attachment; filename="a.png"; filename*=UTF-8\'\'a.png')
    expect(writeDisposition('inline', `ü "b"\\'%(1).png`)).toBe(
      `inline; filename="_ _b__'_(1).png"; filename*=UTF-8''%C3%BC%20%22b%22%5C%27%25%281%29.png`,
    )
  })

  test('whatever the name: one header of visible ASCII, and the name can be read from it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const header = writeDisposition('attachment', name)
        expect(header).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w.!~%-]*$/)
        expect(header).toMatch(/^[\x20-\x7e]*$/)
        expect(readFilename(header)).toBe(name.toWellFormed())
      }),
      { numRuns: 2000 },
    )
  })
})
