import type { CommandType } from '@conversa/protocol'
import { updateAccount } from '../commands/account.ts'
import {
  createAddressConfiguration,
  deleteAddressConfiguration,
  updateAddressConfiguration,
} from '../commands/address-configuration.ts'
import type { AnyCommandType, BackEndOnlyType } from '../commands/back-end-command.ts'
import { approveContentTemplate, createContentTemplate, deleteContentTemplate } from '../commands/content-template.ts'
import { createConversation, deleteConversation, updateConversation } from '../commands/conversation.ts'
import { assembleConversation } from '../commands/conversation-assembly.ts'
import { elapseConversation } from '../commands/conversation-elapse.ts'
import { addToGroup } from '../commands/group-participant.ts'
import type { AnyHandler } from '../commands/handler.ts'
import { beginConversation, receiveMessage } from '../commands/inbound-message.ts'
import { removeMessage, sendMessage, updateMessage } from '../commands/message.ts'
import { addNonChatParticipant } from '../commands/non-chat-participant.ts'
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from '../commands/participant.ts'
import { createPushCredential, deletePushCredential, updatePushCredential } from '../commands/push-credential.ts'
import { registerPush, removePush, unregisterPush } from '../commands/push-registration.ts'
import { setReadHorizon } from '../commands/read-horizon.ts'
import { rebindParticipant } from '../commands/rebinding.ts'
import { recordReceipt } from '../commands/receipt.ts'
import { createRole, deleteRole, updateRole } from '../commands/role.ts'
import { createService, updateService } from '../commands/service.ts'
import { updateNotifications } from '../commands/service-notifications.ts'
import { createUser, updateUser } from '../commands/user.ts'
import { deleteUser } from '../commands/user-removal.ts'
import {
  createConversationWebhook,
  deleteConversationWebhook,
  updateConversationWebhook,
  updateWebhooks,
} from '../commands/webhook.ts'

/** Every command of our socket with the one that decides it. */
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

/** The commands that only back ends have. */
const BACK_END_HANDLERS: { readonly [Name in BackEndOnlyType]: AnyHandler<Name> } = {
  'account.update': updateAccount,
  'addressConfiguration.create': createAddressConfiguration,
  'addressConfiguration.update': updateAddressConfiguration,
  'addressConfiguration.delete': deleteAddressConfiguration,
  'contentTemplate.create': createContentTemplate,
  'contentTemplate.approve': approveContentTemplate,
  'contentTemplate.delete': deleteContentTemplate,
  'conversation.assemble': assembleConversation,
  'conversation.elapse': elapseConversation,
  'message.receive': receiveMessage,
  'message.begin': beginConversation,
  'participant.addToGroup': addToGroup,
  'participant.rebind': rebindParticipant,
  'push.remove': removePush,
  'pushCredential.create': createPushCredential,
  'pushCredential.update': updatePushCredential,
  'pushCredential.delete': deletePushCredential,
  'role.create': createRole,
  'role.update': updateRole,
  'role.delete': deleteRole,
  'service.create': createService,
  'service.update': updateService,
  'serviceNotifications.update': updateNotifications,
  'user.create': createUser,
  'user.delete': deleteUser,
  'webhooks.update': updateWebhooks,
  'conversationWebhook.create': createConversationWebhook,
  'conversationWebhook.update': updateConversationWebhook,
  'conversationWebhook.delete': deleteConversationWebhook,
}

const ALL_HANDLERS: { readonly [Name in AnyCommandType]: AnyHandler<Name> } = { ...HANDLERS, ...BACK_END_HANDLERS }

/** What decides a command of a back end. */
export function handlerOf<Name extends AnyCommandType>(type: Name): AnyHandler<Name> {
  return ALL_HANDLERS[type]
}
