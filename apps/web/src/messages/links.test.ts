import { describe, expect, it } from 'vitest'
import { piecesOf } from './links.ts'

const links = (text: string) => piecesOf(text).flatMap(({ href }) => href ?? [])

describe('piecesOf', () => {
  it('finds addresses, and leaves the sentence around them alone', () => {
    expect(piecesOf('see https://example.com/a?b=c. Or (http://example.org)!')).toEqual([
      { text: 'see ' },
      { text: 'https://example.com/a?b=c', href: 'https://example.com/a?b=c' },
      { text: '. Or (' },
      { text: 'http://example.org', href: 'http://example.org/' },
      { text: ')!' },
    ])
  })

  it('gives back the whole text', () => {
    const text = 'a https://example.com b\n<script>alert(1)</script> http:// https://[ c'
    expect(
      piecesOf(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)//https:',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:x',
    'ftp://example.com',
    '//example.com',
    'https://',
    'https:// example.com',
  ])('makes no link of %s', (text) => {
    expect(links(text)).toEqual([])
  })

  it('ends an address before what could leave an attribute', () => {
    expect(links('https://example.com/"onmouseover="alert(1)')).toEqual(['https://example.com/'])
  })
})
