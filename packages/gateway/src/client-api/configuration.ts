import { myConversationsName, userInfoName } from '../sync/names.ts'
import { type Answer, ok } from './answer.ts'
import type { Call } from './call.ts'
import type { Links } from './links.ts'
import { readToken, writeToken } from './page-token.ts'

const MEGABYTE = 1024 * 1024
/** Types that a text of an e-mail can have. */
const EMAIL_TYPES = ['text/plain', 'text/html']

/** What the vendor's client asks for first (twilio-wire-protocol 3.1). */
export async function fetchConfiguration({ grant, core }: Call, links: Links): Promise<Answer> {
  const { reachability } = await core.catchUpUser(grant, undefined)
  const { perMessage, fileBytes, messageBytes } = core.mediaLimits
  return ok({
    identity: grant.identity,
    service_sid: grant.serviceSid,
    links: {
      my_conversations: links.myConversations,
      conversations: links.conversations,
      users: links.users,
      current_user: links.currentUser,
      typing: links.typing,
      media_service: links.media,
      media_set_service: links.mediaSet,
      messages_receipts: links.receipts,
    },
    options: {
      media_attachments_count_limit: perMessage,
      media_attachment_size_limit_in_mb: fileBytes / MEGABYTE,
      media_attachments_total_size_limit_in_mb: messageBytes / MEGABYTE,
      email_histories_allowed_mime_types: EMAIL_TYPES,
      email_bodies_allowed_mime_types: EMAIL_TYPES,
      user_infos_to_subscribe: 100,
      reachability_enabled: reachability !== null,
      // A cached answer would show an old unread count right after a horizon was set.
      http_cache_interval: 'PT0S',
      consumption_report_interval: 'PT5S',
    },
    sync_objects: { my_user_info: userInfoName(grant.identity), my_conversations: myConversationsName(grant.identity) },
  })
}

/** The templates that messages can be made from. Pages are of the server's size, whatever is asked for. */
export async function listTemplates(call: Call): Promise<Answer> {
  const place = readToken<{ readonly after?: unknown }>(call.request.params.PageToken)
  const { templates, next } = await call.ask('contentTemplate.list', place ? { after: place.after } : {})
  return ok({
    templates: templates.map((template) => ({
      sid: template.sid,
      friendly_name: template.friendlyName,
      variables: JSON.stringify(Object.fromEntries(template.variables.map(({ name, value }) => [name, value]))),
      variants: Object.fromEntries(Object.entries(template.variants).map(([kind, { rawData }]) => [kind, JSON.parse(rawData)])),
      date_created: new Date(template.dateCreated).toISOString(),
      date_updated: new Date(template.dateUpdated).toISOString(),
    })),
    meta: { next_token: next && writeToken({ after: next }), previous_token: null },
  })
}
