import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { MediaGrant } from '@conversa/core'

/** Where files are uploaded to, and below it fetched from. */
export const MEDIA_PATH = '/v1/media'

/** Addresses of files, and what they grant. */
export interface MediaLinks {
  /** Writes a grant as an address. */
  make(grant: MediaGrant): string
  /**
   * Reads the query of an address that came in.
   *
   * @param sid as its path says
   * @returns the grant, expired or not; undefined when this server did not make the address
   */
  read(sid: string, query: Readonly<Record<string, unknown>>): MediaGrant | undefined
}

const EXPIRES = /^[1-9]\d{0,11}$/
const MEMBER = /^MB[0-9a-f]{32}$/

/**
 * Signs addresses of files. The keys derive from secrets that are there anyway: every node has the same, nothing more is to be
 * kept or backed up, and when a secret is replaced, addresses of minutes end with it. They serve for nothing else, so that no
 * signature of one kind stands for another.
 *
 * @param secrets the first one signs, any of them is recognised
 * @param baseUrl address of this server for the world, without a slash at its end; without it addresses are relative to the server
 */
export function mediaLinks(secrets: readonly string[], baseUrl = ''): MediaLinks {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'conversa media links 1', 32)))
  const [signing] = keys
  if (!signing) throw new Error('unable to sign addresses of files: no secret was given')
  return {
    make({ sid, member, expiresAt }) {
      const expires = String(Math.floor(expiresAt / 1000))
      const of = member === undefined ? '' : `member=${member}&`
      const signature = sign(signing, sid, member, expires).toString('base64url')
      return `${baseUrl}${MEDIA_PATH}/${sid}?${of}expires=${expires}&signature=${signature}`
    },
    read(sid, { expires, member, signature }) {
      if (typeof expires !== 'string' || !EXPIRES.test(expires) || typeof signature !== 'string') return undefined
      if (member !== undefined && !(typeof member === 'string' && MEMBER.test(member))) return undefined
      const given = Buffer.from(signature, 'base64url')
      // Another spelling of the same bytes is not what was made here.
      if (given.toString('base64url') !== signature) return undefined
      const isOurs = keys.some((key) => isSame(given, sign(key, sid, member, expires)))
      return isOurs ? { sid, member, expiresAt: Number(expires) * 1000 } : undefined
    },
  }
}

function sign(key: Buffer, sid: string, member: string | undefined, expires: string): Buffer {
  return createHmac('sha256', key)
    .update(`${sid}\n${member ?? ''}\n${expires}`)
    .digest()
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
