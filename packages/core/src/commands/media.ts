import { LIMITS, type Media } from '@conversa/protocol'
import type { Blobs } from '../ports/blobs.ts'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { MediaRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** How much of what. An operator may change each; sizes are bytes, times milliseconds. */
export interface MediaLimits {
  /** Files of one message. */
  readonly perMessage: number
  /** One file. */
  readonly fileBytes: number
  /** All files of one message. */
  readonly messageBytes: number
  /** Uploads of one user under way at the same time. */
  readonly uploadsAtOnce: number
  /** Files of one user that are in no message yet; those under way count as announced, or at their limit. */
  readonly pendingBytes: number
  /** How long a file waits for its message before it is collected. */
  readonly pendingTime: number
  /** How long an address of a file lives. */
  readonly urlTime: number
}

const MEGABYTE = 1024 * 1024

/** The vendor's sizes (rest-and-semantics 3.4); what it does not document is chosen so that ten full files can wait. */
export const MEDIA_LIMITS: MediaLimits = {
  perMessage: 10,
  fileBytes: 150 * MEGABYTE,
  messageBytes: 150 * MEGABYTE,
  uploadsAtOnce: 10,
  pendingBytes: 1500 * MEGABYTE,
  pendingTime: 24 * 60 * 60 * 1000,
  urlTime: 10 * 60 * 1000,
}

/** What an address of a file allows: to fetch it until then. */
export interface MediaGrant {
  readonly sid: string
  /** The participant that it was given to; it ends with their membership (G7). None for back ends, admins and the own pending file. */
  readonly member: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** What the core needs of the world for files. Without it a server takes and gives none. */
export interface MediaPorts {
  readonly blobs: Blobs
  /** Writes a grant as an address that nobody else can make. */
  readonly link: (grant: MediaGrant) => string
  /** Whether other nodes use the same store: uploads that this one does not know may be theirs. */
  readonly isStoreShared?: boolean
  /** Limits that differ from the usual ones. */
  readonly limits?: Partial<MediaLimits> | undefined
}

/** A file as every door shows it. */
export function mediaView({ sid, contentType, size, filename, category }: MediaRecord): Media {
  return { sid, contentType, size, filename, category }
}

/** The records of files, in the order of their SIDs; undefined for those that are not there. */
export async function mediaRecords(reads: Reads, sids: readonly string[]): Promise<(MediaRecord | undefined)[]> {
  const records: (MediaRecord | undefined)[] = []
  for (const sid of sids) records.push(await reads.media(sid))
  return records
}

/** Whether a file is in the actor's service and the actor may use it: users their own ones, back ends all. */
export function isOwnMedia(actor: Actor, { serviceSid, owner }: MediaRecord): boolean {
  return serviceSid === actor.serviceSid && (actor.kind === 'back-end' || owner === actor.identity)
}

/**
 * Whether files may go into a message: each there, the author's own and in no other message; not too many, not too large in all
 * (rest-and-semantics 3.4). What is not there and what is not theirs are told apart by nothing.
 *
 * @param sids as the command names them
 * @param found their records, in the same order
 * @returns the records, or why they may not
 */
export function attachable(
  actor: Actor,
  sids: readonly string[],
  found: readonly (MediaRecord | undefined)[],
  limits: MediaLimits,
): readonly MediaRecord[] | Refusal {
  if (sids.length > limits.perMessage) return new Refusal('media-too-many', { limit: limits.perMessage })
  const files: MediaRecord[] = []
  for (const [at, file] of found.entries()) {
    const sid = sids[at] as string
    const isThere = file && isOwnMedia(actor, file) && (file.state === 'pending' || file.state === 'sent')
    if (!isThere) return new Refusal('media-not-found', { sid })
    if (file.state === 'sent' || sids.indexOf(sid) !== at) return new Refusal('media-already-used', { sid })
    files.push(file)
  }
  const size = files.reduce((sum, file) => sum + file.size, 0)
  return size > limits.messageBytes ? new Refusal('media-too-large', { limit: limits.messageBytes }) : files
}

/** Controls, and marks that turn the direction of text so that `exe.gpj` reads like a picture (reliability B30). */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * What remains of a name that came with a file: nobody can be led into another folder by it, or be deceived about what it is. It is
 * shown and offered for saving; no file of ours has it.
 *
 * @param name as it came in
 * @returns at most 255 bytes of UTF-8; null when nothing is left
 */
export function cleanFilename(name: string | null | undefined): string | null {
  if (!name) return null
  const base = name.toWellFormed().replace(UNSEEN, '').split(/[/\\]/).at(-1) ?? ''
  const trimmed = base.trim()
  if (/^\.*$/.test(trimmed)) return null
  const ending = /\.[^.\s]{1,20}$/.exec(trimmed)?.[0] ?? ''
  const stem = trimmed.slice(0, trimmed.length - ending.length)
  return cutBytes(stem, LIMITS.filenameBytes - encoder.encode(ending).length) + ending
}

/** The longest beginning of a text that takes at most so many bytes, whole characters only. */
function cutBytes(text: string, limit: number): string {
  const bytes = encoder.encode(text)
  if (bytes.length <= limit) return text
  let end = limit
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return decoder.decode(bytes.subarray(0, end))
}
