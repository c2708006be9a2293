// table
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from './back-end.ts'
import { call } from './raw-call.ts'

/*
 * Every field that a resource has in answers (rest-and-semantics 1.4), and none may be absent: the helper takes an absent date for now.
 * The form of a service has `chat_service_sid` where that of the account leaves it out.
 */
const DATES = 'date_created date_updated'
const FIELDS: Readonly<Record<string, { readonly at: string; readonly fields: string; readonly inService?: string }>> = {
  Conversation: {
    at: '/Conversations/{C}',
    fields: `sid account_sid chat_service_sid messaging_service_sid friendly_name unique_name attributes state ${DATES} timers bindings url links`,
  },
  Message: {
    at: '/Conversations/{C}/Messages/{M}',
    fields: `sid account_sid conversation_sid index author participant_sid body media attributes content_sid ${DATES} delivery url links`,
    inService: 'chat_service_sid',
  },
  DeliveryReceipt: {
    at: '/Conversations/{C}/Messages/{M}/Receipts/{D}',
    fields: `sid account_sid conversation_sid message_sid channel_message_sid participant_sid status error_code ${DATES} url`,
    inService: 'chat_service_sid',
  },
  Participant: {
    at: '/Conversations/{C}/Participants/{P}',
    fields: `sid account_sid conversation_sid identity attributes messaging_binding role_sid ${DATES} url last_read_message_index last_read_timestamp`,
    inService: 'chat_service_sid',
  },
  ConversationWebhook: {
    at: '/Conversations/{C}/Webhooks/{W}',
    fields: `sid account_sid conversation_sid target url configuration ${DATES}`,
    inService: 'chat_service_sid',
  },
  User: {
    at: '/Users/{U}',
    fields: `sid account_sid chat_service_sid role_sid identity friendly_name attributes is_online is_notifiable ${DATES} url links`,
  },
  UserConversation: {
    at: '/Users/{U}/Conversations/{C}',
    fields: `account_sid chat_service_sid conversation_sid participant_sid user_sid friendly_name unique_name attributes conversation_state timers created_by notification_level unread_messages_count last_read_message_index ${DATES} url links`,
  },
  ParticipantConversation: {
    at: '/ParticipantConversations?Address=%2B15551230001',
    fields:
      'account_sid chat_service_sid participant_sid participant_user_sid participant_identity participant_messaging_binding conversation_sid conversation_unique_name conversation_friendly_name conversation_attributes conversation_date_created conversation_date_updated conversation_created_by conversation_state conversation_timers links',
  },
  Role: {
    at: '/Roles/{R}',
    fields: `sid account_sid chat_service_sid friendly_name type permissions ${DATES} url`,
  },
  Service: { at: '/Services/{S}', fields: `sid account_sid friendly_name ${DATES} url links` },
  ServiceConfiguration: {
    at: '/Services/{S}/Configuration',
    fields:
      'chat_service_sid default_conversation_creator_role_sid default_conversation_role_sid default_chat_service_role_sid reachability_enabled url links',
  },
  ServiceNotifications: {
    at: '/Services/{S}/Configuration/Notifications',
    fields: 'account_sid chat_service_sid log_enabled new_message added_to_conversation removed_from_conversation url',
  },
  ServiceWebhooks: {
    at: '/Services/{S}/Configuration/Webhooks',
    fields: 'account_sid chat_service_sid pre_webhook_url post_webhook_url filters method url',
  },
  Webhooks: {
    at: '/Configuration/Webhooks',
    fields: 'account_sid pre_webhook_url post_webhook_url filters method target url',
  },
  Configuration: {
    at: '/Configuration',
    fields:
      'account_sid default_chat_service_sid default_messaging_service_sid default_inactive_timer default_closed_timer url links',
  },
  AddressConfiguration: {
    at: '/Configuration/Addresses/{A}',
    fields: `sid account_sid type address friendly_name address_country auto_creation ${DATES} url`,
  },
  Binding: {
    at: '/Services/{S}/Bindings/{B}',
    fields: `sid account_sid chat_service_sid credential_sid endpoint identity binding_type message_types ${DATES} url`,
  },
  Credential: { at: '/Credentials/{K}', fields: `sid account_sid friendly_name type sandbox ${DATES} url` },
}

let server: InProcessServer
let names: Record<string, string>

beforeAll(async () => {
  server = await startInProcess()
  const { v1 } = backEndOf(server).conversations
  const system = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
  const { sid: C } = await v1.conversations.create()
  const there = v1.conversations(C)
  const phone = { 'messagingBinding.address': '+15551230001', 'messagingBinding.proxyAddress': '+15559990000' }
  const { sid: P } = await there.participants.create(phone)
  await there.participants.create({ identity: 'anna' })
  const { sid: M, index } = await there.messages.create({ body: 'b' })
  const report = { conversationSid: C, index, participantSid: P, channelMessageSid: 'SM1', status: 'sent' } as const
  await server.core.execute(system, { type: 'receipt.record', ...report })
  const [receipt] = await there.messages(M).deliveryReceipts.list()
  const configuration = { 'configuration.url': 'http://127.0.0.1:9/', 'configuration.filters': ['onMessageAdded'] }
  const { sid: W } = await there.webhooks.create({ target: 'webhook', ...configuration })
  const { sid: U } = await v1.users('anna').fetch()
  const [role] = await v1.roles.list()
  const { sid: A } = await v1.addressConfigurations.create({ type: 'sms', address: '+15559990000' })
  const { sid: K } = await v1.credentials.create({ type: 'fcm', secret: 's' })
  const anna = { kind: 'user', serviceSid: SERVICE_SID, identity: 'anna' } as const
  await server.core.execute(anna, { type: 'push.register', channelType: 'fcm', registrationId: 'd' })
  const [binding] = await v1.services(SERVICE_SID).bindings.list()
  const made = { C, P, M, W, U, A, K, S: SERVICE_SID }
  names = { ...made, D: String(receipt?.sid), R: String(role?.sid), B: String(binding?.sid) }
})

afterAll(() => server[Symbol.asyncDispose]())

const forms = Object.entries(FIELDS).flatMap(([name, row]) => {
  const isInOneFormOnly = /^\/(Services|Configuration|Credentials)/.test(row.at)
  const account = { title: name, prefix: '', ...row, fields: row.fields.split(' ') }
  const extra = row.inService ? [row.inService] : []
  const service = { ...account, title: `${name} of a service`, prefix: '/Services/{S}', fields: [...account.fields, ...extra] }
  return isInOneFormOnly ? [account] : [account, service]
})

describe('each field of', () => {
  test.each(forms)('$title is there, and no service where none is named', async ({ at, prefix, fields }) => {
    const path = `/v1${prefix}${at}`.replaceAll(/\{(\w)\}/g, (_, letter: string) => names[letter] as string)
    const { status, body } = await call(server, 'GET', path)
    expect(status, JSON.stringify(body)).toBe(200)
    const [item] = (body as { conversations?: object[] }).conversations ?? [body as object]
    const shown = Object.keys(item as object)
    expect(fields.filter((field) => !shown.includes(field))).toEqual([])
    if (!fields.includes('chat_service_sid')) expect(shown).not.toContain('chat_service_sid')
  })
})
