import type {
  SourceConversation,
  SourceHooks,
  SourceReceipt,
  SourceRole,
  SourceService,
  SourceUser,
  SourceWebhook,
} from '@conversa/core'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { type SourceClient, SourceMissing } from './source-client.ts'
import {
  hooksOf,
  type Parse,
  parseConversation,
  parseMessage,
  parseParticipant,
  parseReceipt,
  parseRole,
  parseService,
  parseUser,
  parseWebhook,
  serviceOf,
} from './source-records.ts'
import {
  MEDIA_RESOURCE,
  MEMBERSHIP,
  PAGE,
  SERVICE,
  SERVICE_CONFIGURATION,
  SERVICE_NOTIFICATIONS,
  SERVICE_WEBHOOKS,
} from './source-schema.ts'

/** One page of a list: what fits, what does not, and where the next page begins. */
export interface SourcePage<Item> {
  readonly items: readonly Item[]
  readonly unfit: readonly { readonly sid: string; readonly reason: string }[]
  readonly next: string | null
}

/** What a page of this API says of the next one: the rest of its address is ours to know. */
const PAGE_PARAMETERS = ['Page', 'PageToken']

/** What a server shows, resource by resource. */
export class Source {
  readonly #client: SourceClient

  constructor(client: SourceClient) {
    this.#client = client
  }

  /** SIDs of all services of the account. */
  async services(): Promise<SourcePage<{ readonly sid: string }>> {
    return this.#whole('/Services', 'services', parseService)
  }

  async service(sid: string): Promise<SourceService> {
    const path = `/Services/${sid}`
    const parsed = parseService(await this.#client.get(path, checkOf(SERVICE)))
    if ('reason' in parsed) throw new SourceMissing(parsed.reason)
    const configuration = await this.#client.get(`${path}/Configuration`, checkOf(SERVICE_CONFIGURATION))
    const notifications = await this.#get<Static<typeof SERVICE_NOTIFICATIONS>>(
      `${path}/Configuration/Notifications`,
      SERVICE_NOTIFICATIONS,
    )
    return serviceOf(parsed.item, configuration as Static<typeof SERVICE_CONFIGURATION>, notifications)
  }

