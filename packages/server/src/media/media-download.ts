import { Readable } from 'node:stream'
import type { ByteRange, Core, MediaRecord } from '@conversa/core'
import { isSidOf } from '@conversa/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { sendError } from '../http.ts'
import { readRange } from './byte-range.ts'
import { writeDisposition } from './content-disposition.ts'
import { dispositionOf, servedType } from './content-type.ts'
import type { MediaLinks } from './media-links.ts'

/** What giving files out over HTTP needs. */
export interface DownloadDoor {
  readonly core: Core
  readonly clock: Clock
  readonly links: MediaLinks
  /** Hears how many bytes an answer has. */
  readonly downloaded: (bytes: number) => void
  readonly failed: (error: unknown) => void
}

/**
 * Gives a file to whoever holds its address, as long as it lives. Without a genuine address nothing is said about whether there is
 * such a file (reliability B35).
 */
export async function giveDownload(door: DownloadDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { sid } = request.params as { sid: string }
  const grant = isSidOf('media', sid) ? door.links.read(sid, request.query as Record<string, unknown>) : undefined
  if (!grant) return sendError(reply, 'access-denied')
  const secondsLeft = Math.floor((grant.expiresAt - door.clock.now()) / 1000)
  if (secondsLeft <= 0) return sendError(reply, 'access-denied', { reason: 'expired' })
  const media = await door.core.grantedMedia(grant)
  if (!media) return sendError(reply, 'resource-not-found')
  describe(reply, media, secondsLeft)
  if (isKnown(request.headers['if-none-match'], etagOf(media))) return reply.code(304).send()
  return giveContent(door, media, request, reply)
}

/** Headers that an answer with content and one without share. */
function describe(reply: FastifyReply, media: MediaRecord, secondsLeft: number): void {
  reply.headers({
    etag: etagOf(media),
    'accept-ranges': 'bytes',
    'cache-control': `private, max-age=${secondsLeft}, immutable`,
    'content-disposition': writeDisposition(dispositionOf(media.contentType), media.filename),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'cross-origin',
    'referrer-policy': 'no-referrer',
  })
}

async function giveContent(
  { core, downloaded, failed }: DownloadDoor,
  media: MediaRecord,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const range = rangeOf(request, media)
  if (range === 'beyond') {
    return sendError(reply.header('content-range', `bytes */${media.size}`), 'range-beyond-end')
  }
  const length = range ? range.last - range.first + 1 : media.size
  const content = request.method === 'HEAD' ? null : await core.readMedia(media.sid, range)
  if (content === undefined) {
    failed(new Error(`unable to give ${media.sid}: its record is there and its content is not`))
    return sendError(reply, 'resource-not-found')
  }
  reply
    .code(range ? 206 : 200)
    .type(servedType(media.contentType))
    .header('content-length', length)
  if (range) reply.header('content-range', `bytes ${range.first}-${range.last}/${media.size}`)
  if (content === null) return reply.send()
  downloaded(length)
  return reply.send(content instanceof Readable ? content : Readable.from(content))
}

/** With `If-Range`, a part is given only of the same file. */
function rangeOf(request: FastifyRequest, media: MediaRecord): ByteRange | undefined | 'beyond' {
  const { range, 'if-range': only } = request.headers
  return only !== undefined && only !== etagOf(media) ? undefined : readRange(range, media.size)
}

function etagOf({ digest }: MediaRecord): string {
  return `"${digest}"`
}

/** Whether the asker has the file already (RFC 9110, 13.1.2). */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}
