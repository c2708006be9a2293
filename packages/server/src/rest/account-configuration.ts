import { type AccountRecord, INQUIRIES } from '@conversa/core'
import { Type } from 'typebox'
import { durationText } from './duration.ts'
import { durationOrNull, given, sid, sidOrNull } from './fields.ts'
import { fetching, writing } from './operation.ts'
import type { Place } from './place.ts'

const FIELDS = Type.Object({
  DefaultChatServiceSid: sid('IS', { description: 'What requests mean that name no service' }),
  DefaultMessagingServiceSid: sidOrNull('MG', {
    'x-error': 'messaging-service-invalid',
    description: 'Of new conversations',
  }),
  DefaultInactiveTimer: durationOrNull({ 'x-error': 'timer-inactive-invalid', description: 'ISO 8601, at least PT1M' }),
  DefaultClosedTimer: durationOrNull({ 'x-error': 'timer-closed-invalid', description: 'ISO 8601, at least PT10M' }),
})

const PATH = '/Configuration'

/** Settings of an account as REST shows them. Timers come out as durations here. */
function showAccount({ sid: accountSid, defaultServiceSid, inactive, closed, ...account }: AccountRecord, place: Place): object {
  const url = place.accountUrl(PATH)
  const serviceSid = defaultServiceSid ?? place.serviceSid
  return {
    account_sid: accountSid,
    default_chat_service_sid: serviceSid,
    default_messaging_service_sid: account.defaultMessagingServiceSid,
    default_inactive_timer: inactive === null ? null : durationText(inactive),
    default_closed_timer: closed === null ? null : durationText(closed),
    url,
    links: { service: place.accountUrl(`/Services/${serviceSid}`), webhooks: `${url}/Webhooks` },
  }
}

export const ACCOUNT_CONFIGURATION_OPERATIONS = [
  fetching({ name: 'Configuration.fetch', path: PATH, reach: 'account', ask: () => INQUIRIES.account(), show: showAccount }),
  writing<'account.update', AccountRecord, typeof FIELDS>({
    name: 'Configuration.update',
    path: PATH,
    reach: 'account',
    fields: FIELDS,
    status: 200,
    command: ({ fields }) => ({
      type: 'account.update',
      timers: given({ inactive: fields.DefaultInactiveTimer, closed: fields.DefaultClosedTimer }),
      ...given({
        defaultServiceSid: fields.DefaultChatServiceSid,
        defaultMessagingServiceSid: fields.DefaultMessagingServiceSid,
      }),
    }),
    ask: () => INQUIRIES.account(),
    show: showAccount,
  }),
]
