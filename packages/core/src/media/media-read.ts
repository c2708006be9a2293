import type { Query, Result } from '@conversa/protocol'
import { accessInside } from '../commands/access.ts'
import { isOwnMedia, type MediaGrant } from '../commands/media.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { MediaRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** What making addresses needs. */
export interface LinkContext {
  readonly link: (grant: MediaGrant) => string
  /** When the addresses end; milliseconds since 1970. */
  readonly expiresAt: number
}

/** A file that the actor may fetch, as what. */
type Fetchable = Pick<MediaGrant, 'sid' | 'member'>

/** A file with an address of it that the actor may use. */
export interface FoundMedia {
  readonly record: MediaRecord
  readonly url: string
}

/**
 * Addresses of files: for who may read the message, and for the owner while the file waits for it. What is not there and what is
 * not theirs are told apart by nothing, so no tenant learns of another's (reliability B35).
 */
export async function mediaUrls(
  reads: Reads,
  actor: Actor,
  query: Query<'media.urls'>,
  { link, expiresAt }: LinkContext,
): Promise<Result<'media.urls'> | Refusal> {
  const files = await named(reads, actor, query)
  if (files instanceof Refusal) return files
  return { urls: files.map((file) => ({ sid: file.sid, url: link({ ...file, expiresAt }), expiresAt })) }
}

async function named(reads: Reads, actor: Actor, query: Query<'media.urls'>): Promise<Fetchable[] | Refusal> {
  const { conversationSid, index, sids } = query
  if (sids === undefined) {
    if (conversationSid === undefined || index === undefined) return new Refusal('parameter-invalid', { field: '/sids' })
    return ofMessage(reads, actor, conversationSid, index)
  }
  const files: Fetchable[] = []
  for (const sid of sids) {
    const file = await ofSid(reads, actor, sid)
    if (!file) return new Refusal('media-not-found', { sid })
    files.push(file)
  }
  return files
}

async function ofMessage(reads: Reads, actor: Actor, conversationSid: string, index: number): Promise<Fetchable[] | Refusal> {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const message = await reads.message(conversationSid, index)
  if (!message || message.removed) return new Refusal('message-not-found')
  return message.media.map(({ sid }) => ({ sid, member: found.rights.participant?.sid }))
}

/** One file with all that is known of it; whoever may fetch it may know that. */
export async function findMedia(
  reads: Reads,
  actor: Actor,
  sid: string,
  { link, expiresAt }: LinkContext,
): Promise<FoundMedia | Refusal> {
  const record = await reads.media(sid)
  const file = record && (await fetchable(reads, actor, record))
  return record && file ? { record, url: link({ ...file, expiresAt }) } : new Refusal('media-not-found', { sid })
}

async function ofSid(reads: Reads, actor: Actor, sid: string): Promise<Fetchable | undefined> {
  const record = await reads.media(sid)
  return record && fetchable(reads, actor, record)
}

async function fetchable(reads: Reads, actor: Actor, record: MediaRecord): Promise<Fetchable | undefined> {
  const { sid } = record
  if (record.state === 'pending') return isOwnMedia(actor, record) ? { sid, member: undefined } : undefined
  if (record.state !== 'sent' || record.serviceSid !== actor.serviceSid || !record.message) return undefined
  const found = await accessInside(reads, actor, record.message.conversationSid)
  return found instanceof Refusal ? undefined : { sid, member: found.rights.participant?.sid }
}

/**
 * The file that a grant is for, if it can still be had: it was not removed, nor was its conversation, and whoever got the grant is
 * still a member (G7).
 *
 * @param grant genuine and not expired
 */
export function grantedMedia(
  store: Store,
  { sid, member }: Pick<MediaGrant, 'sid' | 'member'>,
): Promise<MediaRecord | undefined> {
  return store.read(async (reads) => {
    const record = await reads.media(sid)
    if (record?.state === 'pending') return member === undefined ? record : undefined
    if (record?.state !== 'sent' || !record.message) return undefined
    const { conversationSid } = record.message
    if (!(await reads.conversation(record.serviceSid, conversationSid))) return undefined
    const isMember = member === undefined || (await reads.participant(conversationSid, member)) !== undefined
    return isMember ? record : undefined
  })
}
