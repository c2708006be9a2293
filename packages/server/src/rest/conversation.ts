import { type ConversationRecord, INQUIRIES, transitionsOf } from '@conversa/core'
import { type Static, Type } from 'typebox'
import { DATES, date, durationOrNull, given, givenDates, sidOrNull, text, word } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { iso, type Place } from './place.ts'

const STATES = ['active', 'inactive', 'closed'] as const

const STATE = word(STATES, { 'x-error': 'state-invalid', 'x-error-empty': 'state-missing' })

/** What a conversation may be created with, and all that can be changed of it (rest-and-semantics 1.4). */
export const CONVERSATION_FIELDS = {
  FriendlyName: text(),
  UniqueName: text(),
  Attributes: text({ description: 'A JSON text' }),
  State: STATE,
  MessagingServiceSid: sidOrNull('MG', { 'x-error': 'messaging-service-invalid' }),
  'Bindings.Email.Address': text({ description: 'Who the conversation writes e-mails as' }),
  'Bindings.Email.Name': text(),
  'Timers.Inactive': durationOrNull({ 'x-error': 'timer-inactive-invalid', description: 'ISO 8601, at least PT1M' }),
  'Timers.Closed': durationOrNull({ 'x-error': 'timer-closed-invalid', description: 'ISO 8601, at least PT10M' }),
  ...DATES,
}

/** Timers go in as durations, and come out as the instants of what is still to come (rest-and-semantics 1.4). */
export function showTimers(record: ConversationRecord): object {
  return Object.fromEntries(transitionsOf(record).map(({ state, at }) => [`date_${state}`, iso(at)]))
}

/** A conversation as REST shows it. */
export function showConversation(record: ConversationRecord, place: Place) {
  const url = place.url(`/Conversations/${record.sid}`)
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    chat_service_sid: record.serviceSid,
    messaging_service_sid: record.messagingServiceSid,
    friendly_name: record.friendlyName,
    unique_name: record.uniqueName,
    attributes: record.attributes,
    state: record.state,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    timers: showTimers(record),
    bindings: record.email ? { email: { projected_address: record.email.address, name: record.email.name } } : {},
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
      export: `${url}/Export`,
    },
  }
}

const FIELDS = Type.Object(CONVERSATION_FIELDS)

/** What commands take beside themselves: dates, timers when one of them was given, and what is meant for carriers. */
export function givenBeside(fields: Static<typeof FIELDS>) {
  const timers = given({ inactive: fields['Timers.Inactive'], closed: fields['Timers.Closed'] })
  const email = given({ address: fields['Bindings.Email.Address'], name: fields['Bindings.Email.Name'] })
  return {
    ...givenDates(fields),
    ...(Object.keys(timers).length > 0 && { timers }),
    ...(Object.keys(email).length > 0 && { email }),
    ...given({ messagingServiceSid: fields.MessagingServiceSid }),
  }
}

/** Names and attributes as commands take them: attributes that are taken away are empty ones. */
export const naming = (fields: { FriendlyName?: string | null; UniqueName?: string | null; Attributes?: string | null }) =>
  given({
    friendlyName: fields.FriendlyName,
    uniqueName: fields.UniqueName,
    attributes: fields.Attributes === null ? '{}' : fields.Attributes,
  })

export const CONVERSATION_OPERATIONS = [
  listing({
    name: 'Conversation.list',
    path: '/Conversations',
    key: 'conversations',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({
      StartDate: date({ description: 'Created then or later' }),
      EndDate: date({ 'x-date': 'end', description: 'Created then or earlier' }),
      State: STATE,
    }),
    ask: ({ fields: { StartDate, EndDate, State } }, after: { dateCreated: number; sid: string } | undefined, limit) =>
      INQUIRIES.conversations({ after, from: StartDate, to: EndDate, state: State, limit }),
    cursor: {
      schema: Type.Object({ dateCreated: Type.Integer({ minimum: 0 }), sid: Type.String({ pattern: '^CH[0-9a-fA-F]{32}$' }) }),
      of: ({ dateCreated, sid }) => ({ dateCreated, sid }),
    },
    show: showConversation,
  }),
  writing<'conversation.create', ConversationRecord, typeof FIELDS>({
    name: 'Conversation.create',
    path: '/Conversations',
    fields: FIELDS,
    status: 201,
    command: ({ fields }) => ({ type: 'conversation.create', ...naming(fields) }),
    given: (fields) => ({ ...givenBeside(fields), state: fields.State }),
    ask: (_call, { conversation }) => INQUIRIES.conversation(conversation.sid),
    show: showConversation,
  }),
  fetching({
    name: 'Conversation.fetch',
    path: '/Conversations/{ConversationSid}',
    ask: ({ path }) => INQUIRIES.conversation(path.ConversationSid as string),
    show: showConversation,
  }),
  writing<'conversation.update', ConversationRecord, typeof FIELDS>({
    name: 'Conversation.update',
    path: '/Conversations/{ConversationSid}',
    fields: FIELDS,
    status: 200,
    command: ({ fields }, { conversationSid }) => ({
      type: 'conversation.update',
      conversationSid,
      ...naming(fields),
      ...given({ state: fields.State }),
    }),
    given: givenBeside,
    ask: (_call, _result, { conversationSid }) => INQUIRIES.conversation(conversationSid),
    show: showConversation,
  }),
  deleting<'conversation.delete'>({
    name: 'Conversation.delete',
    path: '/Conversations/{ConversationSid}',
    command: (_call, { conversationSid }) => ({ type: 'conversation.delete', conversationSid }),
  }),
]
