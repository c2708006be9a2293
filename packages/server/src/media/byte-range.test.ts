import { expect, test } from 'vitest'
import { readRange } from './byte-range.ts'

test.each([
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=0-9', { first: 0, last: 9 }],
  ['bytes=3-5', { first: 3, last: 5 }],
  ['bytes=9-9', { first: 9, last: 9 }],
  ['bytes=5-', { first: 5, last: 9 }],
  ['bytes=5-99999999', { first: 5, last: 9 }],
  ['bytes=-1', { first: 9, last: 9 }],
  ['bytes=-10', { first: 0, last: 9 }],
  ['bytes=-9999', { first: 0, last: 9 }],
  ['Bytes= 1-2 ', { first: 1, last: 2 }],
  ['bytes=10-', 'beyond'],
  ['bytes=10-12', 'beyond'],
  ['bytes=-0', 'beyond'],
  // What makes no sense gets the whole file.
  [undefined, undefined],
  ['', undefined],
  ['bytes', undefined],
  ['bytes=', undefined],
  ['bytes=-', undefined],
  ['bytes=5-3', undefined],
  ['bytes=a-b', undefined],
  ['bytes=1.5-2', undefined],
  ['bytes=--1', undefined],
  ['bytes=0x1-2', undefined],
  ['bytes=1-99999999999999999999', undefined],
  ['items=0-1', undefined],
  ['bytes=0-1,2-3', undefined],
  [`bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',')}`, undefined],
  [`bytes=${'0-,'.repeat(5000)}0-`, undefined],
])('%.60s of ten bytes', (header, expected) => {
  expect(readRange(header, 10)).toEqual(expected)
})

test('of an empty file nothing can be a part', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect(readRange(header, 0)).toBe('beyond')
})
