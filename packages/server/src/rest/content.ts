import { approvableType, type ContentTemplateRecord, INQUIRIES } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { type TProperties, Type } from 'typebox'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

/*
 * Templates of messages, in the form of the vendor's Content API: what is said is JSON, with names in small letters.
 */

const some = Type.String({ minLength: 1 })
const address = Type.String({ minLength: 1, maxLength: LIMITS.webhookUrlCharacters })
const kind = <Fields extends TProperties>(fields: Fields) => Type.Optional(Type.Object(fields, { additionalProperties: false }))
const each = <Fields extends TProperties>(fields: Fields) =>
  Type.Array(Type.Object(fields, { additionalProperties: false }), { minItems: 1, maxItems: 10 })

const ACTION = Type.Union([
  Type.Object({ type: Type.Literal('URL'), title: some, url: address }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal('PHONE_NUMBER'), title: some, phone: some }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal('QUICK_REPLY'), title: some, id: Type.Optional(some) }, { additionalProperties: false }),
])
const ACTIONS = Type.Array(ACTION, { minItems: 1, maxItems: 10 })
const MEDIA = Type.Array(address, { minItems: 1, maxItems: 10 })

/** The forms of a template: those that the vendor's conversations take. */
const TYPES = Type.Object(
  {
    'twilio/text': kind({ body: some }),
    'twilio/media': kind({ body: Type.Optional(some), media: MEDIA }),
    'twilio/location': kind({
      latitude: Type.Number({ minimum: -90, maximum: 90 }),
      longitude: Type.Number({ minimum: -180, maximum: 180 }),
      label: Type.Optional(some),
    }),
    'twilio/quick-reply': kind({
      body: some,
      actions: each({ type: Type.Optional(Type.Literal('QUICK_REPLY')), title: some, id: Type.Optional(some) }),
    }),
    'twilio/call-to-action': kind({ body: some, actions: ACTIONS }),
    'twilio/list-picker': kind({
      body: some,
      button: some,
      items: each({ id: some, item: some, description: Type.Optional(some) }),
    }),
    'twilio/card': kind({
      title: some,
      subtitle: Type.Optional(some),
      media: Type.Optional(MEDIA),
      actions: Type.Optional(ACTIONS),
    }),
  },
  { additionalProperties: false, minProperties: 1, description: 'Its forms, by the kind of content' },
)

const CREATE = Type.Object({
  friendly_name: Type.Optional(Type.String({ 'x-error': 'friendly-name-too-long', maxLength: LIMITS.friendlyNameCharacters })),
  language: Type.String({ pattern: '^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$', description: 'As WhatsApp calls it: `en`, `pt_BR`' }),
  variables: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: 'What goes into `{{1}}` when a message does not say' }),
  ),
  types: TYPES,
})

const APPROVE = Type.Object({
  name: Type.String({
    pattern: `^[a-z0-9_]{1,${LIMITS.approvedNameCharacters}}$`,
    description: 'What WhatsApp calls the template, which has approved it under this name',
  }),
  category: Type.Union([Type.Literal('UTILITY'), Type.Literal('MARKETING'), Type.Literal('AUTHENTICATION')]),
})

function showContent(template: ContentTemplateRecord, place: Place): object {
  const url = place.accountUrl(`/Content/${template.sid}`)
  return {
    sid: template.sid,
    account_sid: template.accountSid,
    friendly_name: template.friendlyName,
    language: template.language,
    variables: template.variables,
    types: template.types,
    date_created: iso(template.dateCreated),
    date_updated: iso(template.dateUpdated),
    url,
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  }
}

/** How a template stands with WhatsApp. Whoever runs the server says so: it is approved there and not here. */
function showApproval({ approval, types }: ContentTemplateRecord): object {
  return {
    type: 'whatsapp',
    name: approval?.name ?? '',
    category: approval?.category ?? '',
    content_type: (approval && approvableType(types)) ?? '',
    status: approval ? 'approved' : 'unsubmitted',
    rejection_reason: '',
    allow_category_change: false,
  }
}

const LIST = '/Content'
const ONE = `${LIST}/{ContentSid}`

export const CONTENT_OPERATIONS = [
  listing({
    name: 'Content.list',
    path: LIST,
    reach: 'account',
    key: 'contents',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({}),
    ask: (_call, after: SidCursor | undefined, limit) => INQUIRIES.contentTemplates(after?.sid, limit),
    cursor: { schema: sidCursor('HX'), of: ({ sid }) => ({ sid }) },
    show: showContent,
  }),
  writing<'contentTemplate.create', ContentTemplateRecord, typeof CREATE>({
    name: 'Content.create',
    path: LIST,
    reach: 'account',
    isJson: true,
    fields: CREATE,
    status: 201,
    command: ({ fields: { friendly_name: friendlyName = '', language, variables = {}, types } }) => ({
      type: 'contentTemplate.create',
      friendlyName,
      language,
      variables,
      types,
    }),
    ask: (_call, { contentTemplateSid }) => INQUIRIES.contentTemplate(contentTemplateSid),
    show: showContent,
  }),
  fetching({
    name: 'Content.fetch',
    path: ONE,
    reach: 'account',
    ask: ({ path }) => INQUIRIES.contentTemplate(path.ContentSid as string),
    show: showContent,
  }),
  deleting<'contentTemplate.delete'>({
    name: 'Content.delete',
    path: ONE,
    reach: 'account',
    command: ({ path }) => ({ type: 'contentTemplate.delete', contentTemplateSid: path.ContentSid as string }),
  }),
  fetching({
    name: 'ApprovalRequest.fetch',
    path: `${ONE}/ApprovalRequests`,
    reach: 'account',
    ask: ({ path }) => INQUIRIES.contentTemplate(path.ContentSid as string),
    show: (template, place) => ({
      sid: template.sid,
      account_sid: template.accountSid,
      whatsapp: showApproval(template),
      url: place.accountUrl(`/Content/${template.sid}/ApprovalRequests`),
    }),
  }),
  writing<'contentTemplate.approve', ContentTemplateRecord, typeof APPROVE>({
    name: 'ApprovalRequest.create',
    path: `${ONE}/ApprovalRequests/whatsapp`,
    reach: 'account',
    isJson: true,
    fields: APPROVE,
    status: 201,
    command: ({ fields, path }) => ({
      type: 'contentTemplate.approve',
      contentTemplateSid: path.ContentSid as string,
      name: fields.name,
      category: fields.category,
    }),
    ask: ({ path }) => INQUIRIES.contentTemplate(path.ContentSid as string),
    show: showApproval,
  }),
]
