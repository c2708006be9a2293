import { Refusal } from '@conversa/core'
import { LIMITS, type Message } from '@conversa/protocol'
import { type Call, Refused } from '../client-api/call.ts'
import { readToken, writeToken } from '../client-api/page-token.ts'
import type { SyncObject } from './names.ts'
import { membershipData, messageData, participantData, profileData, reachabilityData } from './shapes.ts'

/** One item, under an index in a list and a key in a map. */
export interface Item {
  readonly key: number | string
  readonly data: object
  readonly dateUpdated: number
}

/** A page of items, the revision at which it was read, and the tokens of its neighbours. */
export interface Items {
  readonly items: readonly Item[]
  readonly revision: number
  readonly next?: string | undefined
  readonly previous?: string | undefined
}

type Params = Readonly<Record<string, string>>

/** Where a page begins. Older clients follow a token literally and alone, so it holds everything (twilio-wire-protocol 5.4). */
interface Place {
  readonly from?: string | undefined
  readonly order: 'asc' | 'desc'
  readonly size: number
  /** Whether the page begins behind it. */
  readonly isPast: boolean
}

const USUAL = 50

function placeOf({ From, Order, PageSize, PageToken }: Params): Place {
  const token = readToken<Partial<Place>>(PageToken)
  const { from = From, order = Order, size = PageSize ?? USUAL, isPast } = token ?? {}
  const count = Math.min(Math.max(1, Math.trunc(Number(size)) || USUAL), LIMITS.pageSize)
  const begin = from === undefined ? undefined : String(from)
  return { from: begin, order: order === 'desc' ? 'desc' : 'asc', size: count, isPast: isPast === true }
}

/** The same place, looked at in the other direction. */
const turned = (place: Place): Place => ({ ...place, order: place.order === 'asc' ? 'desc' : 'asc' })

const tokenAt = (place: Place, from: string | number | null | undefined): string | undefined =>
  from === null || from === undefined ? undefined : writeToken({ ...place, from: String(from), isPast: false })

/** The messages of a conversation, by their index. */
export async function listMessages(call: Call, conversationSid: string, params: Params): Promise<Items> {
  if (params.Index !== undefined) return oneMessage(call, conversationSid, Number(params.Index))
  const place = placeOf(params)
  const direction = place.order === 'desc' ? 'backwards' : 'forward'
  const anchor = place.from === undefined ? undefined : Number(place.from)
  const { messages, older, newer, revision } = await call.ask('message.page', {
    conversationSid,
    direction,
    limit: place.size,
    anchor,
  })
  const [onward, back] = direction === 'backwards' ? [older, newer] : [newer, older]
  const items = messages.map(messageItem)
  return {
    items: direction === 'backwards' ? items.reverse() : items,
    revision,
    next: tokenAt(place, onward),
    previous: tokenAt(turned(place), back),
  }
}

const messageItem = (message: Message): Item => ({
  key: message.index,
  data: messageData(message),
  dateUpdated: message.dateUpdated,
})

/** One that is not there is an empty page (twilio-wire-protocol 10.8). */
async function oneMessage(call: Call, conversationSid: string, index: number): Promise<Items> {
  const { messages, revision } = await call.ask('message.page', {
    conversationSid,
    anchor: index,
    direction: 'forward',
    limit: 1,
  })
  const found = messages.filter((message) => message.index === index)
  return { items: found.map(messageItem), revision }
}

/** The participants of a conversation, by their SID. */
export async function mapRoster(call: Call, conversationSid: string, params: Params): Promise<Items> {
  const all: Item[] = []
  let revision = 0
  let after: string | null | undefined
  do {
    const page = await call.ask('participant.list', { conversationSid, limit: LIMITS.pageSize, after: after ?? undefined })
    for (const one of page.participants) all.push({ key: one.sid, data: participantData(one), dateUpdated: one.dateUpdated })
    // The first: what changed while the pages were read is told by events.
    revision ||= page.revision
    after = page.next
  } while (after)
  return pageOf(all, revision, params)
}

