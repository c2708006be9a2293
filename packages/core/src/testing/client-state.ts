import {
  applyConversationEvent,
  applyMembershipEvent,
  type ConversationEvent,
  type ConversationView,
  type Event,
  type Message,
  type Participant,
  type User,
  type UserEvent,
} from '@conversa/protocol'
import { Refusal } from '../records/refusal.ts'
import type { Person } from './core-world.ts'

/** What a client that keeps everything has of one user: the law says that it follows from the events alone. */
export interface ClientState {
  readonly user: User
  /** Revision of the user's own scope. */
  readonly revision: number
  readonly rooms: ReadonlyMap<string, Room>
}

export interface Room {
  readonly view: ConversationView
  /** Undefined between joining and fetching. */
  readonly lists: Lists | undefined
}

/** Who is in a conversation and what was said, at one revision. */
interface Lists {
  readonly revision: number
  readonly participants: ReadonlyMap<string, Participant>
  readonly messages: ReadonlyMap<number, Message>
}

/**
 * Fetches everything afresh.
 *
 * @param watched conversations that the user hears of without being in them
 */
export async function fetchState(person: Person, watched: readonly string[] = []): Promise<ClientState> {
  const { user, news } = await person.world.core.catchUpUser(person.actor, undefined)
  const rooms = new Map<string, Room>()
  for (const view of await fetchList(person)) rooms.set(view.sid, { view, lists: await fetchLists(person, view.sid) })
  for (const conversationSid of watched) {
    const found = await person.tryToAsk({ type: 'conversation.get', conversationSid })
    if (found instanceof Refusal || rooms.has(conversationSid)) continue
    rooms.set(conversationSid, { view: found.conversation, lists: await fetchLists(person, conversationSid) })
  }
  return { user, revision: news.revision, rooms }
}

async function fetchList(person: Person): Promise<ConversationView[]> {
  const views: ConversationView[] = []
  let page = await person.ask({ type: 'conversation.list', limit: 2 })
  for (;;) {
    views.push(...page.conversations)
    if (!page.next) return views
    page = await person.ask({ type: 'conversation.list', limit: 2, after: page.next })
  }
}

async function fetchLists(person: Person, conversationSid: string): Promise<Lists> {
  const participants: Participant[] = []
  const messages: Message[] = []
  let revision = 0
  for (let after: string | null | undefined; after !== null; ) {
    const page = await person.ask({ type: 'participant.list', conversationSid, ...(after && { after }) })
    participants.push(...page.participants)
    after = page.next
  }
  for (let anchor: number | null | undefined; anchor !== null; ) {
    const at = anchor === undefined ? {} : { anchor }
    const page = await person.ask({ type: 'message.page', conversationSid, limit: 100, ...at })
    messages.unshift(...page.messages)
    anchor = page.older
    revision = page.revision
  }
  return {
    revision,
    participants: new Map(participants.map((one) => [one.sid, one])),
    messages: new Map(messages.map((one) => [one.index, one])),
  }
}

/**
 * Folds what a client heard into what it has. Strict where a real client would forgive: every event must be the next one of its
 * scope, and of a conversation that is the user's business.
 */
export function foldEvent(state: ClientState, event: Event): ClientState {
  if (event.type === 'typing.started' || event.type === 'profile.updated' || event.type === 'reachability.updated') return state
  return isUserEvent(event) ? foldUserEvent(state, event) : foldConversationEvent(state, event)
}

function foldUserEvent(state: ClientState, event: UserEvent): ClientState {
  expectNext(event, state.revision)
  const { revision } = event
  switch (event.type) {
    case 'user.created':
      return { ...state, revision, user: event.user }
    case 'user.updated':
      return { ...state, revision, user: { ...state.user, ...event.changes, dateUpdated: event.dateUpdated } }
    case 'membership.added': {
      const { sid } = event.conversation
      return { ...state, revision, rooms: withRoom(state, sid, { view: event.conversation, lists: state.rooms.get(sid)?.lists }) }
    }
    case 'membership.removed':
      return { ...state, revision, rooms: withRoom(state, event.conversationSid, undefined) }
    case 'membership.updated': {
      const room = state.rooms.get(event.conversationSid)
      const next = room && { ...room, view: applyMembershipEvent(room.view, event) }
      return { ...state, revision, rooms: withRoom(state, event.conversationSid, next) }
    }
  }
}

function foldConversationEvent(state: ClientState, event: ConversationEvent): ClientState {
  const room = state.rooms.get(event.conversationSid)
  if (!room) throw new Error(`heard ${event.type} of a conversation that is not the user's`)
  expectNext(event, room.view.revision)
  const view = applyConversationEvent(room.view, event)
  const isNew = room.lists && event.revision > room.lists.revision
  const lists = room.lists && isNew ? foldLists(room.lists, event) : room.lists
  return { ...state, rooms: withRoom(state, event.conversationSid, view ? { view, lists } : undefined) }
}

