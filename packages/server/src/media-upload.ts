import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Actor, type Core, Refusal, StorageFull } from '@conversa/core'
import { LIMITS, type Media } from '@conversa/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessGrant, TokenRefusal } from './access-token.ts'
import type { Clock } from './clock.ts'
import { sendError } from './http.ts'
import { IncomingFile } from './incoming-file.ts'
import { BadBody, BodyTooLarge, FORM_OVERHEAD_BYTES, isForm, openBody } from './media-body.ts'
import type { UploadOutcome } from './metrics.ts'
import { paced, TooSlow, UPLOAD_PACE, type UploadPace } from './upload-pace.ts'

/** What taking uploads over HTTP needs. */
export interface UploadDoor {
  readonly core: Core
  readonly clock: Clock
  readonly verify: (token: string) => Promise<AccessGrant | TokenRefusal>
  readonly uploaded: (outcome: UploadOutcome, bytes: number) => void
  readonly failed: (error: unknown) => void
  readonly pace?: UploadPace | undefined
}

/** What the headers and the query of an upload say. */
interface Asked {
  readonly key: string | undefined
  readonly category: Media['category']
  readonly announced: number | undefined
}

const CATEGORIES: readonly string[] = ['media', 'body', 'history'] satisfies Media['category'][]
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${LIMITS.clientKeyCharacters}}$`)

/** Milliseconds for which the rest of a refused body is read and dropped, so that its sender sees the answer. */
const LINGER = 10_000

/** Takes one file: the body is read as the disk takes it, never whole. Answers with the file as messages show it. */
export async function receiveUpload(door: UploadDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const outcome = await receiveSafely(door, request)
  if (outcome === 'aborted') {
    door.uploaded('aborted', 0)
    return reply.hijack()
  }
  if (!(outcome instanceof Refusal)) {
    door.uploaded('ok', outcome.size)
    return reply.code(201).send(outcome)
  }
  door.uploaded(outcome.name === 'internal' ? 'failed' : 'refused', 0)
  if (outcome.name === 'too-many-requests') reply.header('retry-after', '1')
  return sendError(reply, outcome.name, outcome.detail)
}

async function receiveSafely(door: UploadDoor, request: FastifyRequest): Promise<Media | Refusal | 'aborted'> {
  try {
    return await receive(door, request)
  } catch (error) {
    if (error instanceof TooSlow) return new Refusal('upload-too-slow')
    if (error instanceof BadBody) return new Refusal('parameter-invalid', { reason: error.message })
    if (error instanceof BodyTooLarge) return new Refusal('media-too-large', { limit: door.core.mediaLimits.fileBytes })
    if (error instanceof StorageFull) return new Refusal('storage-full')
    if (request.raw.destroyed && !request.raw.complete) return 'aborted'
    door.failed(error)
    return new Refusal('internal')
  }
}

async function receive(door: UploadDoor, request: FastifyRequest): Promise<Media | Refusal> {
  const { core, clock, pace = UPLOAD_PACE } = door
  const actor = await signedIn(door, request.headers.authorization)
  if (actor instanceof Refusal) return actor
  const asked = readAsked(request.headers, request.query, core.mediaLimits.fileBytes)
  if (asked instanceof Refusal) return asked
  const part = await openBody(request.headers, paced(request.raw, clock, pace), core.mediaLimits.fileBytes)
  try {
    const file = new IncomingFile(part.content, part.contentType)
    const { content } = file
    return await core.receiveMedia(actor, { ...asked, filename: part.filename ?? null, content, found: () => file.found() })
  } finally {
    part.close()
  }
}

async function signedIn({ core, verify }: UploadDoor, authorization: string | undefined): Promise<Actor | Refusal> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return new Refusal('token-invalid')
  const grant = await verify(token)
  if ('refused' in grant) return new Refusal(grant.refused, grant.detail)
  const { serviceSid, identity, deploymentRoleSid } = grant
  const user = await core.signIn({ serviceSid, identity, roleSid: deploymentRoleSid })
  return user instanceof Refusal ? user : { kind: 'user', serviceSid, identity }
}

function readAsked(headers: IncomingHttpHeaders, query: unknown, fileBytes: number): Asked | Refusal {
  const { category = 'media' } = query as { category?: unknown }
  if (!isCategory(category)) return new Refusal('parameter-invalid', { field: 'category' })
  const key = headers['idempotency-key']
  if (key !== undefined && !(typeof key === 'string' && KEY.test(key))) {
    return new Refusal('parameter-invalid', { field: 'idempotency-key' })
  }
  return { category, key, announced: announcedBytes(headers, fileBytes) }
}

function isCategory(value: unknown): value is Media['category'] {
  return typeof value === 'string' && CATEGORIES.includes(value)
}

/** A form announces more than its file has. */
function announcedBytes(headers: IncomingHttpHeaders, fileBytes: number): number | undefined {
  const length = headers['content-length']
  if (length === undefined) return undefined
  const announced = Number(length)
  const isJustTheForm = isForm(headers) && announced <= fileBytes + FORM_OVERHEAD_BYTES
  return isJustTheForm ? Math.min(announced, fileBytes) : announced
}

/** What a sender still sends after its answer is dropped for a while; who does not come to an end is cut off. */
export function cutOffLater(clock: Clock, request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  const cancel = clock.after(LINGER, () => request.destroy())
  request.once('close', cancel)
}
