import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { COMPARED_BUCKETS } from '../revision-digest.ts'
import { LastMessage } from './message.ts'
import { Attributes, ClientKey, Count, closed, Instant, MessageIndex, Nullable, PageSize, Revision, Sid, Text } from './scalar.ts'

export const ConversationState = Type.Union([Type.Literal('active'), Type.Literal('inactive'), Type.Literal('closed')])
export type ConversationState = Static<typeof ConversationState>

export const NotificationLevel = Type.Union([Type.Literal('default'), Type.Literal('muted')])
export type NotificationLevel = Static<typeof NotificationLevel>

/** What a user has of a conversation that they are in. */
export const Membership = Type.Object(
  {
    participantSid: Sid('MB'),
    notificationLevel: NotificationLevel,
    lastReadMessageIndex: Nullable(MessageIndex),
    lastReadTimestamp: Nullable(Instant),
    /** Messages above the horizon; null while there is no horizon. */
    unread: Nullable(Count),
  },
  closed,
)
export type Membership = Static<typeof Membership>

/** Addresses that a conversation itself has, under the names of the vendor's API: what it writes e-mails as. */
export const ConversationBindings = Type.Object(
  { email: Type.Optional(Type.Object({ projected_address: Text, name: Type.Optional(Text) }, closed)) },
  closed,
)
export type ConversationBindings = Static<typeof ConversationBindings>

/** A conversation as one user sees it, at one revision. */
export const ConversationView = Type.Object(
  {
    sid: Sid('CH'),
    revision: Revision,
    uniqueName: Nullable(Text),
    friendlyName: Nullable(Text),
    attributes: Attributes,
    createdBy: Text,
    dateCreated: Instant,
    dateUpdated: Instant,
    state: ConversationState,
    stateUpdated: Instant,
    messagesCount: Count,
    participantsCount: Count,
    lastMessage: Nullable(LastMessage),
    bindings: ConversationBindings,
    membership: Nullable(Membership),
  },
  closed,
)
export type ConversationView = Static<typeof ConversationView>

const naming = {
  uniqueName: Type.Optional(Nullable(Text)),
  friendlyName: Type.Optional(Nullable(Text)),
  attributes: Type.Optional(Attributes),
}

export const CreateConversation = Type.Object(
  { type: Type.Literal('conversation.create'), ...naming, key: Type.Optional(ClientKey) },
  { ...closed, description: 'Creates a conversation. Its creator is not in it before joining.' },
)
export const ConversationResult = Type.Object({ conversation: ConversationView }, closed)

export const UpdateConversation = Type.Object(
  {
    type: Type.Literal('conversation.update'),
    conversationSid: Sid('CH'),
    ...naming,
    state: Type.Optional(ConversationState),
    key: Type.Optional(ClientKey),
  },
  {
    ...closed,
    description:
      'Changes what is given and leaves the rest. Null or an empty name removes it. The state is for back ends alone; closed is final.',
  },
)
export const DeleteConversation = Type.Object(
  { type: Type.Literal('conversation.delete'), conversationSid: Sid('CH'), key: Type.Optional(ClientKey) },
  closed,
)
export const SetNotificationLevel = Type.Object(
  {
    type: Type.Literal('membership.update'),
    conversationSid: Sid('CH'),
    notificationLevel: NotificationLevel,
    key: Type.Optional(ClientKey),
  },
  closed,
)

export const GetConversation = Type.Object(
  {
    type: Type.Literal('conversation.get'),
    conversationSid: Type.Optional(Sid('CH')),
    uniqueName: Type.Optional(Text),
    subscribe: Type.Optional(Type.Boolean()),
  },
  {
    ...closed,
    description:
      'One conversation, by SID or by unique name. Who is in it hears of it anyway; `subscribe` lets others who may see it ' +
      'hear of it until the session ends.',
  },
)
export const UnsubscribeConversation = Type.Object(
  { type: Type.Literal('conversation.unsubscribe'), conversationSid: Sid('CH') },
  closed,
)

/** A place in the list of a user's conversations, which runs from the newest activity to the oldest. */
export const ListCursor = Type.Object({ activity: Instant, conversationSid: Sid('CH') }, closed)
export type ListCursor = Static<typeof ListCursor>

export const ListConversations = Type.Object(
  { type: Type.Literal('conversation.list'), after: Type.Optional(ListCursor), limit: Type.Optional(PageSize) },
  { ...closed, description: 'Conversations that the user is in, newest activity first.' },
)
export const ConversationPage = Type.Object({ conversations: Type.Array(ConversationView), next: Nullable(ListCursor) }, closed)
export type ConversationPage = Static<typeof ConversationPage>

export const ResumeConversations = Type.Object(
  {
    type: Type.Literal('conversation.resume'),
    since: Type.Array(Type.Object({ conversationSid: Sid('CH'), revision: Revision }, closed), {
      maxItems: LIMITS.resumePerQuery,
    }),
  },
  {
    ...closed,
    description:
      'What happened in these conversations since these revisions (G4). Those without news are left out of the answer.',
  },
)

export const CompareConversations = Type.Object(
  {
    type: Type.Literal('conversation.compare'),
    digests: Type.Array(Type.String({ pattern: '^[0-9a-f]{1,16}$' }), { minItems: COMPARED_BUCKETS, maxItems: COMPARED_BUCKETS }),
  },
  {
    ...closed,
    description:
      'Which of the conversations that the user is in are not at the revisions that these digests were made of, one per bucket.',
  },
)

/** What is in a bucket that differs and is not listed at the revision that is known has news, or is gone. */
export const Comparison = Type.Object(
  {
    differing: Type.Array(Type.Integer({ minimum: 0, maximum: COMPARED_BUCKETS - 1 })),
    conversations: Type.Array(Type.Object({ conversationSid: Sid('CH'), revision: Revision }, closed)),
  },
  closed,
)

const inConversation = { conversationSid: Sid('CH'), revision: Revision }

export const ConversationUpdated = Type.Object(
  {
    type: Type.Literal('conversation.updated'),
    ...inConversation,
    changes: Type.Object(
      {
        ...naming,
        state: Type.Optional(ConversationState),
        dateCreated: Type.Optional(Instant),
        bindings: Type.Optional(ConversationBindings),
      },
      closed,
    ),
    dateUpdated: Instant,
  },
  closed,
)
export const ConversationDeleted = Type.Object({ type: Type.Literal('conversation.deleted'), ...inConversation }, closed)
export const ConversationCreated = Type.Object(
  { type: Type.Literal('conversation.created'), ...inConversation, conversation: ConversationView },
  closed,
)
