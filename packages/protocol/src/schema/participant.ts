import { type Static, Type } from 'typebox'
import { DisplayName, EmailLevel, MessagingBinding } from './binding.ts'
import {
  Attributes,
  ClientKey,
  Count,
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

/** A member of a conversation. */
export const Participant = Type.Object(
  {
    sid: Sid('MB'),
    identity: Nullable(Identity),
    binding: Nullable(MessagingBinding),
    roleSid: Nullable(Sid('RL')),
    attributes: Attributes,
    lastReadMessageIndex: Nullable(MessageIndex),
    lastReadTimestamp: Nullable(Instant),
    dateCreated: Instant,
    dateUpdated: Instant,
  },
  closed,
)
export type Participant = Static<typeof Participant>

export const AddParticipant = Type.Object(
  {
    type: Type.Literal('participant.add'),
    conversationSid: Sid('CH'),
    identity: Identity,
    attributes: Type.Optional(Attributes),
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Adds a user; with the own identity: joins.' },
)
export const AddNonChatParticipant = Type.Object(
  {
    type: Type.Literal('participant.addNonChat'),
    conversationSid: Sid('CH'),
    address: Text,
    proxyAddress: Text,
    name: Type.Optional(DisplayName),
    level: Type.Optional(EmailLevel),
    attributes: Type.Optional(Attributes),
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Adds somebody who takes part by SMS, WhatsApp, RCS or e-mail; `name` and `level` are for e-mail.' },
)
export const AddParticipantResult = Type.Object({ participant: Participant }, closed)

/** Names a participant by SID or by identity; a SID is tried first (rest-and-semantics 3.2). */
const whom = { conversationSid: Sid('CH'), participant: Identity }

export const UpdateParticipant = Type.Object(
  {
    type: Type.Literal('participant.update'),
    ...whom,
    attributes: Type.Optional(Attributes),
    roleSid: Type.Optional(Sid('RL')),
    key: Type.Optional(ClientKey),
  },
  { ...closed, description: 'Changes what is given. Which roles somebody may give, `role.list` says.' },
)
export const RemoveParticipant = Type.Object(
  { type: Type.Literal('participant.remove'), ...whom, key: Type.Optional(ClientKey) },
  { ...closed, description: 'Removes a participant; with the own identity: leaves.' },
)

export const GetParticipant = Type.Object({ type: Type.Literal('participant.get'), ...whom }, closed)
export const GetParticipantResult = Type.Object({ participant: Participant, revision: Revision }, closed)

export const ListParticipants = Type.Object(
  {
    type: Type.Literal('participant.list'),
    conversationSid: Sid('CH'),
    after: Type.Optional(Sid('MB')),
    limit: Type.Optional(PageSize),
  },
  { ...closed, description: 'Participants in the order of their SIDs, which is the order of joining.' },
)
export const ParticipantPage = Type.Object(
  {
    participants: Type.Array(Participant),
    next: Nullable(Sid('MB')),
    revision: Revision,
  },
  closed,
)
export type ParticipantPage = Static<typeof ParticipantPage>

export const SetReadHorizon = Type.Object(
  {
    type: Type.Literal('readHorizon.set'),
    conversationSid: Sid('CH'),
    index: Nullable(MessageIndex),
    advance: Type.Optional(Type.Boolean()),
    key: Type.Optional(ClientKey),
  },
  {
    ...closed,
    description:
      'Sets how far this user has read. An index beyond the end means the end; null means never read. With `advance` the ' +
      'horizon only moves upward (G6).',
  },
)
export const SetReadHorizonResult = Type.Object(
  {
    lastReadMessageIndex: Nullable(MessageIndex),
    unreadMessagesCount: Type.Integer({ minimum: 0, description: 'Messages above the horizon; all of them when there is none' }),
  },
  closed,
)

const inConversation = { conversationSid: Sid('CH'), revision: Revision }

export const ParticipantJoined = Type.Object(
  { type: Type.Literal('participant.joined'), ...inConversation, participant: Participant },
  closed,
)
export const ParticipantUpdated = Type.Object(
  {
    type: Type.Literal('participant.updated'),
    ...inConversation,
    participantSid: Sid('MB'),
    changes: Type.Object(
      {
        attributes: Type.Optional(Attributes),
        roleSid: Type.Optional(Nullable(Sid('RL'))),
        lastReadMessageIndex: Type.Optional(Nullable(MessageIndex)),
        lastReadTimestamp: Type.Optional(Nullable(Instant)),
        dateCreated: Type.Optional(Instant),
      },
      closed,
    ),
    unread: Type.Optional(Nullable(Count)),
    binding: Type.Optional(MessagingBinding),
    dateUpdated: Instant,
  },
  {
    ...closed,
    description:
      'With a new horizon, `unread` is the exact count of messages above it at this revision. `binding` is there when it changed.',
  },
)
export const ParticipantLeft = Type.Object(
  { type: Type.Literal('participant.left'), ...inConversation, participantSid: Sid('MB'), identity: Nullable(Identity) },
  closed,
)
