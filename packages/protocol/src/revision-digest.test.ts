import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, COMPARED_BUCKETS, type KnownRevision, revisionDigests } from './revision-digest.ts'

/** As the server makes them: they differ in a few digits. */
const sidOf = (number: number) => `CH0192f3a4b5c6${number.toString(16).padStart(20, '0')}`
const rooms = (count: number, revision = 1): KnownRevision[] =>
  Array.from({ length: count }, (_, number) => ({ conversationSid: sidOf(number), revision }))

test('is what other clients are told to compute', () => {
  const digests = revisionDigests(rooms(3, 7)).flatMap((digest, bucket) => (digest === '0' ? [] : [[bucket, digest]]))
  expect(digests).toMatchInlineSnapshot(`
    [
      [
        18,
        "cb926fe05ab386a9",
      ],
      [
        26,
        "6fc5d161b98131f5",
      ],
      [
        35,
        "5320f333077a6d1a",
      ],
    ]
  `)
})

test('does not depend on the order', () => {
  const known = rooms(50)
  fc.assert(
    fc.property(fc.shuffledSubarray(known, { minLength: 50 }), (shuffled) => {
      expect(revisionDigests(shuffled)).toEqual(revisionDigests(known))
    }),
  )
})

test('shows any change, in the buckets of what changed and in no other', () => {
  const known = rooms(200)
  const change = fc.record({ at: fc.nat(199), by: fc.integer({ min: 1, max: 9 }) })
  const before = revisionDigests(known)
  fc.assert(
    fc.property(fc.uniqueArray(change, { selector: ({ at }) => at, minLength: 1 }), (changes) => {
      const now = [...known]
      for (const { at, by } of changes) now[at] = { conversationSid: sidOf(at), revision: 1 + by }
      const after = revisionDigests(now)
      const differing = after.flatMap((digest, bucket) => (digest === before[bucket] ? [] : [bucket]))
      expect(new Set(differing)).toEqual(new Set(changes.map(({ at }) => bucketOf(sidOf(at)))))
    }),
  )
})

test('tells apart neighbours that change alike', () => {
  const [first, second] = rooms(5000).filter(({ conversationSid }) => bucketOf(conversationSid) === 0)
  if (!first || !second) throw new Error('the bucket is empty')
  const at = (one: number, other: number) => [
    { ...first, revision: one },
    { ...second, revision: other },
  ]
  const seen = new Set<string>()
  for (let one = 0; one < 150; one++) for (let other = 0; other < 150; other++) seen.add(revisionDigests(at(one, other)).join())
  expect(seen.size).toBe(150 * 150)
})

test('spreads conversations over the buckets', () => {
  const counts = Array<number>(COMPARED_BUCKETS).fill(0)
  for (let number = 0; number < 6400; number++) counts[bucketOf(sidOf(number))]!++
  expect(Math.min(...counts)).toBeGreaterThan(50)
  expect(Math.max(...counts)).toBeLessThan(160)
})
