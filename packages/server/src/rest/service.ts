import { INQUIRIES, type ServiceRecord } from '@conversa/core'
import { Type } from 'typebox'
import { flag, requiredText, sid } from './fields.ts'
import { fetching, listing, type Operation, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

const CREATE = Type.Object({ FriendlyName: requiredText({ 'x-error': 'friendly-name-missing' }) })

const role = () => sid('RL', { 'x-error': 'role-not-found' })

const CONFIGURE = Type.Object({
  DefaultConversationCreatorRoleSid: role(),
  DefaultConversationRoleSid: role(),
  DefaultChatServiceRoleSid: role(),
  ReachabilityEnabled: flag(),
})

function showService(record: ServiceRecord, place: Place): object {
  const url = place.accountUrl(`/Services/${record.sid}`)
  return {
    sid: record.sid,
    account_sid: record.accountSid,
    friendly_name: record.friendlyName,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url,
    links: {
      conversations: `${url}/Conversations`,
      users: `${url}/Users`,
      roles: `${url}/Roles`,
      bindings: `${url}/Bindings`,
      configuration: `${url}/Configuration`,
      participant_conversations: `${url}/ParticipantConversations`,
      conversation_with_participants: `${url}/ConversationWithParticipants`,
    },
  }
}

function showConfiguration(record: ServiceRecord, place: Place): object {
  const url = place.accountUrl(`/Services/${record.sid}/Configuration`)
  return {
    chat_service_sid: record.sid,
    default_conversation_creator_role_sid: record.defaultCreatorRoleSid,
    default_conversation_role_sid: record.defaultConversationRoleSid,
    default_chat_service_role_sid: record.defaultServiceRoleSid,
    reachability_enabled: record.reachabilityEnabled,
    url,
    links: { notifications: `${url}/Notifications`, webhooks: `${url}/Webhooks` },
  }
}

const LIST = '/Services'
const ONE = '/Services/{ServiceSid}'
const CONFIGURATION = `${ONE}/Configuration`

export const SERVICE_OPERATIONS: readonly Operation[] = [
  listing({
    name: 'Service.list',
    path: LIST,
    reach: 'account',
    key: 'services',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({}),
    ask: (_call, after: SidCursor | undefined, limit) => INQUIRIES.services(after?.sid, limit),
    cursor: { schema: sidCursor('IS'), of: ({ sid }) => ({ sid }) },
    show: showService,
  }),
  writing<'service.create', ServiceRecord, typeof CREATE>({
    name: 'Service.create',
    path: LIST,
    reach: 'account',
    fields: CREATE,
    status: 201,
    command: ({ fields }) => ({ type: 'service.create', friendlyName: fields.FriendlyName }),
    ask: (_call, { serviceSid }) => INQUIRIES.serviceMade(serviceSid),
    show: showService,
  }),
  fetching({ name: 'Service.fetch', path: ONE, reach: 'service', ask: () => INQUIRIES.service(), show: showService }),
  {
    name: 'Service.delete',
    method: 'DELETE',
    path: ONE,
    reach: 'service',
    fields: Type.Object({}),
    status: 204,
    run: async ({ core, actor }) => (await core.deleteService(actor)) ?? { status: 204 },
  },
  fetching({
    name: 'ServiceConfiguration.fetch',
    path: CONFIGURATION,
    reach: 'service',
    ask: () => INQUIRIES.service(),
    show: showConfiguration,
  }),
  writing<'service.update', ServiceRecord, typeof CONFIGURE>({
    name: 'ServiceConfiguration.update',
    path: CONFIGURATION,
    reach: 'service',
    fields: CONFIGURE,
    status: 200,
    command: ({ fields }) => ({
      type: 'service.update',
      defaultCreatorRoleSid: fields.DefaultConversationCreatorRoleSid,
      defaultConversationRoleSid: fields.DefaultConversationRoleSid,
      defaultServiceRoleSid: fields.DefaultChatServiceRoleSid,
      reachabilityEnabled: fields.ReachabilityEnabled,
    }),
    ask: () => INQUIRIES.service(),
    show: showConfiguration,
  }),
]
