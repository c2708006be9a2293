import { type AddressConfigurationRecord, INQUIRIES } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { type Static, Type } from 'typebox'
import { countUpTo, flag, list, listOf, NO_FLOWS, requiredText, requiredWord, sid, sidOrNull, text, word } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

/** What becomes of a flow here. */
const STUDIO = 'Of type studio. Kept and shown again: flows run elsewhere, so nobody is told, and nothing is tried again'

const TYPES = ['sms', 'whatsapp', 'messenger', 'gbm', 'email', 'rcs', 'apple', 'chat'] as const

const UPDATE = Type.Object({
  FriendlyName: text(),
  'AutoCreation.Enabled': flag(),
  'AutoCreation.Type': word(['webhook', 'studio', 'default'] as const),
  'AutoCreation.ConversationServiceSid': sidOrNull('IS', { description: 'The default service when it is empty' }),
  'AutoCreation.WebhookUrl': text({ description: 'Of type webhook' }),
  'AutoCreation.WebhookMethod': word(['GET', 'POST'] as const, { 'x-error': 'webhook-method-invalid' }),
  'AutoCreation.WebhookFilters': list({ description: 'Of type webhook' }),
  'AutoCreation.StudioFlowSid': sid('FW', { 'x-error': 'webhook-flow-invalid', 'x-caution': NO_FLOWS, description: STUDIO }),
  'AutoCreation.StudioRetryCount': countUpTo(LIMITS.studioRetries, { description: STUDIO }),
})

const CREATE = Type.Object({
  ...UPDATE.properties,
  Type: requiredWord(TYPES),
  Address: requiredText({ 'x-error': 'address-invalid' }),
  AddressCountry: text({ description: 'ISO 3166, two letters' }),
})

const autoCreationOf = (fields: Static<typeof UPDATE>) => ({
  enabled: fields['AutoCreation.Enabled'],
  type: fields['AutoCreation.Type'],
  serviceSid: fields['AutoCreation.ConversationServiceSid'],
  url: fields['AutoCreation.WebhookUrl'],
  method: fields['AutoCreation.WebhookMethod'],
  filters: listOf(fields['AutoCreation.WebhookFilters']),
  flowSid: fields['AutoCreation.StudioFlowSid'],
  retryCount: fields['AutoCreation.StudioRetryCount'],
})

function showAutoCreation({ enabled, serviceSid, target }: AddressConfigurationRecord['autoCreation']): object {
  const shown = { enabled, type: target.type, conversation_service_sid: serviceSid }
  switch (target.type) {
    case 'default':
      return shown
    case 'webhook':
      return { ...shown, webhook_url: target.url, webhook_method: target.method, webhook_filters: target.filters }
    case 'studio':
      return { ...shown, studio_flow_sid: target.flowSid, studio_retry_count: target.retryCount }
  }
}

/** What an account does with messages to an address, as REST shows it. */
function showAddressConfiguration(record: AddressConfigurationRecord, place: Place): object {
  return {
    sid: record.sid,
    account_sid: record.accountSid,
    type: record.type,
    address: record.address,
    friendly_name: record.friendlyName,
    address_country: record.addressCountry,
    auto_creation: showAutoCreation(record.autoCreation),
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url: place.accountUrl(`/Configuration/Addresses/${record.sid}`),
  }
}

const LIST = '/Configuration/Addresses'
const ONE = `${LIST}/{AddressConfigurationSid}`

const nameOf = ({ path }: { readonly path: Readonly<Record<string, string>> }) => path.AddressConfigurationSid as string

export const ADDRESS_CONFIGURATION_OPERATIONS = [
  listing({
    name: 'AddressConfiguration.list',
    path: LIST,
    reach: 'account',
    key: 'address_configurations',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({ Type: word(TYPES) }),
    ask: ({ fields }, after: SidCursor | undefined, limit) =>
      INQUIRIES.addressConfigurations({ after: after?.sid, type: fields.Type, limit }),
    cursor: { schema: sidCursor('IG'), of: ({ sid }) => ({ sid }) },
    show: showAddressConfiguration,
  }),
  writing<'addressConfiguration.create', AddressConfigurationRecord, typeof CREATE>({
    name: 'AddressConfiguration.create',
    path: LIST,
    reach: 'account',
    fields: CREATE,
    status: 201,
    command: ({ fields }) => ({
      type: 'addressConfiguration.create',
      addressType: fields.Type,
      address: fields.Address,
      addressCountry: fields.AddressCountry,
      friendlyName: fields.FriendlyName,
      autoCreation: autoCreationOf(fields),
    }),
    ask: (_call, { addressConfigurationSid }) => INQUIRIES.addressConfiguration(addressConfigurationSid),
    show: showAddressConfiguration,
  }),
  fetching({
    name: 'AddressConfiguration.fetch',
    path: ONE,
    reach: 'account',
    ask: (call) => INQUIRIES.addressConfiguration(nameOf(call)),
    show: showAddressConfiguration,
  }),
  writing<'addressConfiguration.update', AddressConfigurationRecord, typeof UPDATE>({
    name: 'AddressConfiguration.update',
    path: ONE,
    reach: 'account',
    fields: UPDATE,
    status: 200,
    command: (call) => ({
      type: 'addressConfiguration.update',
      name: nameOf(call),
      friendlyName: call.fields.FriendlyName,
      autoCreation: autoCreationOf(call.fields),
    }),
    ask: (call) => INQUIRIES.addressConfiguration(nameOf(call)),
    show: showAddressConfiguration,
  }),
  deleting<'addressConfiguration.delete'>({
    name: 'AddressConfiguration.delete',
    path: ONE,
    reach: 'account',
    command: (call) => ({ type: 'addressConfiguration.delete', name: nameOf(call) }),
  }),
]
