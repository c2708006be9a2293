import { INQUIRIES, type WebhookConfiguration, type WebhookRecord } from '@conversa/core'
import { type Static, Type } from 'typebox'
import { afterIndex, list, listOf, NO_FLOWS, requiredWord, sid, text, word } from './fields.ts'
import { deleting, fetching, listing, type Operation, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

const METHODS = ['GET', 'POST'] as const
const method = () => word(METHODS, { 'x-error': 'webhook-method-invalid' })

const SERVICE_FIELDS = Type.Object({
  PreWebhookUrl: text(),
  PostWebhookUrl: text(),
  Method: method(),
  Filters: list(),
})

const ACCOUNT_FIELDS = Type.Object({
  ...SERVICE_FIELDS.properties,
  Target: word(['webhook', 'flex'] as const, { 'x-error': 'webhook-target-invalid' }),
})

const settings = ({ PreWebhookUrl, PostWebhookUrl, Method, Filters }: Static<typeof SERVICE_FIELDS>) => ({
  preUrl: PreWebhookUrl,
  postUrl: PostWebhookUrl,
  method: Method,
  filters: listOf(Filters),
})

const CONFIGURATION_FIELDS = {
  'Configuration.Url': Type.Optional(Type.String()),
  'Configuration.Method': method(),
  'Configuration.Filters': list(),
  'Configuration.Triggers': list(),
  'Configuration.FlowSid': sid('FW', {
    'x-error': 'webhook-flow-invalid',
    'x-caution': NO_FLOWS,
    description: 'Of a studio. Kept and shown again: flows run elsewhere, so nobody is told',
  }),
}

const CREATE = Type.Object({
  Target: requiredWord(['webhook', 'trigger', 'studio'] as const, { 'x-error': 'webhook-target-invalid' }),
  ...CONFIGURATION_FIELDS,
  'Configuration.ReplayAfter': afterIndex({
    'x-error': 'message-index-invalid',
    description: 'Messages above this index are told to the new webhook too, at most 1,000',
  }),
})
const UPDATE = Type.Object(CONFIGURATION_FIELDS)

const configuration = (fields: Static<typeof UPDATE>): WebhookConfiguration => ({
  url: fields['Configuration.Url'],
  method: fields['Configuration.Method'],
  filters: listOf(fields['Configuration.Filters']),
  triggers: listOf(fields['Configuration.Triggers']),
  flowSid: fields['Configuration.FlowSid'],
})

function showSettings({ accountSid, serviceSid, preUrl, postUrl, method, filters, target }: WebhookRecord, place: Place): object {
  return {
    account_sid: accountSid,
    pre_webhook_url: preUrl,
    post_webhook_url: postUrl,
    method,
    filters,
    ...(serviceSid === null
      ? { target, url: place.accountUrl('/Configuration/Webhooks') }
      : { chat_service_sid: serviceSid, url: place.accountUrl(`/Services/${serviceSid}/Configuration/Webhooks`) }),
  }
}

/**
 * What fits the target. The vendor shows words that are waited for as filters; here they are shown under both names. Methods of these
 * webhooks are in small letters, those of accounts and services are not.
 */
function showConfiguration({ target, postUrl: url, filters, triggers, flowSid, ...record }: WebhookRecord): object {
  if (target === 'studio') return { flow_sid: flowSid }
  const method = record.method.toLowerCase()
  return target === 'trigger' ? { url, method, triggers, filters: triggers } : { url, method, filters }
}

function showWebhook(record: WebhookRecord, place: Place): object {
  const { sid, accountSid, serviceSid, conversationSid, target } = record
  return {
    sid,
    account_sid: accountSid,
    ...(place.isServiceForm && { chat_service_sid: serviceSid }),
    conversation_sid: conversationSid,
    target,
    url: place.url(`/Conversations/${conversationSid}/Webhooks/${sid}`),
    configuration: showConfiguration(record),
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
  }
}

const OF_ACCOUNT = '/Configuration/Webhooks'
const OF_SERVICE = '/Services/{ServiceSid}/Configuration/Webhooks'
const LIST = '/Conversations/{ConversationSid}/Webhooks'
const ONE = `${LIST}/{WebhookSid}`

interface Called {
  readonly path: Readonly<Record<string, string>>
}
const roomOf = ({ path }: Called) => path.ConversationSid as string
const sidOf = ({ path }: Called) => path.WebhookSid as string

export const WEBHOOK_OPERATIONS: readonly Operation[] = [
  fetching({
    name: 'Webhooks.fetch',
    path: OF_ACCOUNT,
    reach: 'account',
    ask: () => INQUIRIES.webhooks('account'),
    show: showSettings,
  }),
  writing<'webhooks.update', WebhookRecord, typeof ACCOUNT_FIELDS>({
    name: 'Webhooks.update',
    path: OF_ACCOUNT,
    reach: 'account',
    fields: ACCOUNT_FIELDS,
    status: 200,
    command: ({ fields }) => ({ type: 'webhooks.update', level: 'account', target: fields.Target, ...settings(fields) }),
    ask: () => INQUIRIES.webhooks('account'),
    show: showSettings,
  }),
  fetching({
    name: 'ServiceWebhooks.fetch',
    path: OF_SERVICE,
    reach: 'service',
    ask: () => INQUIRIES.webhooks('service'),
    show: showSettings,
  }),
  writing<'webhooks.update', WebhookRecord, typeof SERVICE_FIELDS>({
    name: 'ServiceWebhooks.update',
    path: OF_SERVICE,
    reach: 'service',
    fields: SERVICE_FIELDS,
    status: 200,
    command: ({ fields }) => ({ type: 'webhooks.update', level: 'service', ...settings(fields) }),
    ask: () => INQUIRIES.webhooks('service'),
    show: showSettings,
  }),
  listing({
    name: 'ConversationWebhook.list',
    path: LIST,
    key: 'webhooks',
    sizes: { usual: 5, most: 5 },
    fields: Type.Object({}),
    ask: (call, after: SidCursor | undefined, limit) => INQUIRIES.conversationWebhooks(roomOf(call), after?.sid, limit),
    cursor: { schema: sidCursor('WH'), of: ({ sid }) => ({ sid }) },
    show: showWebhook,
  }),
  writing<'conversationWebhook.create', WebhookRecord, typeof CREATE>({
    name: 'ConversationWebhook.create',
    path: LIST,
    fields: CREATE,
    status: 201,
    command: ({ fields }, { conversationSid }) => ({
      type: 'conversationWebhook.create',
      conversationSid,
      target: fields.Target,
      configuration: configuration(fields),
      replayAfter: fields['Configuration.ReplayAfter'],
    }),
    ask: (_call, { webhookSid }, { conversationSid }) => INQUIRIES.conversationWebhook(conversationSid, webhookSid),
    show: showWebhook,
  }),
  fetching({
    name: 'ConversationWebhook.fetch',
    path: ONE,
    ask: (call) => INQUIRIES.conversationWebhook(roomOf(call), sidOf(call)),
    show: showWebhook,
  }),
  writing<'conversationWebhook.update', WebhookRecord, typeof UPDATE>({
    name: 'ConversationWebhook.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: (call, { conversationSid }) => ({
      type: 'conversationWebhook.update',
      conversationSid,
      webhookSid: sidOf(call),
      configuration: configuration(call.fields),
    }),
    ask: (call, _result, { conversationSid }) => INQUIRIES.conversationWebhook(conversationSid, sidOf(call)),
    show: showWebhook,
  }),
  deleting<'conversationWebhook.delete'>({
    name: 'ConversationWebhook.delete',
    path: ONE,
    command: (call, { conversationSid }) => ({
      type: 'conversationWebhook.delete',
      conversationSid,
      webhookSid: sidOf(call),
    }),
  }),
]