  async hooks(serviceSid: string): Promise<SourceHooks | undefined> {
    const path = `/Services/${serviceSid}/Configuration/Webhooks`
    return hooksOf((await this.#client.get(path, checkOf(SERVICE_WEBHOOKS))) as Static<typeof SERVICE_WEBHOOKS>)
  }

  roles(serviceSid: string): Promise<SourcePage<SourceRole>> {
    return this.#whole(`/Services/${serviceSid}/Roles`, 'roles', parseRole)
  }

  users(serviceSid: string): AsyncGenerator<SourcePage<SourceUser>> {
    return this.#pages(`/Services/${serviceSid}/Users`, 'users', parseUser)
  }

  conversations(serviceSid: string): AsyncGenerator<SourcePage<SourceConversation>> {
    return this.#pages(`/Services/${serviceSid}/Conversations`, 'conversations', parseConversation)
  }

  participants(serviceSid: string, conversationSid: string) {
    return this.#whole(`${roomPath(serviceSid, conversationSid)}/Participants`, 'participants', parseParticipant)
  }

  webhooks(serviceSid: string, conversationSid: string): Promise<SourcePage<SourceWebhook>> {
    return this.#whole(`${roomPath(serviceSid, conversationSid)}/Webhooks`, 'webhooks', parseWebhook)
  }

  /** @param from where the first page begins; null is the beginning */
  messages(serviceSid: string, conversationSid: string, from: string | null) {
    return this.#pages(`${roomPath(serviceSid, conversationSid)}/Messages`, 'messages', parseMessage, from)
  }

  receipts(serviceSid: string, conversationSid: string, messageSid: string): Promise<SourcePage<SourceReceipt>> {
    const path = `${roomPath(serviceSid, conversationSid)}/Messages/${messageSid}/Receipts`
    return this.#whole(path, 'delivery_receipts', parseReceipt)
  }

  /** What is shown of a conversation to one of its users; undefined when they have none of it. */
  async membership(
    serviceSid: string,
    conversationSid: string,
    identity: string,
  ): Promise<Static<typeof MEMBERSHIP> | undefined> {
    // No address can have a segment like this.
    if (identity === '.' || identity === '..') return undefined
    const path = `/Services/${serviceSid}/Users/${encodeURIComponent(identity)}/Conversations/${conversationSid}`
    return this.#get<Static<typeof MEMBERSHIP>>(path, MEMBERSHIP)
  }

  /** @returns undefined when there is no such resource */
  async #get<Shown>(path: string, schema: TSchema): Promise<Shown | undefined> {
    try {
      return (await this.#client.get(path, checkOf(schema))) as Shown
    } catch (error) {
      if (error instanceof SourceMissing) return undefined
      throw error
    }
  }

  async media(serviceSid: string, sid: string): Promise<Static<typeof MEDIA_RESOURCE>> {
    return (await this.#client.media(serviceSid, sid, checkOf(MEDIA_RESOURCE))) as Static<typeof MEDIA_RESOURCE>
  }

  /** See `SourceClient.file`. */
  file(url: string, keep: (content: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    return this.#client.file(url, keep)
  }

  async *#pages<Item>(
    path: string,
    key: string,
    parse: Parse<Item>,
    from: string | null = null,
  ): AsyncGenerator<SourcePage<Item>> {
    const seen = new Set<string>()
    for (let at = from; ; ) {
      const query = at === null ? '' : `&${at}`
      const isPage = (body: unknown) => IS_PAGE.Check(body) && Array.isArray((body as Record<string, unknown>)[key])
      const body = (await this.#client.get(`${path}?PageSize=100${query}`, isPage)) as Static<typeof PAGE>
      const parsed = ((body as Record<string, unknown>)[key] as unknown[]).map(parse)
      const next = nextOf(body.meta.next_page_url)
      yield {
        items: parsed.flatMap((one) => ('item' in one ? [one.item] : [])),
        unfit: parsed.flatMap((one) => ('reason' in one ? [one] : [])),
        next,
      }
      if (next === null) return
      if (seen.has(next)) throw new SourceMissing('its pages go round in a circle')
      seen.add(next)
      at = next
    }
  }

  /** A list of which there is never much. */
  async #whole<Item>(path: string, key: string, parse: Parse<Item>): Promise<SourcePage<Item>> {
    const items: Item[] = []
    const unfit: { sid: string; reason: string }[] = []
    for await (const page of this.#pages(path, key, parse)) {
      items.push(...page.items)
      unfit.push(...page.unfit)
      if (items.length + unfit.length > MOST_AT_ONCE) throw new SourceMissing(`it lists more than ${MOST_AT_ONCE} ${key}`)
    }
    return { items, unfit, next: null }
  }
}

/** Participants, roles and the like that one thing may have. */
const MOST_AT_ONCE = 20_000

const IS_PAGE = Compile(PAGE)

const checks = new Map<TSchema, (value: unknown) => boolean>()

function checkOf(schema: TSchema): (value: unknown) => boolean {
  const known = checks.get(schema)
  if (known) return known
  const compiled = Compile(schema)
  const check = (value: unknown) => compiled.Check(value)
  checks.set(schema, check)
  return check
}

const roomPath = (serviceSid: string, conversationSid: string) => `/Services/${serviceSid}/Conversations/${conversationSid}`

/** Of the address of the next page, only what says where it begins: the host that it names is not followed. */
function nextOf(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url, 'http://source')) return null
  const given = new URL(url, 'http://source').searchParams
  const kept = PAGE_PARAMETERS.flatMap((name) => given.getAll(name).map((value): [string, string] => [name, value]))
  return kept.length > 0 ? new URLSearchParams(kept).toString() : null
}
