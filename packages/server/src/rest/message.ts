import { deliveryView, INQUIRIES, type MessageRecord } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { type Static, Type } from 'typebox'
import { DATES, given, givenDates, sid, sidOrNull, text, word } from './fields.ts'
import { type Call, deleting, fetching, listing, writing } from './operation.ts'
import { iso, type Place } from './place.ts'

const CREATE = Type.Object({
  Author: text({ description: '`system` unless given' }),
  Body: text(),
  Attributes: text({ description: 'A JSON text' }),
  MediaSid: sid('ME', { 'x-error': 'media-sid-invalid' }),
  ContentSid: sidOrNull('HX', {
    'x-error': 'content-template-not-found',
    description: 'A template that says what the message says; `Body` and `MediaSid` are not looked at then',
  }),
  ContentVariables: text({ description: 'A JSON text: what goes into the places of the template' }),
  Subject: text({}, LIMITS.subjectCharacters),
  ...DATES,
})

const UPDATE = Type.Object({
  Author: text(),
  Body: text(),
  Attributes: text({ description: 'A JSON text' }),
  Subject: text({}, LIMITS.subjectCharacters),
  ...DATES,
})

/** A message as REST shows it. Only the form of a service names the service (rest-and-semantics 1.1). */
function showMessage(record: MessageRecord, place: Place): object {
  const url = place.url(`/Conversations/${record.conversationSid}/Messages/${record.sid}`)
  const media = record.media.map(({ sid, size, contentType, filename }) => ({ sid, size, content_type: contentType, filename }))
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    ...(place.isServiceForm && { chat_service_sid: place.serviceSid }),
    conversation_sid: record.conversationSid,
    index: record.index,
    author: record.author,
    participant_sid: record.participantSid,
    body: record.body,
    subject: record.subject,
    media: media.length > 0 ? media : null,
    attributes: record.attributes,
    content_sid: record.content?.sid ?? null,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    delivery: record.delivery && deliveryView(record.delivery),
    url,
    links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
  }
}

const LIST = '/Conversations/{ConversationSid}/Messages'
const ONE = `${LIST}/{MessageSid}`

const asking = ({ path }: Pick<Call, 'path'>) => INQUIRIES.message(path.ConversationSid as string, path.MessageSid as string)

export const MESSAGE_OPERATIONS = [
  listing({
    name: 'Message.list',
    path: LIST,
    key: 'messages',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({ Order: word(['asc', 'desc']) }),
    ask: ({ path, fields }, after: { index: number } | undefined, limit) => {
      const backwards = fields.Order === 'desc'
      const from = after && after.index + (backwards ? -1 : 1)
      return INQUIRIES.messages(path.ConversationSid as string, { from, direction: backwards ? 'backwards' : 'forward', limit })
    },
    cursor: {
      schema: Type.Object({ index: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 }) }),
      of: ({ index }) => ({ index }),
    },
    show: showMessage,
  }),
  writing<'message.send', MessageRecord, typeof CREATE>({
    name: 'Message.create',
    path: LIST,
    fields: CREATE,
    status: 201,
    command: ({ fields }, { conversationSid }) => ({
      type: 'message.send',
      conversationSid,
      body: fields.ContentSid ? null : (fields.Body ?? null),
      ...given({
        contentSid: fields.ContentSid ?? undefined,
        contentVariables: fields.ContentVariables ?? undefined,
        subject: fields.Subject,
        attributes: fields.Attributes === null ? undefined : fields.Attributes,
        media: fields.MediaSid && !fields.ContentSid ? [fields.MediaSid] : undefined,
      }),
    }),
    given: (fields) => ({ ...givenDates(fields), author: fields.Author ?? undefined }),
    ask: (_call, { sid }, { conversationSid }) => INQUIRIES.message(conversationSid, sid),
    show: showMessage,
  }),
  fetching({ name: 'Message.fetch', path: ONE, ask: asking, show: showMessage }),
  writing<'message.update', MessageRecord, typeof UPDATE>({
    name: 'Message.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: ({ fields }, { conversationSid, index }) => ({
      type: 'message.update',
      conversationSid,
      index,
      ...edited(fields),
    }),
    given: (fields) => ({ ...givenDates(fields), author: fields.Author ?? undefined, subject: fields.Subject }),
    ask: ({ path }, _result, { conversationSid }) => INQUIRIES.message(conversationSid, path.MessageSid as string),
    show: showMessage,
  }),
  deleting<'message.remove'>({
    name: 'Message.delete',
    path: ONE,
    command: (_call, { conversationSid, index }) => ({ type: 'message.remove', conversationSid, index }),
  }),
]

/** An empty body is refused like one that is missing; empty attributes are none. */
function edited({ Body, Attributes }: Static<typeof UPDATE>): { body?: string; attributes?: string } {
  return given({ body: Body === null ? '' : Body, attributes: Attributes === null ? '{}' : Attributes })
}
