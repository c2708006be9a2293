import { type Static, Type } from 'typebox'
import { closed, Instant, MessageIndex, Nullable, Sid, Text } from './scalar.ts'

const rawData = Type.String({ description: 'The JSON of it, as the template has it' })

const Action = Type.Union([
  Type.Object({ type: Type.Literal('url'), title: Text, url: Text, rawData }, closed),
  Type.Object({ type: Type.Literal('phone'), title: Text, phone: Text, rawData }, closed),
  Type.Object(
    { type: Type.Literal('reply'), title: Text, id: Type.Optional(Text), index: Type.Integer({ minimum: 0 }), rawData },
    closed,
  ),
])

const Reply = Type.Object({ title: Text, id: Type.Optional(Text) }, closed)
const Item = Type.Object({ id: Text, item: Text, description: Type.Optional(Text) }, closed)

/** One form of a template. */
export const ContentData = Type.Union([
  Type.Object({ type: Type.Literal('text'), body: Text, rawData }, closed),
  Type.Object({ type: Type.Literal('media'), body: Type.Optional(Text), media: Type.Array(Text), rawData }, closed),
  Type.Object(
    {
      type: Type.Literal('location'),
      latitude: Type.Number(),
      longitude: Type.Number(),
      label: Type.Optional(Text),
      rawData,
    },
    closed,
  ),
  Type.Object({ type: Type.Literal('quickReply'), body: Text, replies: Type.Array(Reply), rawData }, closed),
  Type.Object({ type: Type.Literal('callToAction'), body: Text, actions: Type.Array(Action), rawData }, closed),
  Type.Object({ type: Type.Literal('listPicker'), body: Text, button: Text, items: Type.Array(Item), rawData }, closed),
  Type.Object(
    {
      type: Type.Literal('card'),
      title: Text,
      subtitle: Type.Optional(Text),
      media: Type.Array(Text),
      actions: Type.Array(Action),
      rawData,
    },
    closed,
  ),
])
export type ContentData = Static<typeof ContentData>

/** A message with places to fill, which the account has. */
export const ContentTemplate = Type.Object(
  {
    sid: Sid('HX'),
    friendlyName: Text,
    variables: Type.Array(Type.Object({ name: Text, value: Text }, closed), {
      description: 'What goes into a place that a message does not fill',
    }),
    variants: Type.Record(Text, ContentData, { description: 'Its forms, by the kind of content' }),
    dateCreated: Instant,
    dateUpdated: Instant,
  },
  closed,
)
export type ContentTemplate = Static<typeof ContentTemplate>

export const ListContentTemplates = Type.Object(
  { type: Type.Literal('contentTemplate.list'), after: Type.Optional(Nullable(Sid('HX'))) },
  { ...closed, description: 'A page of the templates that messages can be made from, the oldest first, after one of them.' },
)
export const ContentTemplatePage = Type.Object(
  { templates: Type.Array(ContentTemplate), next: Nullable(Sid('HX')) },
  { ...closed, description: '`next` is what the next page comes after; null where there is nothing more.' },
)

export const GetMessageContent = Type.Object(
  { type: Type.Literal('message.content'), conversationSid: Sid('CH'), index: MessageIndex },
  { ...closed, description: 'What a template made of a message besides its text: its richest form, with the places filled.' },
)
export const MessageContentResult = Type.Object(
  { content: Nullable(ContentData) },
  {
    ...closed,
    description:
      '`content` is null where the message was made from no template, where that was deleted, and where somebody changed what it says.',
  },
)
