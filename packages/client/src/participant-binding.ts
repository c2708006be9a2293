import type { MessagingBinding, Participant as ParticipantRecord } from '@conversa/protocol'
import type { Session } from './session/session.ts'

/** How somebody takes part. Servers may know more ways than this version does. */
export type ParticipantType = 'chat' | 'sms' | 'whatsapp' | 'email' | (string & {})

/** Whether e-mails go to somebody, or are copied to them. */
export type ParticipantEmailLevel = 'to' | 'cc'

/** How a participant is reached by e-mail. */
export interface ParticipantEmailBinding {
  name: string
  address: string
  level: ParticipantEmailLevel
}

/** How a participant is reached by phone. */
export interface ParticipantPhoneBinding {
  address: string
}

/** How a participant is reached, under their type; empty for those in the app. */
export interface ParticipantBindings {
  email?: ParticipantEmailBinding
  sms?: ParticipantPhoneBinding
  whatsapp?: ParticipantPhoneBinding
  rcs?: ParticipantPhoneBinding
}

/** What e-mail needs to know of a participant. */
export interface ParticipantBindingOptions {
  email?: Partial<ParticipantEmailBinding>
}

/** A participant in the form that REST gives them. */
export interface ParticipantResponse {
  account_sid: string
  chat_service_sid: string
  conversation_sid: string
  role_sid: string
  sid: string
  /** A JSON text. */
  attributes: string
  /** ISO 8601. */
  date_created: string
  /** ISO 8601. */
  date_updated: string
  /** Null for who is not in the app, though applications know the type as this one. */
  identity: string
  /** Null for who is. */
  messaging_binding: {
    type: 'chat' | 'sms' | 'whatsapp' | 'email'
    address: string
    proxy_address: string
  } | null
  url: string
  links: { conversation: string }
}

/** @param binding null for who is in the app */
export function bindingsOf(binding: MessagingBinding | null): ParticipantBindings {
  if (!binding) return {}
  const { type, address, name, level } = binding
  return type === 'email' ? { email: { name: name ?? '', address, level: level ?? 'to' } } : { [type]: { address } }
}

/** A participant who was just added, as REST would give them. */
export function participantResponse(
  { serverUrl, settings }: Session,
  conversationSid: string,
  participant: ParticipantRecord,
): ParticipantResponse {
  const { sid, identity, attributes, roleSid, binding } = participant
  const { accountSid = '', serviceSid = '' } = settings ?? {}
  const conversation = `${serverUrl}/v1/Services/${serviceSid}/Conversations/${conversationSid}`
  return {
    account_sid: accountSid,
    chat_service_sid: serviceSid,
    conversation_sid: conversationSid,
    role_sid: roleSid ?? '',
    sid,
    attributes,
    date_created: isoSecond(participant.dateCreated),
    date_updated: isoSecond(participant.dateUpdated),
    identity: identity as string,
    messaging_binding: binding && {
      type: binding.type as 'sms',
      address: binding.address,
      proxy_address: binding.proxyAddress as string,
    },
    url: `${conversation}/Participants/${sid}`,
    links: { conversation },
  }
}

/** REST tells whole seconds (rest-and-semantics 1.1). */
function isoSecond(instant: number): string {
  return new Date(instant).toISOString().replace(/\.\d+/, '')
}
