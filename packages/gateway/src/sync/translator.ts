import { type Actor, type Core, Refusal, SYSTEM_IDENTITY } from '@conversa/core'
import type { ConversationEvent, ConversationView, Event, Message, Reachability, User, UserEvent } from '@conversa/protocol'
import { channelName, messagesName, myConversationsName, rosterName, userInfoName } from './names.ts'
import { channelData, membershipData, messageData, participantData, profileData, reachabilityData } from './shapes.ts'

/** A change of one object, in the form that goes to its subscribers (twilio-wire-protocol 5.3). */
export interface SyncEvent {
  /** Name of the object. */
  readonly object: string
  /**
   * Increases with every change of the object. It derives from a revision, so it survives restarts and is the same on every node.
   * Undefined for what has no revision: a connection numbers it by itself.
   */
  readonly id: number | undefined
  readonly type: string
  readonly fields: object
  /** The item that it takes away. */
  readonly removes?: number | string
}

type MembershipEvent = UserEvent & { readonly type: `membership.${string}` }

/**
 * Turns what happened into changes of Sync objects. An event becomes whole items and documents, read once for all who hear of it:
 * what was read may be newer than the event, and a later event then shows the same again.
 */
export class Translator {
  readonly #core: Core
  readonly #known = new WeakMap<Event, Promise<readonly SyncEvent[]>>()

  constructor(core: Core) {
    this.#core = core
  }

  /** @param serviceSid the service of whoever hears of it */
  of(serviceSid: string, event: Event): Promise<readonly SyncEvent[]> {
    const made = this.#known.get(event) ?? this.#translate(serviceSid, event)
    this.#known.set(event, made)
    return made
  }

  async #translate(serviceSid: string, event: Event): Promise<readonly SyncEvent[]> {
    switch (event.type) {
      case 'typing.started':
      case 'user.created':
        return []
      case 'user.updated': {
        const { friendlyName = null, attributes = '{}' } = event.changes
        const items = Object.entries(profileData({ friendlyName, attributes }))
        return infoItems(
          event.identity,
          items.filter(([key]) => Object.hasOwn(event.changes, key)),
        )
      }
      case 'profile.updated':
        return infoOf(event.user, null)
      case 'reachability.updated':
        return infoItems(event.identity, Object.entries(reachabilityData(event.reachability)))
      case 'membership.added':
      case 'membership.updated':
      case 'membership.removed':
        return this.#ofMembership(serviceSid, event)
      default:
        return this.#ofConversation({ kind: 'back-end', serviceSid, identity: SYSTEM_IDENTITY }, event)
    }
  }

  async #ofConversation(reader: Actor, event: ConversationEvent): Promise<readonly SyncEvent[]> {
    const { conversationSid, revision: id } = event
    const [list, map] = [messagesName(conversationSid), rosterName(conversationSid)]
    switch (event.type) {
      case 'conversation.created':
        return []
      case 'conversation.updated':
        return this.#document(reader, event)
      case 'conversation.deleted': {
        const document = channelName(conversationSid)
        return [
          { object: list, id, type: 'list_removed', fields: { list_sid: list } },
          { object: map, id, type: 'map_removed', fields: { map_sid: map } },
          { object: document, id, type: 'document_removed', fields: { document_sid: document } },
        ]
      }
      case 'message.added':
        return [itemOfList(list, id, 'added', event.message), ...(await this.#document(reader, event))]
      case 'message.updated':
      case 'receipt.recorded': {
        const message = await this.#message(reader, conversationSid, event.index)
        return message ? [itemOfList(list, id, 'updated', message)] : []
      }
      case 'message.removed': {
        const removed = { list_sid: list, item_index: event.index, item_data: {} }
        return [
          { object: list, id, type: 'list_item_removed', fields: removed, removes: event.index },
          ...(await this.#document(reader, event)),
        ]
      }
      case 'participant.joined':
        return [itemOfMap(map, id, 'added', event.participant.sid, participantData(event.participant))]
      case 'participant.updated': {
        const { participantSid: participant } = event
        const found = await this.#core.answer<'participant.get'>(reader, {
          type: 'participant.get',
          conversationSid,
          participant,
        })
        if (found instanceof Refusal) return []
        return [itemOfMap(map, id, 'updated', participant, participantData(found.participant))]
      }
      case 'participant.left':
        return [itemOfMap(map, id, 'removed', event.participantSid, { identity: event.identity, type: 'chat' })]
    }
  }

  async #ofMembership(serviceSid: string, event: MembershipEvent): Promise<readonly SyncEvent[]> {
    const { identity, revision: id } = event
    const map = myConversationsName(identity)
    switch (event.type) {
      case 'membership.added': {
        const { sid, membership } = event.conversation
        return membership ? [itemOfMap(map, id, 'added', sid, membershipData(sid, membership))] : []
      }
      case 'membership.updated': {
        const { conversationSid } = event
        const reader: Actor = { kind: 'user', serviceSid, identity }
        const view = await this.#view(reader, conversationSid)
        return view?.membership
          ? [itemOfMap(map, id, 'updated', conversationSid, membershipData(conversationSid, view.membership))]
          : []
      }
      case 'membership.removed':
        return [itemOfMap(map, id, 'removed', event.conversationSid, {})]
    }
  }

  async #document(reader: Actor, { conversationSid, revision: id }: ConversationEvent): Promise<readonly SyncEvent[]> {
    const view = await this.#view(reader, conversationSid)
    return view ? [documentOf(view, id)] : []
  }

  async #view(reader: Actor, conversationSid: string): Promise<ConversationView | undefined> {
    const found = await this.#core.answer<'conversation.get'>(reader, { type: 'conversation.get', conversationSid })
    return found instanceof Refusal ? undefined : found.conversation
  }

  async #message(reader: Actor, conversationSid: string, index: number): Promise<Message | undefined> {
    const page = { type: 'message.page', conversationSid, anchor: index, direction: 'forward', limit: 1 } as const
    const found = await this.#core.answer<'message.page'>(reader, page)
    if (found instanceof Refusal) return undefined
    return found.messages.find((message) => message.index === index)
  }
}

/** A conversation's document, as it is now. */
export function documentOf(view: ConversationView, id = view.revision): SyncEvent {
  const object = channelName(view.sid)
  const fields = { document_sid: object, document_revision: String(id), document_data: channelData(view) }
  return { object, id, type: 'document_updated', fields }
}

/** Everything of a user, as it is now: for who asks after an absence. */
export function infoOf(user: User, reachability: Reachability | null): SyncEvent[] {
  return infoItems(user.identity, Object.entries({ ...profileData(user), ...reachabilityData(reachability) }))
}

function infoItems(identity: string, items: readonly [key: string, data: object][]): SyncEvent[] {
  return items.map(([key, data]) => itemOfMap(userInfoName(identity), undefined, 'updated', key, data))
}

function itemOfList(list: string, id: number, change: 'added' | 'updated', message: Message): SyncEvent {
  const fields = { list_sid: list, item_index: message.index, item_revision: String(id), item_data: messageData(message) }
  return { object: list, id, type: `list_item_${change}`, fields: { ...fields, list_revision: String(id) } }
}

function itemOfMap(
  map: string,
  id: number | undefined,
  change: 'added' | 'updated' | 'removed',
  key: string,
  data: object,
): SyncEvent {
  const fields = { map_sid: map, item_key: key, item_revision: String(id ?? 0), item_data: data }
  return { object: map, id, type: `map_item_${change}`, fields, ...(change === 'removed' && { removes: key }) }
}
