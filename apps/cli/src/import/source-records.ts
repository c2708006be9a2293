import type { SourceParticipant, SourceReceipt, SourceRole, SourceService, SourceUser, SourceWebhook } from '@conversa/core'
import {
  isCleanText,
  jsonDepthExceeds,
  SILENT,
  type SourceConversation,
  type SourceHooks,
  type SourceMessage,
} from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import {
  CONVERSATION,
  MESSAGE,
  NAMED,
  PARTICIPANT,
  RECEIPT,
  ROLE,
  SERVICE,
  type SERVICE_CONFIGURATION,
  type SERVICE_NOTIFICATIONS,
  type SERVICE_WEBHOOKS,
  USER,
  WEBHOOK,
} from './source-schema.ts'

/** An item of the source as we keep it, or why it cannot be kept. */
export type Parsed<Item> = { readonly item: Item } | { readonly sid: string; readonly reason: string }

/** Reads one kind of item. */
export type Parse<Item> = (value: unknown) => Parsed<Item>

/** Thrown within a reader for what a schema does not say. */
class Unfit extends Error {}

const isNamed = Compile(NAMED)

function parserOf<Schema extends TSchema, Item>(schema: Schema, read: (value: Static<Schema>) => Item): Parse<Item> {
  const compiled = Compile(schema)
  return (value) => {
    const sid = isNamed.Check(value) ? (value as { sid: string }).sid : '(no SID)'
    if (!compiled.Check(value)) {
      const [, [error]] = compiled.Errors(value)
      return { sid, reason: `its field ${error?.instancePath || '/'} ${error?.message ?? 'does not fit'}` }
    }
    if (!isCleanText(value)) return { sid, reason: 'it has text that is not well-formed' }
    try {
      return { item: read(value as Static<Schema>) }
    } catch (error) {
      if (error instanceof Unfit) return { sid, reason: error.message }
      throw error
    }
  }
}

export const parseService = parserOf(SERVICE, ({ sid, friendly_name, ...rest }) => ({
  sid,
  friendlyName: friendly_name,
  ...datesOf(rest),
}))

/** A service with its configuration and with what it pushes: nothing where a server does not say. */
export function serviceOf(
  service: Omit<SourceService, keyof ReturnType<typeof configurationOf> | 'notifications'>,
  configuration: Static<typeof SERVICE_CONFIGURATION>,
  notifications: Static<typeof SERVICE_NOTIFICATIONS> | undefined,
): SourceService {
  const pushed = notifications ? notificationsOf(notifications) : SILENT
  return { ...service, ...configurationOf(configuration), notifications: pushed }
}

const notificationsOf = (shown: Static<typeof SERVICE_NOTIFICATIONS>): SourceService['notifications'] => {
  const { badge_count_enabled = false, with_media } = shown.new_message
  const withMedia = { enabled: with_media?.enabled ?? false, template: with_media?.template ?? null }
  return {
    logEnabled: shown.log_enabled,
    newMessage: { ...ruleOf(shown.new_message), badgeCountEnabled: badge_count_enabled, withMedia },
    addedToConversation: ruleOf(shown.added_to_conversation),
    removedFromConversation: ruleOf(shown.removed_from_conversation),
  }
}

const ruleOf = ({ enabled, template, sound }: Static<typeof SERVICE_NOTIFICATIONS>['added_to_conversation']) => ({
  enabled,
  template: template ?? null,
  sound: sound ?? null,
})

const configurationOf = (configuration: Static<typeof SERVICE_CONFIGURATION>) => ({
  defaultServiceRoleSid: configuration.default_chat_service_role_sid,
  defaultConversationRoleSid: configuration.default_conversation_role_sid,
  defaultCreatorRoleSid: configuration.default_conversation_creator_role_sid,
  reachabilityEnabled: configuration.reachability_enabled,
})

/** @returns undefined when nobody is asked and nobody is told */
export function hooksOf(shown: Static<typeof SERVICE_WEBHOOKS>): SourceHooks | undefined {
  const [preUrl, postUrl] = [shown.pre_webhook_url || null, shown.post_webhook_url || null]
  const filters = shown.filters ?? []
  if (preUrl === null && postUrl === null && filters.length === 0) return undefined
  return { preUrl, postUrl, method: methodOf(shown), filters, target: 'webhook' }
}

const methodOf = ({ method }: Pick<Static<typeof SERVICE_WEBHOOKS>, 'method'>): SourceHooks['method'] =>
  method?.toUpperCase() === 'GET' ? 'GET' : 'POST'

export const parseRole = parserOf(
  ROLE,
  ({ sid, friendly_name, type, permissions, ...rest }): SourceRole => ({
    sid,
    friendlyName: friendly_name,
    type,
    permissions,
    ...datesOf(rest),
  }),
)

export const parseUser = parserOf(
  USER,
  ({ sid, identity, role_sid, friendly_name, attributes, ...rest }): SourceUser => ({
    sid,
    identity: identityOf(identity),
    roleSid: role_sid,
    friendlyName: friendly_name,
    attributes: attributesOf(attributes, LIMITS.userAttributesBytes),
    ...datesOf(rest),
  }),
)