function foldLists(lists: Lists, event: ConversationEvent): Lists {
  expectNext(event, lists.revision)
  return {
    revision: event.revision,
    participants: foldParticipants(lists.participants, event),
    messages: foldMessages(lists.messages, event),
  }
}

function foldParticipants(participants: Lists['participants'], event: ConversationEvent): Lists['participants'] {
  const next = new Map(participants)
  if (event.type === 'participant.joined') next.set(event.participant.sid, event.participant)
  if (event.type === 'participant.left') expectTrue(next.delete(event.participantSid), event)
  if (event.type === 'participant.updated') {
    const before = next.get(event.participantSid)
    expectTrue(before, event)
    const { changes, binding, dateUpdated } = event
    if (before) next.set(before.sid, { ...before, ...changes, ...(binding && { binding }), dateUpdated })
  }
  return next
}

function foldMessages(messages: Lists['messages'], event: ConversationEvent): Lists['messages'] {
  const next = new Map(messages)
  if (event.type === 'message.added') next.set(event.message.index, event.message)
  if (event.type === 'message.removed') expectTrue(next.delete(event.index), event)
  if (event.type === 'receipt.recorded') {
    const before = next.get(event.index)
    expectTrue(before, event)
    if (before) next.set(event.index, { ...before, delivery: event.delivery })
  }
  if (event.type === 'message.updated') {
    const before = next.get(event.index)
    const { changes, lastUpdatedBy, dateUpdated } = event
    expectTrue(before, event)
    if (before) next.set(event.index, { ...before, ...changes, lastUpdatedBy, dateUpdated })
  }
  return next
}

/**
 * Brings an old state up to date as a client does that comes back: first the user's scope, then every conversation that is left.
 */
export async function catchUp(person: Person, old: ClientState): Promise<ClientState> {
  const { core } = person.world
  const { news } = await core.catchUpUser(person.actor, old.revision)
  if (!('delta' in news)) throw new Error('a delta was expected')
  const rejoined = news.delta.flatMap((event) => (event.type === 'membership.added' ? event.conversation.sid : []))
  let state = news.delta.reduce(foldUserEvent, old)
  for (const { view, lists } of state.rooms.values()) {
    // Who left and came back has an older list than view: both catch up from where they are.
    const isNewer = lists && rejoined.includes(view.sid) && view.revision > lists.revision
    if (isNewer) {
      const caught = await resume(
        person,
        { ...state, rooms: withRoom(state, view.sid, { view: { ...view, revision: lists.revision }, lists }) },
        view.sid,
      )
      const fresh = await resume(person, { ...state, rooms: withRoom(state, view.sid, { view, lists: undefined }) }, view.sid)
      const [room, known] = [fresh.rooms.get(view.sid), caught.rooms.get(view.sid)]
      state = { ...state, rooms: withRoom(state, view.sid, room && { view: room.view, lists: known?.lists }) }
    } else state = await resume(person, state, view.sid)
  }
  return state
}

async function resume(person: Person, state: ClientState, conversationSid: string): Promise<ClientState> {
  const revision = state.rooms.get(conversationSid)?.view.revision ?? 0
  const { conversations } = await person.ask({ type: 'conversation.resume', since: [{ conversationSid, revision }] })
  const [news] = conversations
  if (!news) return state
  if ('gone' in news) return { ...state, rooms: withRoom(state, conversationSid, undefined) }
  if (!('delta' in news)) throw new Error('a delta was expected')
  return news.delta.reduce(foldConversationEvent, state)
}

/** What both know, to be compared: lists that one of them has not fetched are left out. */
export function comparable(state: ClientState, other: ClientState) {
  const rooms = state.rooms
    .entries()
    .map(([sid, { view, lists }]) => ({ view, lists: other.rooms.get(sid)?.lists && lists }))
    .toArray()
  return { ...state, rooms: rooms.sort((a, b) => (a.view.sid < b.view.sid ? -1 : 1)) }
}

function withRoom(state: ClientState, sid: string, room: Room | undefined): ReadonlyMap<string, Room> {
  const rooms = new Map(state.rooms)
  if (room) rooms.set(sid, room)
  else rooms.delete(sid)
  return rooms
}

function isUserEvent(event: Event): event is UserEvent {
  return event.type.startsWith('membership.') || event.type.startsWith('user.')
}

function expectNext(event: { readonly type: string; readonly revision: number }, revision: number): void {
  if (event.revision === revision + 1) return
  throw new Error(`after revision ${revision} came ${event.type} with ${event.revision}`)
}

function expectTrue(condition: unknown, event: Event): void {
  if (!condition) throw new Error(`${event.type} is about what was not there: ${JSON.stringify(event)}`)
}
