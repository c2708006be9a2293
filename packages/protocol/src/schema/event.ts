import { type Static, Type } from 'typebox'
import { ConversationCreated, ConversationDeleted, ConversationUpdated, ConversationView } from './conversation.ts'
import { MessageAdded, MessageRemoved, MessageUpdated, TypingStarted } from './message.ts'
import { ParticipantJoined, ParticipantLeft, ParticipantUpdated } from './participant.ts'
import { ReceiptRecorded } from './receipt.ts'
import { closed, Revision, Sid } from './scalar.ts'
import {
  MembershipAdded,
  MembershipRemoved,
  MembershipUpdated,
  ProfileUpdated,
  ReachabilityUpdated,
  User,
  UserCreated,
  UserUpdated,
} from './user.ts'

/** What can happen in a conversation. The revision counts these, one by one. */
export const ConversationEvent = Type.Union([
  ConversationCreated,
  ConversationUpdated,
  ConversationDeleted,
  ParticipantJoined,
  ParticipantUpdated,
  ParticipantLeft,
  MessageAdded,
  MessageUpdated,
  MessageRemoved,
  ReceiptRecorded,
])
export type ConversationEvent = Static<typeof ConversationEvent>

/** What can happen to a user, told to all devices of that user and numbered by the user's own revision. */
export const UserEvent = Type.Union([UserCreated, UserUpdated, MembershipAdded, MembershipUpdated, MembershipRemoved])
export type UserEvent = Static<typeof UserEvent>

/** What passes by without being kept. */
export const PassingEvent = Type.Union([TypingStarted, ProfileUpdated, ReachabilityUpdated])
export type PassingEvent = Static<typeof PassingEvent>

export const Event = Type.Union([...ConversationEvent.anyOf, ...UserEvent.anyOf, ...PassingEvent.anyOf])
export type Event = Static<typeof Event>

/** What a client needs to be up to date in one conversation: every change since its revision, or the state as it is. */
export const ConversationCatchUp = Type.Union([
  Type.Object({ conversationSid: Sid('CH'), delta: Type.Array(ConversationEvent), revision: Revision }, closed),
  Type.Object({ conversationSid: Sid('CH'), snapshot: ConversationView }, closed),
  Type.Object(
    { conversationSid: Sid('CH'), gone: Type.Literal(true) },
    { ...closed, description: 'Deleted, or no longer to be seen by this user.' },
  ),
])
export type ConversationCatchUp = Static<typeof ConversationCatchUp>

/** The same for the user's own scope. A snapshot says that memberships are to be listed anew. */
export const UserCatchUp = Type.Union([
  Type.Object({ delta: Type.Array(UserEvent), revision: Revision }, closed),
  Type.Object({ snapshot: User, revision: Revision }, closed),
])
export type UserCatchUp = Static<typeof UserCatchUp>

export const ResumeResult = Type.Object({ conversations: Type.Array(ConversationCatchUp) }, closed)
