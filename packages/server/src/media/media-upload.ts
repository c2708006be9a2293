import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Actor, type Core, Refusal, StorageFull, type Upload } from '@conversa/core'
import { LIMITS, type Media } from '@conversa/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessGrant, TokenRefusal } from '../access/access-token.ts'
import type { Clock } from '../clock.ts'
import { sendError } from '../http.ts'
import type { UploadOutcome } from '../observability/metrics.ts'
import { IncomingFile } from './incoming-file.ts'
import { BadBody, BodyTooLarge, FORM_OVERHEAD_BYTES, isForm, openBody } from './media-body.ts'
import { paced, TooSlow, UPLOAD_PACE, type UploadPace } from './upload-pace.ts'

/** What taking uploads over HTTP needs. */
export interface UploadDoor {
  readonly core: Core
  /** What slow senders are watched by. */
  readonly transport: Clock
  readonly verify: (token: string) => Promise<AccessGrant | TokenRefusal>
  readonly uploaded: (outcome: UploadOutcome, bytes: number) => void
  readonly failed: (error: unknown) => void
  readonly pace?: UploadPace | undefined
}

/** What the headers and the query of an upload say, unchecked. */
export interface Asked {
  readonly token: string | undefined
  /** The service that the address names; undefined when it names none. */
  readonly serviceSid?: string | undefined
  readonly category: unknown
  readonly key?: string | string[] | undefined
  /** Of a body that is no form, which has its own. */
  readonly filename?: string | undefined
}

/** How uploads ask, and how they are answered. */
export interface UploadDialect {
  asked(request: FastifyRequest): Asked
  /** Who sends it, before anything of the body is read. */
  sender(door: UploadDoor, request: FastifyRequest, asked: Asked): Promise<Actor | Refusal>
  /** What the sender is answered. */
  answer(sender: Actor, media: Media, request: FastifyRequest): Promise<object> | object
}

/** Our own: a token as REST APIs have it, and the file as messages show it. */
const OWN: UploadDialect = {
  asked({ headers, query }) {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const { category = 'media' } = query as { category?: unknown }
    return { token, category, key: headers['idempotency-key'] }
  },
  sender: (door, _request, asked) => signedIn(door, asked),
  answer: (_sender, media) => media,
}

const CATEGORIES: readonly string[] = ['media', 'body', 'history'] satisfies Media['category'][]
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${LIMITS.clientKeyCharacters}}$`)

/** Milliseconds for which the rest of a refused body is read and dropped, so that its sender sees the answer. */
const LINGER = 10_000

/** Takes one file: the body is read as the disk takes it, never whole. */
export async function receiveUpload(
  door: UploadDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  dialect: UploadDialect = OWN,
): Promise<FastifyReply> {
  const outcome = await receiveSafely(door, request, dialect)
  if (outcome === 'aborted') {
    door.uploaded('aborted', 0)
    return reply.hijack()
  }
  if (!(outcome instanceof Refusal)) {
    door.uploaded('ok', outcome.media.size)
    return reply.code(201).send(await dialect.answer(outcome.sender, outcome.media, request))
  }
  door.uploaded(outcome.name === 'internal' ? 'failed' : 'refused', 0)
  if (outcome.name === 'too-many-requests') reply.header('retry-after', '1')
  return sendError(reply, outcome.name, outcome.detail)
}

interface Received {
  readonly sender: Actor
  readonly media: Media
}

async function receiveSafely(
  door: UploadDoor,
  request: FastifyRequest,
  dialect: UploadDialect,
): Promise<Received | Refusal | 'aborted'> {
  try {
    return await receive(door, request, dialect)
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

async function receive(door: UploadDoor, request: FastifyRequest, dialect: UploadDialect): Promise<Received | Refusal> {
  const { core, transport, pace = UPLOAD_PACE } = door
  const asked = dialect.asked(request)
  const sender = await dialect.sender(door, request, asked)
  if (sender instanceof Refusal) return sender
  const described = describedBy(asked)
  if (described instanceof Refusal) return described
  const part = await openBody(request.headers, paced(request.raw, transport, pace), core.mediaLimits.fileBytes)
  try {
    const file = new IncomingFile(part.content, part.contentType)
    const media = await core.receiveMedia(sender, {
      ...described,
      announced: announcedBytes(request.headers, core.mediaLimits.fileBytes),
      filename: part.filename ?? asked.filename ?? null,
      content: file.content,
      found: () => file.found(),
    })
    return media instanceof Refusal ? media : { sender, media }
  } finally {
    part.close()
  }
}

/** Who a request comes from. An address of another service than the token's leads nowhere. */
export async function signedIn(
  { core, verify }: Pick<UploadDoor, 'core' | 'verify'>,
  { token, serviceSid: named }: Pick<Asked, 'token' | 'serviceSid'>,
): Promise<Actor | Refusal> {
  if (token === undefined) return new Refusal('token-invalid')
  const grant = await verify(token)
  if ('refused' in grant) return new Refusal(grant.refused, grant.detail)
  const { serviceSid, identity, deploymentRoleSid } = grant
  if (named !== undefined && named !== serviceSid) return new Refusal('resource-not-found')
  const user = await core.signIn({ serviceSid, identity, roleSid: deploymentRoleSid })
  return user instanceof Refusal ? user : { kind: 'user', serviceSid, identity }
}

function describedBy({ category, key }: Asked): Pick<Upload, 'category' | 'key'> | Refusal {
  if (!isCategory(category)) return new Refusal('parameter-invalid', { field: 'category' })
  if (key !== undefined && !(typeof key === 'string' && KEY.test(key))) {
    return new Refusal('parameter-invalid', { field: 'idempotency-key' })
  }
  return { category, key }
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

/** Has a scope read no body before its route does: it goes to the disk as it comes. */
export function streamBodies(scope: FastifyInstance, clock: Clock): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
  scope.setErrorHandler((error: { code?: string }, _request, reply) => {
    if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') throw error
    return sendError(reply, 'media-type-invalid')
  })
  scope.addHook('onResponse', async (request) => cutOffLater(clock, request.raw))
}

/** What a sender still sends after its answer is dropped for a while; who does not come to an end is cut off. */
function cutOffLater(clock: Clock, request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  const cancel = clock.after(LINGER, () => request.destroy())
  request.once('close', cancel)
}
