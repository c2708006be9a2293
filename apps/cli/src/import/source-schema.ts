import { LIMITS } from '@conversa/protocol'
import { Type } from 'typebox'

/*
 * What a server of this REST API answers, as far as an import uses it. Other fields may be there. All of it comes from somebody else:
 * nothing is believed that is not said here.
 */

const sid = (prefix: string) => Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$` })
const text = (maxLength: number) => Type.String({ maxLength })
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) => Type.Union([schema, Type.Null()])
const date = () => Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$' })
const index = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 })
const optional = Type.Optional
/** Longer than anything that one of them may be; the core's own limits are in characters and bytes. */
const NAME = 1024
const ATTRIBUTES = 64 * 1024
const dates = { date_created: date(), date_updated: date() }

export const SERVICE = Type.Object({ sid: sid('IS'), friendly_name: text(NAME), ...dates })

export const SERVICE_CONFIGURATION = Type.Object({
  default_conversation_creator_role_sid: sid('RL'),
  default_conversation_role_sid: sid('RL'),
  default_chat_service_role_sid: sid('RL'),
  reachability_enabled: Type.Boolean(),
})

const url = () => optional(orNull(text(2048)))
/** In small letters where the webhook is of a conversation. */
const method = () =>
  optional(orNull(Type.Union([Type.Literal('GET'), Type.Literal('POST'), Type.Literal('get'), Type.Literal('post')])))
const names = () => optional(orNull(Type.Array(text(NAME), { maxItems: 100 })))

export const SERVICE_WEBHOOKS = Type.Object({
  pre_webhook_url: url(),
  post_webhook_url: url(),
  method: method(),
  filters: names(),
})

const rule = {
  enabled: Type.Boolean(),
  template: optional(orNull(text(LIMITS.pushTemplateCharacters))),
  sound: optional(orNull(text(LIMITS.pushSoundCharacters))),
}

export const SERVICE_NOTIFICATIONS = Type.Object({
  log_enabled: Type.Boolean(),
  new_message: Type.Object({
    ...rule,
    badge_count_enabled: optional(Type.Boolean()),
    with_media: optional(orNull(Type.Object({ enabled: rule.enabled, template: rule.template }))),
  }),
  added_to_conversation: Type.Object(rule),
  removed_from_conversation: Type.Object(rule),
})

export const ROLE = Type.Object({
  sid: sid('RL'),
  friendly_name: text(NAME),
  type: Type.Union([Type.Literal('service'), Type.Literal('conversation')]),
  permissions: Type.Array(text(NAME), { maxItems: 200 }),
  ...dates,
})

export const USER = Type.Object({
  sid: sid('US'),
  identity: Type.String({ minLength: 1, maxLength: NAME }),
  role_sid: sid('RL'),
  friendly_name: orNull(text(NAME)),
  attributes: text(ATTRIBUTES),
  ...dates,
})

export const CONVERSATION = Type.Object({
  sid: sid('CH'),
  unique_name: orNull(text(NAME)),
  friendly_name: orNull(text(NAME)),
  attributes: text(ATTRIBUTES),
  state: Type.Union([Type.Literal('active'), Type.Literal('inactive'), Type.Literal('closed')]),
  messaging_service_sid: optional(orNull(sid('MG'))),
  bindings: optional(
    orNull(
      Type.Object({
        email: optional(
          orNull(Type.Object({ projected_address: optional(orNull(text(NAME))), name: optional(orNull(text(NAME))) })),
        ),
      }),
    ),
  ),
  timers: optional(orNull(Type.Object({ date_inactive: optional(orNull(date())), date_closed: optional(orNull(date())) }))),
  ...dates,
})

const BINDING = Type.Object({
  type: optional(text(NAME)),
  address: optional(orNull(text(NAME))),
  proxy_address: optional(orNull(text(NAME))),
  projected_address: optional(orNull(text(NAME))),
  name: optional(orNull(text(NAME))),
  level: optional(orNull(Type.Union([Type.Literal('to'), Type.Literal('cc')]))),
})

export const PARTICIPANT = Type.Object({
  sid: sid('MB'),
  identity: orNull(Type.String({ minLength: 1, maxLength: NAME })),
  messaging_binding: optional(orNull(BINDING)),
  role_sid: orNull(sid('RL')),
  attributes: text(ATTRIBUTES),
  last_read_message_index: orNull(index()),
  last_read_timestamp: orNull(date()),
  ...dates,
})

/** What is shown of a conversation to one of its users alone. */
export const MEMBERSHIP = Type.Object({
  notification_level: Type.Union([Type.Literal('default'), Type.Literal('muted')]),
  created_by: optional(orNull(text(NAME))),
})

const MEDIA = Type.Object({
  sid: Type.String({ pattern: '^ME[0-9a-f]{32}$' }),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  content_type: text(NAME),
  filename: optional(orNull(text(NAME))),
  category: optional(orNull(Type.Union([Type.Literal('media'), Type.Literal('body'), Type.Literal('history')]))),
})

const amount = () => Type.Union([Type.Literal('none'), Type.Literal('some'), Type.Literal('all')])

const DELIVERY = Type.Object({
  total: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  sent: amount(),
  delivered: amount(),
  read: amount(),
  failed: amount(),
  undelivered: amount(),
})

export const MESSAGE = Type.Object({
  sid: sid('IM'),
  index: index(),
  author: text(NAME),
  participant_sid: optional(orNull(sid('MB'))),
  body: optional(orNull(text(128 * 1024))),
  subject: optional(orNull(text(NAME))),
  media: optional(orNull(Type.Array(MEDIA, { maxItems: 100 }))),
  attributes: text(ATTRIBUTES),
  content_sid: optional(orNull(text(NAME))),
  delivery: optional(orNull(DELIVERY)),
  ...dates,
})

export const RECEIPT = Type.Object({
  sid: sid('DY'),
  participant_sid: sid('MB'),
  channel_message_sid: text(64),
  status: Type.Union([
    Type.Literal('queued'),
    Type.Literal('sent'),
    Type.Literal('failed'),
    Type.Literal('undelivered'),
    Type.Literal('delivered'),
    Type.Literal('read'),
  ]),
  error_code: optional(orNull(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
  ...dates,
})

export const WEBHOOK = Type.Object({
  sid: sid('WH'),
  target: Type.Union([Type.Literal('webhook'), Type.Literal('trigger'), Type.Literal('studio')]),
  configuration: Type.Object({
    url: optional(orNull(text(4096))),
    method: method(),
    filters: names(),
    triggers: names(),
    flow_sid: optional(orNull(sid('FW'))),
  }),
  ...dates,
})

/** What the media service says of a file. */
export const MEDIA_RESOURCE = Type.Object({
  links: Type.Object({ content_direct_temporary: text(8192) }),
  category: optional(MEDIA.properties.category),
  author: optional(orNull(text(NAME))),
  date_created: optional(text(64)),
})

/** A page of any list. Its items are looked at one by one. */
export const PAGE = Type.Object({ meta: Type.Object({ next_page_url: optional(orNull(text(8192))) }) })

/** What every item has that can be named when the rest of it does not fit. */
export const NAMED = Type.Object({ sid: Type.String({ maxLength: 64 }) })
