import type { CommandType } from '@conversa/protocol'
import { createConversation, deleteConversation, updateConversation } from './conversation.ts'
import type { AnyHandler } from './handler.ts'
import { removeMessage, sendMessage, updateMessage } from './message.ts'
import { addNonChatParticipant } from './non-chat-participant.ts'
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from './participant.ts'
import { registerPush, unregisterPush } from './push-registration.ts'
import { setReadHorizon } from './read-horizon.ts'
import { recordReceipt } from './receipt.ts'
import { updateUser } from './user.ts'

/** Every command with the one that decides it. */
export const HANDLERS: { readonly [Name in CommandType]: AnyHandler<Name> } = {
  'conversation.create': createConversation,
  'conversation.update': updateConversation,
  'conversation.delete': deleteConversation,
  'membership.update': updateMembership,
  'participant.add': addParticipant,
  'participant.addNonChat': addNonChatParticipant,
  'participant.update': updateParticipant,
  'participant.remove': removeParticipant,
  'readHorizon.set': setReadHorizon,
  'message.send': sendMessage,
  'message.update': updateMessage,
  'message.remove': removeMessage,
  'receipt.record': recordReceipt,
  'user.update': updateUser,
  'push.register': registerPush,
  'push.unregister': unregisterPush,
}
