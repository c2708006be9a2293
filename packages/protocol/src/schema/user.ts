import { type Static, Type } from 'typebox'
import { ConversationView, NotificationLevel } from './conversation.ts'
import { Attributes, ClientKey, closed, Identity, Instant, MessageIndex, Nullable, Revision, Sid, Text } from './scalar.ts'

/** A user of a service. */
export const User = Type.Object(
  {
    sid: Sid('US'),
    identity: Identity,
    friendlyName: Nullable(Text),
    attributes: Attributes,
    roleSid: Sid('RL'),
    dateCreated: Instant,
    dateUpdated: Instant,
  },
  closed,
)
export type User = Static<typeof User>

/** How a user can be reached; it follows from sessions and push registrations, and is stored nowhere. */
export const Reachability = Type.Object(
  {
    online: Type.Boolean({ description: 'A session is open, or one ended less than two seconds ago' }),
    notifiable: Type.Boolean({ description: 'There is a push registration' }),
  },
  closed,
)
export type Reachability = Static<typeof Reachability>

export const UpdateUser = Type.Object(
  {
    type: Type.Literal('user.update'),
    identity: Type.Optional(Identity),
    friendlyName: Type.Optional(Nullable(Text)),
    attributes: Type.Optional(Attributes),
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Changes a profile: the own one when no identity is given.' },
)
export const UserResult = Type.Object(
  {
    user: User,
    reachability: Nullable(Reachability),
    unsubscribed: Type.Optional(Identity),
  },
  {
    ...closed,
    description:
      '`unsubscribed` is of whom the session hears no more, since it may follow only so many: the one that it followed longest.',
  },
)
export const GetUser = Type.Object(
  { type: Type.Literal('user.get'), identity: Identity },
  {
    ...closed,
    description:
      'A user, of whom the session hears from then on (`profile.updated`) until `user.unsubscribe` or its end. Of the own user it ' +
      'hears anyway.',
  },
)
export const UnsubscribeUser = Type.Object(
  { type: Type.Literal('user.unsubscribe'), identity: Identity },
  { ...closed, description: 'Ends what `user.get` began.' },
)

const ofUser = { identity: Identity, revision: Revision }

export const UserCreated = Type.Object({ type: Type.Literal('user.created'), ...ofUser, user: User }, closed)
export const UserUpdated = Type.Object(
  {
    type: Type.Literal('user.updated'),
    ...ofUser,
    changes: Type.Object(
      {
        friendlyName: Type.Optional(Nullable(Text)),
        attributes: Type.Optional(Attributes),
        roleSid: Type.Optional(Sid('RL')),
      },
      closed,
    ),
    dateUpdated: Instant,
  },
  closed,
)
/**
 * What others hear of a user. It has no revision, which would tell how often the user's memberships change, and so it stands in no
 * delta; in return it is whole.
 */
export const ProfileUpdated = Type.Object(
  { type: Type.Literal('profile.updated'), user: User },
  { ...closed, description: 'A user of whom the session asked to hear changed, and is like this now.' },
)
export type ProfileUpdated = Static<typeof ProfileUpdated>
export const ReachabilityUpdated = Type.Object(
  { type: Type.Literal('reachability.updated'), identity: Identity, reachability: Nullable(Reachability) },
  {
    ...closed,
    description:
      'The own user, or one whom the session follows, can be reached like this now; null: the service stopped to tell.',
  },
)
export type ReachabilityUpdated = Static<typeof ReachabilityUpdated>
export const MembershipAdded = Type.Object(
  { type: Type.Literal('membership.added'), ...ofUser, conversation: ConversationView },
  {
    ...closed,
    description:
      'The user is in a conversation now; it is attached as it was at that revision, so that nothing after it is missed.',
  },
)
export const MembershipUpdated = Type.Object(
  {
    type: Type.Literal('membership.updated'),
    ...ofUser,
    conversationSid: Sid('CH'),
    changes: Type.Object(
      {
        notificationLevel: Type.Optional(NotificationLevel),
        lastReadMessageIndex: Type.Optional(Nullable(MessageIndex)),
        lastReadTimestamp: Type.Optional(Nullable(Instant)),
      },
      closed,
    ),
  },
  closed,
)
export const MembershipRemoved = Type.Object(
  {
    type: Type.Literal('membership.removed'),
    ...ofUser,
    conversationSid: Sid('CH'),
    reason: Type.Union([Type.Literal('left'), Type.Literal('deleted')]),
  },
  closed,
)
