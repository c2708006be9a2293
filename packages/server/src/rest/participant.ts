import { type AnyCommand, channelOf, INQUIRIES, type ParticipantRecord } from '@conversa/core'
import { type Static, Type } from 'typebox'
import { DATES, dateOrNull, given, givenDates, indexOrNull, sid, text, word } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

/** How far somebody has read, as forms say it; an empty value is never (rest-and-semantics 3.5). */
export const HORIZON_FIELDS = {
  LastReadMessageIndex: indexOrNull({ 'x-error': 'read-index-invalid' }),
  LastReadTimestamp: dateOrNull({ 'x-error': 'read-timestamp-invalid' }),
}

/** The same as commands take it. */
export const givenHorizon = (fields: { LastReadMessageIndex?: number | null; LastReadTimestamp?: number | null }) => ({
  lastReadMessageIndex: fields.LastReadMessageIndex,
  lastReadTimestamp: fields.LastReadTimestamp,
})

/** Somebody in the app by identity, or somebody outside of it by their address and the one that speaks to them. */
export const PARTICIPANT_FIELDS = Type.Object({
  Attributes: text({ description: 'A JSON text' }),
  RoleSid: sid('RL', { 'x-error': 'role-not-found' }),
  ...DATES,
  Identity: text({ 'x-error': 'identity-missing' }),
  'MessagingBinding.Address': text({ 'x-error': 'address-invalid' }),
  'MessagingBinding.ProxyAddress': text({ 'x-error': 'proxy-address-invalid' }),
  'MessagingBinding.ProjectedAddress': text({
    'x-error': 'proxy-address-invalid',
    description: 'Of a group of phones: the number by which it sees somebody in the app',
  }),
  'MessagingBinding.Name': text({ description: 'Of e-mail' }),
  'MessagingBinding.Level': word(['to', 'cc'] as const, { description: 'Of e-mail' }),
})

const UPDATE = Type.Object({
  Identity: text({ description: 'For a projected address that nobody has yet' }),
  'MessagingBinding.ProxyAddress': text({
    'x-error': 'proxy-address-invalid',
    description: 'An empty value, or the word null, takes it away: then it is a group of phones',
  }),
  'MessagingBinding.ProjectedAddress': text({
    'x-error': 'proxy-address-invalid',
    description: 'An empty value, or the word null, takes it away',
  }),
  Attributes: text({ description: 'A JSON text' }),
  RoleSid: sid('RL', { 'x-error': 'role-not-found' }),
  ...HORIZON_FIELDS,
  ...DATES,
})

/** How somebody outside of the app is reached; name and level are of e-mail. */
export function showBinding({
  binding,
  projectedAddress,
}: Pick<ParticipantRecord, 'binding' | 'projectedAddress'>): object | null {
  if (!binding) return projectedAddress === null ? null : { type: 'sms', projected_address: projectedAddress }
  const { address, proxyAddress, name, level } = binding
  const type = channelOf(address)
  return {
    type,
    address,
    ...(proxyAddress !== null && { proxy_address: proxyAddress }),
    ...(type === 'email' && { name, level }),
  }
}

/** A participant as REST shows it. */
function showParticipant(record: ParticipantRecord, place: Place): object {
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    ...(place.isServiceForm && { chat_service_sid: place.serviceSid }),
    conversation_sid: record.conversationSid,
    identity: record.identity,
    attributes: record.attributes,
    messaging_binding: showBinding(record),
    role_sid: record.roleSid,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url: place.url(`/Conversations/${record.conversationSid}/Participants/${record.sid}`),
    last_read_message_index: record.lastReadMessageIndex,
    last_read_timestamp: record.lastReadTimestamp === null ? null : iso(record.lastReadTimestamp),
  }
}

const LIST = '/Conversations/{ConversationSid}/Participants'
const ONE = `${LIST}/{ParticipantSid}`

/** Attributes as commands take them: those that are taken away are empty ones. */
export const attributesOf = ({ Attributes }: { Attributes?: string | null }) =>
  given({ attributes: Attributes === null ? '{}' : Attributes })

