import { describe, expect, test } from 'vitest'
import { mediaLinks } from './media-links.ts'

const SID = `ME${'1'.repeat(32)}`
const grant = { sid: SID, member: `MB${'2'.repeat(32)}`, expiresAt: 1_800_000_000_000 }
const links = mediaLinks(['a secret'])

/** The path's SID and the query of an address, as a server reads them. */
function taken(address: string): { sid: string; query: Record<string, string> } {
  const url = new URL(address, 'http://localhost')
  return { sid: url.pathname.split('/').at(-1) ?? '', query: Object.fromEntries(url.searchParams) }
}

const { sid, query } = taken(links.make(grant))

describe('an address of a file', () => {
  test('is read as what it grants', () => {
    expect(links.read(sid, query)).toEqual(grant)
    const open = { ...grant, member: undefined }
    const { query: without } = taken(links.make(open))
    expect(Object.keys(without)).toEqual(['expires', 'signature'])
    expect(links.read(sid, without)).toEqual(open)
  })

  test('is relative to the server, or begins with its address for the world', () => {
    expect(links.make(grant)).toMatch(/^\/v1\/media\/ME1{32}\?member=MB2{32}&expires=1800000000&signature=[\w-]{43}$/)
    expect(mediaLinks(['a secret'], 'https://chat.example.org/api').make(grant)).toBe(
      `https://chat.example.org/api${links.make(grant)}`,
    )
  })

  test('ends with a full second, never later than granted', () => {
    expect(links.read(SID, taken(links.make({ ...grant, expiresAt: 1_800_000_000_999 })).query)?.expiresAt).toBe(
      1_800_000_000_000,
    )
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['another file', `ME${'3'.repeat(32)}`, {}],
    ['a later end', SID, { expires: '1800000001' }],
    ['the same end in other digits', SID, { expires: '01800000000' }],
    ['an end that is no number', SID, { expires: '1800000000.0' }],
    ['no end', SID, { expires: undefined }],
    ['two ends', SID, { expires: ['1800000000', '1900000000'] }],
    ['another member', SID, { member: `MB${'4'.repeat(32)}` }],
    ['no member', SID, { member: undefined }],
    ['an empty member', SID, { member: '' }],
    ['a member with a line break', SID, { member: `${grant.member}\n` }],
    ['two members', SID, { member: [grant.member, grant.member] }],
    ['no signature', SID, { signature: undefined }],
    ['an empty signature', SID, { signature: '' }],
    ['a short signature', SID, { signature: query.signature?.slice(0, 42) }],
    ['a long signature', SID, { signature: `${query.signature}A` }],
    ['a signature in padding', SID, { signature: `${query.signature}=` }],
    ['a signature in other letters', SID, { signature: query.signature?.replaceAll('-', '+').replaceAll('_', '/').concat(' ') }],
    ['two signatures', SID, { signature: [query.signature, query.signature] }],
    ['an object', SID, { signature: { toString: () => query.signature } }],
  ])('is not ours with %s', (_, ofSid, changed) => {
    expect(links.read(ofSid, { ...query, ...changed })).toBeUndefined()
  })

  test('is not ours with any one letter of its signature changed', () => {
    const signature = query.signature as string
    for (let at = 0; at < signature.length; at++) {
      const other = signature[at] === 'A' ? 'B' : 'A'
      expect(
        links.read(SID, { ...query, signature: signature.slice(0, at) + other + signature.slice(at + 1) }),
        `${at}`,
      ).toBeUndefined()
    }
  })

  test('is not ours when another server made it', () => {
    expect(mediaLinks(['another secret']).read(sid, query)).toBeUndefined()
  })

  test('of a secret that was replaced lives on while the old one is known', () => {
    const replaced = mediaLinks(['a new secret', 'a secret'])
    expect(replaced.read(sid, query)).toEqual(grant)
    expect(links.read(SID, taken(replaced.make(grant)).query)).toBeUndefined()
  })

  test('needs a secret', () => {
    expect(() => mediaLinks([])).toThrow('no secret was given')
  })
})
