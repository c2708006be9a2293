import { type Actor, type Core, Refusal } from '@conversa/core'
import { LIMITS, type Media } from '@conversa/protocol'

/** Who asks for files, and the address under which they reach us, without a slash at its end. */
export interface FileCaller {
  readonly actor: Actor
  readonly origin: string
}

/** A request for files, of which nothing was checked. */
export interface FileRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: Readonly<Record<string, unknown>>
  readonly names: Readonly<Record<string, string>>
  readonly body?: unknown
}

const FILES = '/v1/Services/:serviceSid/Media'
const SETS = '/v1/Services/:serviceSid/MediaSet'

/** Where files of a service are sent to, and where several are asked for. */
export const mediaLinks = (origin: string, serviceSid: string) => ({
  media: origin + FILES.replace(':serviceSid', serviceSid),
  mediaSet: origin + SETS.replace(':serviceSid', serviceSid),
})

/** Files as the vendor's client sends and asks for them over HTTP (twilio-wire-protocol 6.3). */
export function mediaService(core: Core) {
  return {
    uploads: FILES,
    sends: ['Content-Type', 'X-Twilio-Token'],
    asked({ headers, query: { Category: category = 'media', Filename: filename }, names: { serviceSid } }: FileRequest) {
      const token = headers['x-twilio-token']
      const name = typeof filename === 'string' ? filename : undefined
      const key = headers['idempotency-key']
      return { token: typeof token === 'string' ? token : undefined, serviceSid, category, key, filename: name }
    },
    async shown(caller: FileCaller, { sid }: Media): Promise<object> {
      const shown = await find(core, caller, sid)
      if (shown instanceof Refusal) throw new Error(`unable to show ${sid}, which was just received: ${shown.name}`)
      return shown
    },
    routes: [
      {
        method: 'GET' as const,
        path: `${FILES}/:sid`,
        answer: (caller: FileCaller, { names: { sid = '' } }: FileRequest) => find(core, caller, sid),
      },
      { method: 'POST' as const, path: SETS, answer: (caller: FileCaller, { body }: FileRequest) => findAll(core, caller, body) },
    ],
  }
}

async function find(core: Core, { actor, origin }: FileCaller, sid: string): Promise<object | Refusal> {
  const found = await core.findMedia(actor, sid)
  if (found instanceof Refusal) return found
  const { record } = found
  const date = new Date(record.dateCreated).toISOString()
  const url = `${mediaLinks(origin, record.serviceSid).media}/${sid}`
  const direct = new URL(found.url, origin).href
  return {
    sid,
    service_sid: record.serviceSid,
    channel_sid: record.message?.conversationSid ?? null,
    message_sid: null,
    date_created: date,
    date_upload_updated: date,
    date_updated: date,
    size: record.size,
    content_type: record.contentType,
    filename: record.filename,
    category: record.category,
    author: record.owner,
    is_multipart_upstream: false,
    url,
    links: { content: direct, content_direct_temporary: direct },
  }
}

/** Each file answers for itself. */
async function findAll(core: Core, caller: FileCaller, body: unknown): Promise<object | Refusal> {
  const sids = sidsOf(body)
  if (!sids) return new Refusal('parameter-invalid', { field: '/list' })
  const found: object[] = []
  for (const sid of sids) {
    const record = await find(core, caller, sid)
    if (record instanceof Refusal) found.push({ code: record.body().status, media_record: { sid } })
    else found.push({ code: 200, media_record: record })
  }
  return found
}

function sidsOf(body: unknown): string[] | undefined {
  const { command, list } = (body ?? {}) as { command?: unknown; list?: unknown }
  if (command !== 'get' || !Array.isArray(list) || list.length > LIMITS.pageSize) return undefined
  const sids = list.map((one: { media_sid?: unknown } | null) => one?.media_sid)
  return sids.every((sid) => typeof sid === 'string') ? sids : undefined
}