type AddType = 'participant.add' | 'participant.addNonChat' | 'participant.addToGroup'

/** With a proxy, by identity alone, or in a group of phones: the fields that are there say which it is. */
function adding(fields: Static<typeof PARTICIPANT_FIELDS>, conversationSid: string): AnyCommand<AddType> {
  const place = { conversationSid, ...attributesOf(fields) }
  const identity = fields.Identity || undefined
  const address = fields['MessagingBinding.Address'] || undefined
  const proxyAddress = fields['MessagingBinding.ProxyAddress'] || undefined
  const projectedAddress = fields['MessagingBinding.ProjectedAddress'] || undefined
  const ofEmail = given({ name: fields['MessagingBinding.Name'] || undefined, level: fields['MessagingBinding.Level'] })
  // What fits into no form goes where the core says so, and nothing that was given is dropped.
  const isProxied = proxyAddress !== undefined || Object.keys(ofEmail).length > 0
  if (isProxied && (address === undefined || identity === undefined)) {
    return { type: 'participant.addNonChat', ...place, address: address ?? '', proxyAddress: proxyAddress ?? '', ...ofEmail }
  }
  if (projectedAddress !== undefined || address !== undefined)
    return { type: 'participant.addToGroup', ...place, ...given({ identity, address, projectedAddress }) }
  return { type: 'participant.add', ...place, identity: identity ?? '' }
}

/** What is to change about how they are reached; undefined when nothing of it was given. */
function rebindingOf(fields: Static<typeof UPDATE>) {
  const cleared = (value: string | null | undefined) => (value === 'null' ? null : value)
  const rebinding = given({
    proxyAddress: cleared(fields['MessagingBinding.ProxyAddress']),
    projectedAddress: cleared(fields['MessagingBinding.ProjectedAddress']),
    identity: fields.Identity || undefined,
  })
  return Object.keys(rebinding).length > 0 ? rebinding : undefined
}

export const PARTICIPANT_OPERATIONS = [
  listing({
    name: 'Participant.list',
    path: LIST,
    key: 'participants',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({}),
    ask: ({ path }, after: SidCursor | undefined, limit) =>
      INQUIRIES.participants(path.ConversationSid as string, after?.sid, limit),
    cursor: { schema: sidCursor('MB'), of: ({ sid }) => ({ sid }) },
    show: showParticipant,
  }),
  writing<AddType, ParticipantRecord, typeof PARTICIPANT_FIELDS>({
    name: 'Participant.create',
    path: LIST,
    fields: PARTICIPANT_FIELDS,
    status: 201,
    command: ({ fields }, { conversationSid }) => adding(fields, conversationSid),
    given: (fields) => ({ ...givenDates(fields), roleSid: fields.RoleSid }),
    ask: (_call, { participant }, { conversationSid }) => INQUIRIES.participant(conversationSid, participant.sid),
    show: showParticipant,
  }),
  fetching({
    name: 'Participant.fetch',
    path: ONE,
    ask: ({ path }) => INQUIRIES.participant(path.ConversationSid as string, path.ParticipantSid as string),
    show: showParticipant,
  }),
  writing<'participant.update' | 'participant.rebind', ParticipantRecord, typeof UPDATE>({
    name: 'Participant.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: ({ fields, path }, { conversationSid, address }) => {
      const whom = { conversationSid, participant: path.ParticipantSid as string, ...attributesOf(fields) }
      const rebinding = rebindingOf(fields)
      return rebinding ? { type: 'participant.rebind', ...whom, rebinding, address } : { type: 'participant.update', ...whom }
    },
    given: (fields) => ({ ...givenDates(fields), ...givenHorizon(fields), roleSid: fields.RoleSid }),
    ask: ({ path }, _result, { conversationSid }) => INQUIRIES.participant(conversationSid, path.ParticipantSid as string),
    show: showParticipant,
  }),
  deleting<'participant.remove'>({
    name: 'Participant.delete',
    path: ONE,
    command: ({ path }, { conversationSid }) => ({
      type: 'participant.remove',
      conversationSid,
      participant: path.ParticipantSid as string,
    }),
  }),
]
