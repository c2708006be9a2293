import type { Static, Type } from 'typebox'
import { ContentTemplatePage, GetMessageContent, ListContentTemplates, MessageContentResult } from './content-template.ts'
import {
  CompareConversations,
  Comparison,
  ConversationPage,
  ConversationResult,
  CreateConversation,
  DeleteConversation,
  GetConversation,
  ListConversations,
  ResumeConversations,
  SetNotificationLevel,
  UnsubscribeConversation,
  UpdateConversation,
} from './conversation.ts'
import { ResumeResult } from './event.ts'
import { GetMediaUrls, MediaUrls } from './media.ts'
import {
  MessagePage,
  PageMessages,
  RemoveMessage,
  SendMessage,
  SendMessageResult,
  StartTyping,
  StartTypingResult,
  UpdateMessage,
} from './message.ts'
import {
  AddNonChatParticipant,
  AddParticipant,
  AddParticipantResult,
  GetParticipant,
  GetParticipantResult,
  ListParticipants,
  ParticipantPage,
  RemoveParticipant,
  SetReadHorizon,
  SetReadHorizonResult,
  UpdateParticipant,
} from './participant.ts'
import { ListPush, ListPushResult, RegisterPush, RegisterPushResult, UnregisterPush } from './push-registration.ts'
import { ListReceipts, ReceiptList, ReceiptResult, RecordReceipt } from './receipt.ts'
import { ListRoles, RoleList } from './role.ts'
import { Empty, Ping, RenewSession, RenewSessionResult, StartSession, StartSessionResult } from './session.ts'
import { GetUser, UnsubscribeUser, UpdateUser, UserResult } from './user.ts'

/** What changes something: one entry per command, with what it answers. */
export const COMMANDS = {
  'conversation.create': { request: CreateConversation, result: ConversationResult },
  'conversation.update': { request: UpdateConversation, result: Empty },
  'conversation.delete': { request: DeleteConversation, result: Empty },
  'membership.update': { request: SetNotificationLevel, result: Empty },
  'participant.add': { request: AddParticipant, result: AddParticipantResult },
  'participant.addNonChat': { request: AddNonChatParticipant, result: AddParticipantResult },
  'participant.update': { request: UpdateParticipant, result: Empty },
  'participant.remove': { request: RemoveParticipant, result: Empty },
  'readHorizon.set': { request: SetReadHorizon, result: SetReadHorizonResult },
  'message.send': { request: SendMessage, result: SendMessageResult },
  'message.update': { request: UpdateMessage, result: Empty },
  'message.remove': { request: RemoveMessage, result: Empty },
  'receipt.record': { request: RecordReceipt, result: ReceiptResult },
  'user.update': { request: UpdateUser, result: Empty },
  'push.register': { request: RegisterPush, result: RegisterPushResult },
  'push.unregister': { request: UnregisterPush, result: Empty },
} as const

/** What only asks. */
export const QUERIES = {
  'contentTemplate.list': { request: ListContentTemplates, result: ContentTemplatePage },
  'conversation.get': { request: GetConversation, result: ConversationResult },
  'conversation.list': { request: ListConversations, result: ConversationPage },
  'conversation.compare': { request: CompareConversations, result: Comparison },
  'conversation.resume': { request: ResumeConversations, result: ResumeResult },
  'media.urls': { request: GetMediaUrls, result: MediaUrls },
  'message.content': { request: GetMessageContent, result: MessageContentResult },
  'message.page': { request: PageMessages, result: MessagePage },
  'participant.get': { request: GetParticipant, result: GetParticipantResult },
  'participant.list': { request: ListParticipants, result: ParticipantPage },
  'receipt.list': { request: ListReceipts, result: ReceiptList },
  'role.list': { request: ListRoles, result: RoleList },
  'user.get': { request: GetUser, result: UserResult },
  'push.list': { request: ListPush, result: ListPushResult },
} as const

/** What concerns the session itself, or passes by without being kept. */
export const SESSION_REQUESTS = {
  'session.start': { request: StartSession, result: StartSessionResult },
  'session.renew': { request: RenewSession, result: RenewSessionResult },
  'session.ping': { request: Ping, result: Empty },
  'conversation.unsubscribe': { request: UnsubscribeConversation, result: Empty },
  'typing.start': { request: StartTyping, result: StartTypingResult },
  'user.unsubscribe': { request: UnsubscribeUser, result: Empty },
} as const

/** Every request of our socket. */
export const REQUESTS = { ...COMMANDS, ...QUERIES, ...SESSION_REQUESTS } as const

type Table = Record<string, { request: Parameters<typeof Type.Array>[0]; result: Parameters<typeof Type.Array>[0] }>
type RequestOf<T extends Table, Name extends keyof T> = Static<T[Name]['request']>

export type CommandType = keyof typeof COMMANDS
export type QueryType = keyof typeof QUERIES
export type RequestType = keyof typeof REQUESTS

/** A command, a query or any request; with a name, that one. */
export type Command<Name extends CommandType = CommandType> = { [N in Name]: RequestOf<typeof COMMANDS, N> }[Name]
export type Query<Name extends QueryType = QueryType> = { [N in Name]: RequestOf<typeof QUERIES, N> }[Name]
export type Request<Name extends RequestType = RequestType> = { [N in Name]: RequestOf<typeof REQUESTS, N> }[Name]

/** What a request of this name answers when it succeeds. */
export type Result<Name extends RequestType> = Static<(typeof REQUESTS)[Name]['result']>