/** Who a conversation writes e-mails as: nobody without an address. */
const emailOf = (shown: { projected_address?: string | null; name?: string | null } | null | undefined) =>
  shown?.projected_address ? { address: shown.projected_address, name: shown.name || null } : null

export const parseConversation = parserOf(
  CONVERSATION,
  ({
    sid,
    unique_name,
    friendly_name,
    attributes,
    state,
    timers,
    bindings,
    messaging_service_sid,
    ...rest
  }): SourceConversation => ({
    sid,
    uniqueName: unique_name || null,
    friendlyName: friendly_name || null,
    attributes: attributesOf(attributes, LIMITS.conversationAttributesBytes),
    state,
    messagingServiceSid: messaging_service_sid ?? null,
    email: emailOf(bindings?.email),
    inactiveAt: timers?.date_inactive ? instant(timers.date_inactive) : null,
    closedAt: timers?.date_closed ? instant(timers.date_closed) : null,
    ...datesOf(rest),
  }),
)

/** Without what is shown to the participant alone. */
export const parseParticipant = parserOf(PARTICIPANT, (shown): Omit<SourceParticipant, 'notificationLevel'> => {
  const { sid, identity, messaging_binding, role_sid, attributes, last_read_message_index, last_read_timestamp } = shown
  return {
    sid,
    identity: identity === null ? null : identityOf(identity),
    binding: identity === null ? bindingOf(messaging_binding) : null,
    projectedAddress: (identity !== null && messaging_binding?.projected_address) || null,
    roleSid: role_sid,
    attributes: attributesOf(attributes, LIMITS.participantAttributesBytes),
    lastReadMessageIndex: last_read_message_index,
    lastReadTimestamp: last_read_timestamp === null ? null : instant(last_read_timestamp),
    ...datesOf(shown),
  }
})

/** A message, and whether a template of content stood behind it. */
export const parseMessage = parserOf(MESSAGE, (shown): SourceMessage & { readonly hasTemplate: boolean } => ({
  sid: shown.sid,
  index: shown.index,
  author: shown.author,
  participantSid: shown.participant_sid ?? null,
  body: shown.body ?? null,
  subject: shown.subject || null,
  media: (shown.media ?? []).map(({ sid, size, content_type, filename, category }) => ({
    sid,
    size,
    contentType: content_type,
    filename: filename ?? null,
    category: category ?? 'media',
  })),
  attributes: attributesOf(shown.attributes, LIMITS.messageAttributesBytes),
  delivery: shown.delivery ?? null,
  receipts: [],
  hasTemplate: Boolean(shown.content_sid),
  ...datesOf(shown),
}))

export const parseReceipt = parserOf(
  RECEIPT,
  (shown): SourceReceipt => ({
    sid: shown.sid,
    participantSid: shown.participant_sid,
    channelMessageSid: shown.channel_message_sid,
    status: shown.status,
    errorCode: shown.error_code || null,
    ...datesOf(shown),
  }),
)

/** What a trigger waits for is shown as its filters by some servers. */
export const parseWebhook = parserOf(WEBHOOK, ({ sid, target, configuration, ...rest }): SourceWebhook => {
  const { url = null, filters, triggers, flow_sid: flowSid = null } = configuration
  const heard = target === 'webhook' ? (filters ?? []) : ['onMessageAdded']
  return {
    sid,
    target,
    preUrl: null,
    postUrl: url,
    method: methodOf(configuration),
    filters: heard,
    triggers: target === 'trigger' ? (triggers ?? filters ?? []) : [],
    flowSid,
    ...datesOf(rest),
  }
})

/** Somebody outside of the app: without an address nothing could be sent to them. */
function bindingOf(binding: Static<typeof PARTICIPANT>['messaging_binding']): SourceParticipant['binding'] {
  if (!binding?.address) throw new Unfit('it has neither an identity nor an address')
  const { address, proxy_address: proxyAddress = null, name = null, level = null } = binding
  return { address, proxyAddress, name, level }
}

function identityOf(identity: string): string {
  if (identity.length > LIMITS.identityCharacters) throw new Unfit(`its identity is longer than ${LIMITS.identityCharacters}`)
  return identity
}

/** Kept as they are, when they are JSON that everybody can walk. */
function attributesOf(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) > limitBytes) throw new Unfit(`its attributes are larger than ${limitBytes} bytes`)
  if (jsonDepthExceeds(text, LIMITS.jsonDepth)) throw new Unfit('its attributes are nested too deeply')
  try {
    JSON.parse(text)
    return text
  } catch {
    throw new Unfit('its attributes are not JSON')
  }
}

function datesOf(shown: { readonly date_created: string; readonly date_updated: string }) {
  return { dateCreated: instant(shown.date_created), dateUpdated: instant(shown.date_updated) }
}

function instant(text: string): number {
  const milliseconds = Date.parse(text)
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) throw new Unfit('it has a date that is none')
  return milliseconds
}
