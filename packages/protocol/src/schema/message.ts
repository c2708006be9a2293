import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { Media, MediaSids } from './media.ts'
import { Delivery } from './receipt.ts'
import {
  Attributes,
  ClientKey,
  closed,
  Identity,
  Instant,
  MessageIndex,
  Nullable,
  PageSize,
  Revision,
  Sid,
  Text,
} from './scalar.ts'

/** A message as every door shows it. Once removed it keeps its index and its revision, and nothing else. */
export const Message = Type.Object(
  {
    sid: Sid('IM'),
    index: MessageIndex,
    author: Text,
    participantSid: Nullable(Sid('MB')),
    body: Nullable(Text),
    subject: Nullable(Text),
    media: Type.Array(Media, { description: 'The files of the message; empty when there are none' }),
    contentSid: Type.Optional(Sid('HX')),
    attributes: Attributes,
    delivery: Type.Optional(Delivery),
    lastUpdatedBy: Nullable(Text),
    dateCreated: Instant,
    dateUpdated: Instant,
  },
  closed,
)
export type Message = Static<typeof Message>

/** What `lastMessage` of a conversation says. */
export const LastMessage = Type.Object({ index: MessageIndex, dateCreated: Instant }, closed)
export type LastMessage = Static<typeof LastMessage>

export const SendMessage = Type.Object(
  {
    type: Type.Literal('message.send'),
    conversationSid: Sid('CH'),
    body: Nullable(Text),
    subject: Type.Optional(Nullable(Type.String({ maxLength: LIMITS.subjectCharacters }))),
    media: Type.Optional(MediaSids),
    contentSid: Type.Optional(Sid('HX')),
    contentVariables: Type.Optional(Text),
    attributes: Type.Optional(Attributes),
    key: Type.Optional(ClientKey),
  },
  {
    ...closed,
    description:
      'Stores a message at the next index. With a key, a repeated send answers what the first one did. `media` names files that ' +
      'this user uploaded and no message has yet. `contentSid` names a template that says what it says, unless there is a body; ' +
      '`contentVariables` is the JSON of an object with what goes into its places.',
  },
)
export const SendMessageResult = Type.Object({ index: MessageIndex, sid: Sid('IM') }, closed)

export const UpdateMessage = Type.Object(
  {
    type: Type.Literal('message.update'),
    conversationSid: Sid('CH'),
    index: MessageIndex,
    body: Type.Optional(Text),
    attributes: Type.Optional(Attributes),
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Replaces the body, the attributes or both.' },
)

export const RemoveMessage = Type.Object(
  {
    type: Type.Literal('message.remove'),
    conversationSid: Sid('CH'),
    index: MessageIndex,
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Removes a message; its index is not used again.' },
)

export const PageMessages = Type.Object(
  {
    type: Type.Literal('message.page'),
    conversationSid: Sid('CH'),
    anchor: Type.Optional(MessageIndex),
    direction: Type.Optional(Type.Union([Type.Literal('backwards'), Type.Literal('forward')])),
    limit: Type.Optional(PageSize),
  },
  {
    ...closed,
    description:
      'Messages in the order of their index: from the anchor (itself included) towards older ones, or towards newer ones. ' +
      'Without an anchor: from the end, or from the start when forward.',
  },
)
export const MessagePage = Type.Object(
  {
    messages: Type.Array(Message),
    /** Where the neighbouring pages begin; null where there is nothing more. */
    older: Nullable(MessageIndex),
    newer: Nullable(MessageIndex),
    revision: Revision,
  },
  { ...closed, description: 'A page, and the revision of the conversation at which it was read.' },
)
export type MessagePage = Static<typeof MessagePage>

const inConversation = { conversationSid: Sid('CH'), revision: Revision }

export const MessageAdded = Type.Object(
  {
    type: Type.Literal('message.added'),
    ...inConversation,
    message: Message,
    removed: Type.Optional(Type.Literal(true)),
  },
  {
    ...closed,
    description:
      'A message was stored. In a delta the message stands as it is now; `removed` says that it is gone meanwhile: its body ' +
      'is null, it has no files, and its `message.removed` follows.',
  },
)
export const MessageUpdated = Type.Object(
  {
    type: Type.Literal('message.updated'),
    ...inConversation,
    index: MessageIndex,
    changes: Type.Object(
      {
        body: Type.Optional(Text),
        attributes: Type.Optional(Attributes),
        author: Type.Optional(Text),
        participantSid: Type.Optional(Nullable(Sid('MB'))),
        subject: Type.Optional(Nullable(Text)),
        dateCreated: Type.Optional(Instant),
      },
      closed,
    ),
    lastUpdatedBy: Text,
    dateUpdated: Instant,
  },
  closed,
)
export const MessageRemoved = Type.Object(
  {
    type: Type.Literal('message.removed'),
    ...inConversation,
    index: MessageIndex,
    sid: Sid('IM'),
    lastMessage: Nullable(LastMessage),
  },
  { ...closed, description: 'A message was removed; `lastMessage` is the newest one that remains.' },
)

export const StartTyping = Type.Object(
  { type: Type.Literal('typing.start'), conversationSid: Sid('CH') },
  { ...closed, description: 'Tells the other participants that this user types. Faster than the rate it succeeds silently.' },
)
export const StartTypingResult = Type.Object(
  { timeout: Type.Integer({ description: 'Milliseconds within which a further call says nothing new' }) },
  closed,
)
/** Typing is told and forgotten: it has no revision and no place in a delta. */
export const TypingStarted = Type.Object(
  {
    type: Type.Literal('typing.started'),
    conversationSid: Sid('CH'),
    identity: Identity,
    participantSid: Sid('MB'),
    timeout: Type.Integer({ description: 'Milliseconds after which typing has ended unless told again' }),
  },
  closed,
)
export type TypingStarted = Static<typeof TypingStarted>
