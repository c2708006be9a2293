import { ACCOUNT_CONFIGURATION_OPERATIONS } from './account-configuration.ts'
import { ADDRESS_CONFIGURATION_OPERATIONS } from './address-configuration.ts'
import { BINDING_OPERATIONS } from './binding.ts'
import { CONTENT_OPERATIONS } from './content.ts'
import { CONVERSATION_OPERATIONS } from './conversation.ts'
import { ASSEMBLY_OPERATIONS } from './conversation-with-participants.ts'
import { CREDENTIAL_OPERATIONS } from './credential.ts'
import { DELIVERY_RECEIPT_OPERATIONS } from './delivery-receipt.ts'
import { MESSAGE_OPERATIONS } from './message.ts'
import type { Operation } from './operation.ts'
import { PARTICIPANT_OPERATIONS } from './participant.ts'
import { ROLE_OPERATIONS } from './role.ts'
import { SERVICE_OPERATIONS } from './service.ts'
import { SERVICE_NOTIFICATIONS_OPERATIONS } from './service-notifications.ts'
import { USER_OPERATIONS } from './user.ts'
import { USER_CONVERSATION_OPERATIONS } from './user-conversation.ts'
import { WEBHOOK_OPERATIONS } from './webhook.ts'

/** Every operation of REST v1 (rest-and-semantics 1.3): routes, validation and documents are made of this one table. */
export const OPERATIONS: readonly Operation[] = [
  ...CONVERSATION_OPERATIONS,
  ...ASSEMBLY_OPERATIONS,
  ...MESSAGE_OPERATIONS,
  ...DELIVERY_RECEIPT_OPERATIONS,
  ...PARTICIPANT_OPERATIONS,
  ...USER_OPERATIONS,
  ...USER_CONVERSATION_OPERATIONS,
  ...ROLE_OPERATIONS,
  ...SERVICE_OPERATIONS,
  ...SERVICE_NOTIFICATIONS_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...BINDING_OPERATIONS,
  ...ACCOUNT_CONFIGURATION_OPERATIONS,
  ...CREDENTIAL_OPERATIONS,
  ...ADDRESS_CONFIGURATION_OPERATIONS,
  ...CONTENT_OPERATIONS,
]
