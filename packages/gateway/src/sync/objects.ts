import { Refusal } from '@conversa/core'
import type { ConversationView } from '@conversa/protocol'
import { type Answer, ok } from '../client-api/answer.ts'
import { type Call, Refused } from '../client-api/call.ts'
import type { Links } from '../client-api/links.ts'
import { type Items, listMessages, mapMyConversations, mapRoster, mapUserInfo, revisionOf } from './items.ts'
import { FORMS, objectNamed, type SyncForm, type SyncObject } from './names.ts'
import { channelData } from './shapes.ts'

const PATHS: Readonly<Record<SyncForm, string>> = { document: 'Documents', list: 'Lists', map: 'Maps' }

/** Opens a conversation's document (twilio-wire-protocol 5.2). */
export async function openDocument(call: Call, links: Links, name: string): Promise<Answer> {
  const object = named(name, 'document')
  const view = await call.conversation((object as { conversationSid: string }).conversationSid)
  return ok({ ...descriptor(name, 'document', view.revision, links), data: channelData(view), ...dates(view) })
}

/** Opens a list: its items are asked for. */
export async function openList(call: Call, links: Links, name: string): Promise<Answer> {
  const revision = await revisionOf(call, named(name, 'list'))
  return ok({ ...descriptor(name, 'list', revision, links), links: { items: `${urlOf(name, 'list', links)}/Items` } })
}

/** Opens a map, with its items when they are wanted at once. */
export async function openMap(call: Call, links: Links, name: string): Promise<Answer> {
  const object = named(name, 'map')
  const whole = call.request.params.Include === 'items' ? await itemsOf(call, object, {}) : undefined
  const revision = whole?.revision ?? (await revisionOf(call, object))
  const opened = { ...descriptor(name, 'map', revision, links), links: { items: `${urlOf(name, 'map', links)}/Items` } }
  return ok(whole ? { ...opened, items: whole.items.map((item) => shown(item, revision)) } : opened)
}

/** A page of a list or a map (twilio-wire-protocol 5.4). */
export async function listItems(call: Call, _links: Links, name: string): Promise<Answer> {
  const object = objectNamed(name)
  if (!object) throw new Refused(new Refusal('resource-not-found'))
  const read = () => itemsOf(call, object, call.request.params)
  const isRead = object.kind === 'messages' || object.kind === 'my_conversations'
  // The others are read once, before they are followed.
  const { items, revision, next, previous } = isRead ? await call.subscriptions.page(name, read) : await read()
  return ok({
    items: items.map((item) => shown(item, revision)),
    meta: { next_token: next ?? null, previous_token: previous ?? null },
  })
}

function itemsOf(call: Call, object: SyncObject, params: Readonly<Record<string, string>>): Promise<Items> {
  switch (object.kind) {
    case 'messages':
      return listMessages(call, object.conversationSid, params)
    case 'roster':
      return mapRoster(call, object.conversationSid, params)
    case 'my_conversations':
      return mapMyConversations(call, object.identity, params)
    case 'user_info':
      return mapUserInfo(call, object.identity, params)
    case 'channel':
    case 'commands':
      throw new Refused(new Refusal('resource-not-found'))
  }
}

function named(name: string, form: SyncForm): SyncObject {
  const object = objectNamed(name)
  if (!object || FORMS[object.kind] !== form) throw new Refused(new Refusal('resource-not-found'))
  return object
}

function descriptor(name: string, form: SyncForm, revision: number, links: Links): object {
  return {
    sid: name,
    unique_name: name,
    url: urlOf(name, form, links),
    revision: String(revision),
    last_event_id: revision,
    date_expires: null,
  }
}

const urlOf = (name: string, form: SyncForm, { sync }: Links) => `${sync}/${PATHS[form]}/${name}`

const dates = ({ dateCreated, dateUpdated }: ConversationView) => ({
  date_created: new Date(dateCreated).toISOString(),
  date_updated: new Date(dateUpdated).toISOString(),
})

/** An item as it was at a revision: any change after it has a higher event id. */
function shown({ key, data, dateUpdated }: Items['items'][number], revision: number): object {
  return {
    [typeof key === 'number' ? 'index' : 'key']: key,
    revision: String(revision),
    last_event_id: revision,
    data,
    date_updated: new Date(dateUpdated).toISOString(),
    date_expires: null,
  }
}
