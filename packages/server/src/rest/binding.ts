import { INQUIRIES, type PushBinding } from '@conversa/core'
import { Type } from 'typebox'
import { list } from './fields.ts'
import { deleting, fetching, listing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

/** What a device is told of: everything there is, since devices do not choose. */
const MESSAGE_TYPES = ['new_message', 'added_to_conversation', 'removed_from_conversation'] as const

/** A device that somebody registered for push, as REST shows it. */
function showBinding(record: PushBinding, place: Place): object {
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    chat_service_sid: record.serviceSid,
    credential_sid: record.credentialSid,
    endpoint: record.registrationId,
    identity: record.identity,
    binding_type: record.channelType,
    message_types: MESSAGE_TYPES,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url: place.accountUrl(`/Services/${record.serviceSid}/Bindings/${record.sid}`),
  }
}

/** Words are read in any case (rest-and-semantics 1.1). */
const lower = (words: readonly string[] | undefined) => words?.map((word) => word.toLowerCase())

const LIST = '/Services/{ServiceSid}/Bindings'
const ONE = `${LIST}/{BindingSid}`

/** Devices register themselves through the SDK; back ends look at them and take them away. */
export const BINDING_OPERATIONS = [
  listing({
    name: 'Binding.list',
    path: LIST,
    reach: 'service',
    key: 'bindings',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({ BindingType: list(), Identity: list() }),
    ask: ({ fields: { BindingType, Identity } }, after: SidCursor | undefined, limit) =>
      INQUIRIES.pushRegistrations({ after: after?.sid, channelTypes: lower(BindingType), identities: Identity, limit }),
    cursor: { schema: sidCursor('BS'), of: ({ sid }) => ({ sid }) },
    show: showBinding,
  }),
  fetching({
    name: 'Binding.fetch',
    path: ONE,
    reach: 'service',
    ask: ({ path }) => INQUIRIES.pushRegistration(path.BindingSid as string),
    show: showBinding,
  }),
  deleting<'push.remove'>({
    name: 'Binding.delete',
    path: ONE,
    reach: 'service',
    command: ({ path }) => ({ type: 'push.remove', pushRegistrationSid: path.BindingSid as string }),
  }),
]
