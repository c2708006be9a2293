import type { CommandType } from '@conversa/protocol'
import { updateAccount } from './account.ts'
import { createAddressConfiguration, deleteAddressConfiguration, updateAddressConfiguration } from './address-configuration.ts'
import type { AnyCommandType, BackEndOnlyType } from './back-end-command.ts'
import { approveContentTemplate, createContentTemplate, deleteContentTemplate } from './content-template.ts'
import { createConversation, deleteConversation, updateConversation } from './conversation.ts'
import { assembleConversation } from './conversation-assembly.ts'
import { elapseConversation } from './conversation-elapse.ts'
import { addToGroup } from './group-participant.ts'
import type { AnyHandler } from './handler.ts'
import { beginConversation, receiveMessage } from './inbound-message.ts'
import { removeMessage, sendMessage, updateMessage } from './message.ts'
import { addNonChatParticipant } from './non-chat-participant.ts'
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from './participant.ts'
import { createPushCredential, deletePushCredential, updatePushCredential } from './push-credential.ts'
import { registerPush, removePush, unregisterPush } from './push-registration.ts'
import { setReadHorizon } from './read-horizon.ts'
import { rebindParticipant } from './rebinding.ts'
import { recordReceipt } from './receipt.ts'
import { createRole, deleteRole, updateRole } from './role.ts'
import { createService, updateService } from './service.ts'
import { updateNotifications } from './service-notifications.ts'
import { createUser, updateUser } from './user.ts'
import { deleteUser } from './user-removal.ts'
import { createConversationWebhook, deleteConversationWebhook, updateConversationWebhook, updateWebhooks } from './webhook.ts'

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