/** Where an object stands: for opening it, whose items are asked for afterwards. */
export async function revisionOf(call: Call, object: SyncObject): Promise<number> {
  switch (object.kind) {
    case 'channel':
      return (await call.conversation(object.conversationSid)).revision
    case 'messages':
    case 'roster':
      return (await call.ask('message.page', { conversationSid: object.conversationSid, limit: 1 })).revision
    case 'my_conversations':
      return ownRevision(call, object.identity)
    case 'user_info':
      return (await call.ask('user.get', { identity: object.identity })).user.dateUpdated
    case 'commands':
      throw new Refused(new Refusal('resource-not-found'))
  }
}

/** Nobody sees the list of another. */
function refuseOthers({ grant }: Call, identity: string): void {
  if (identity !== grant.identity) throw new Refused(new Refusal('resource-not-found'))
}

/** The revision of the signed-in user. */
async function ownRevision(call: Call, identity: string): Promise<number> {
  refuseOthers(call, identity)
  return (await call.core.catchUpUser(call.grant, undefined)).news.revision
}

/** The conversations of the signed-in user, by their SID. A page costs what it shows, however many there are. */
export async function mapMyConversations(call: Call, identity: string, params: Params): Promise<Items> {
  if (params.Key !== undefined) return oneConversation(call, params.Key, await ownRevision(call, identity))
  refuseOthers(call, identity)
  const place = placeOf(params)
  const window = { from: place.from, isPast: place.isPast, order: place.order, limit: place.size }
  const { rows, revision, isMoreBefore, isMoreAfter } = await call.core.membershipWindow(call.grant, window)
  const items = rows.map(({ conversation: { sid, dateUpdated }, participant }) => {
    return { key: sid, data: membershipData(sid, participant), dateUpdated }
  })
  const past = (from: string | undefined) => writeToken({ ...place, from, isPast: true })
  return {
    items,
    revision,
    next: isMoreAfter ? past(items.at(-1)?.key) : undefined,
    previous: isMoreBefore ? writeToken({ ...turned(place), from: items[0]?.key ?? place.from, isPast: true }) : undefined,
  }
}

async function oneConversation(call: Call, conversationSid: string, revision: number): Promise<Items> {
  const found = await call.conversation(conversationSid).catch((error: unknown) => {
    if (error instanceof Refused) return undefined
    throw error
  })
  if (!found?.membership) return { items: [], revision }
  const { membership, dateUpdated } = found
  return { items: [{ key: conversationSid, data: membershipData(conversationSid, membership), dateUpdated }], revision }
}

/** A user, as everybody sees them. They have no revision that others may know: each connection numbers what it tells by itself. */
export async function mapUserInfo(call: Call, identity: string, params: Params): Promise<Items> {
  const { user, reachability } = await call.ask('user.get', { identity })
  const { dateUpdated } = user
  const all = Object.entries({ ...profileData(user), ...reachabilityData(reachability) })
  return pageOf(
    all.map(([key, data]) => ({ key, data, dateUpdated })),
    dateUpdated,
    params,
  )
}

/** A page of a map whose items are all there. Keys sort as plain texts. */
function pageOf(all: readonly Item[], revision: number, params: Params): Items {
  if (params.Key !== undefined) return { items: all.filter(({ key }) => key === params.Key), revision }
  const place = placeOf(params)
  const sorted = [...all].sort((a, b) => (a.key < b.key ? -1 : 1))
  if (place.order === 'desc') sorted.reverse()
  const { from } = place
  const isBefore = ({ key }: Item) => from !== undefined && (place.order === 'asc' ? String(key) < from : String(key) > from)
  const begin = sorted.findIndex((item) => !isBefore(item))
  const at = begin < 0 ? sorted.length : begin
  return {
    items: sorted.slice(at, at + place.size),
    revision,
    next: tokenAt(place, sorted[at + place.size]?.key),
    previous: tokenAt(turned(place), sorted[at - 1]?.key),
  }
}
