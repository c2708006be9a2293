import type { ChannelReport } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { codeOf } from './graph-answer.ts'

/** A file that somebody sent. */
export interface SentMedia {
  readonly id: string
  readonly contentType: string | undefined
  readonly filename: string | null
}

/** What a webhook tells: somebody wrote, or something became of a message. */
export type WebhookEvent =
  | { readonly type: 'message'; readonly id: string; readonly from: string; readonly to: string; readonly said: Said }
  | { readonly type: 'report'; readonly report: ChannelReport; readonly ours: string | undefined }

interface Said {
  readonly body: string
  readonly media: SentMedia | undefined
}

type Fields = Readonly<Record<string, unknown>>

const STATUSES: Readonly<Record<string, DeliveryStatus>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
}
const MEDIA: readonly string[] = ['image', 'video', 'audio', 'document', 'sticker']

/**
 * Reads a webhook of the API.
 *
 * @returns undefined when it is none; what it tells of the number, in its order; and whether it told of another number
 */
export function readWebhook(
  body: Uint8Array,
  phoneNumberId: string,
): { readonly events: readonly WebhookEvent[]; readonly isForeign: boolean } | undefined {
  const fields = parsed(body)
  if (fields?.object !== 'whatsapp_business_account' || !Array.isArray(fields.entry)) return undefined
  const values = listOf(fields.entry).flatMap(({ changes }) => listOf(changes).map(({ value }) => fieldsOf(value)))
  const own = values.filter(({ metadata }) => fieldsOf(metadata).phone_number_id === phoneNumberId)
  return { events: own.flatMap(eventsOf), isForeign: own.length < values.length }
}

function parsed(body: Uint8Array): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch {
    return undefined
  }
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

function eventsOf({ metadata, messages, statuses }: Fields): readonly WebhookEvent[] {
  const to = numberOf(fieldsOf(metadata).display_phone_number)
  const written = listOf(messages).map((message) => to && messageOf(message, to))
  return [...written, ...listOf(statuses).map(reportOf)].filter((event): event is WebhookEvent => Boolean(event))
}

/** @returns undefined when it is no number */
function numberOf(value: unknown): string | undefined {
  const digits = String(value).replace(/[\s()+-]/g, '')
  return /^[1-9]\d{6,14}$/.test(digits) ? `whatsapp:+${digits}` : undefined
}

function messageOf(message: Fields, to: string): WebhookEvent | undefined {
  const [id, from] = [textOf(message.id), numberOf(message.from)]
  const said = saidIn(message)
  return id && from && said ? { type: 'message', id, from, to, said } : undefined
}

/** What the API says of somebody, and not they themselves. */
const SAID_BY_NOBODY: readonly string[] = ['system', 'request_welcome']

/** @returns undefined when nobody said anything */
function saidIn(message: Fields): Said | undefined {
  const type = textOf(message.type)
  if (type === undefined || SAID_BY_NOBODY.includes(type)) return undefined
  const content = fieldsOf(message[type])
  const id = MEDIA.includes(type) ? textOf(content.id) : undefined
  const body = bodyOf(type, content)
  // A type may have parameters, of voices the codec.
  const contentType = textOf(content.mime_type)?.split(';')[0]?.trim()
  if (id) return { body: body ?? '', media: { id, contentType, filename: textOf(content.filename) ?? null } }
  return { body: body ?? UNSHOWN, media: undefined }
}

/** In place of what cannot be shown: a kind that came later, or one without what makes it one. */
const UNSHOWN = '[A message that cannot be shown here]'

function bodyOf(type: string, content: Fields): string | undefined {
  switch (type) {
    case 'text':
      return textOf(content.body)
    case 'button':
      return textOf(content.text)
    case 'interactive':
      return textOf(fieldsOf(content.button_reply).title) ?? textOf(fieldsOf(content.list_reply).title)
    case 'location':
      return [content.name, content.address, `${content.latitude}, ${content.longitude}`].filter(Boolean).join('\n')
    case 'reaction':
      // Without one, the reaction was taken back.
      return textOf(content.emoji) ? `[Reacted with ${content.emoji}]` : '[Took a reaction back]'
    case 'contacts':
      return Object.values(content).map(cardOf).join('\n\n') || undefined
    default:
      return textOf(content.caption)
  }
}

/** Who somebody is, and where to be found, line by line. */
function cardOf(contact: unknown): string {
  const { name, org, phones, emails, urls } = fieldsOf(contact)
  const found = [
    fieldsOf(name).formatted_name,
    fieldsOf(org).company,
    ...listOf(phones).map(({ phone }) => phone),
    ...listOf(emails).map(({ email }) => email),
    ...listOf(urls).map(({ url }) => url),
  ]
  return found.map(textOf).filter(Boolean).join('\n') || '[A contact]'
}

function reportOf({ id, status, errors, biz_opaque_callback_data: ours }: Fields): WebhookEvent | undefined {
  const [name, became] = [textOf(id), STATUSES[String(status)]]
  if (!name || !became) return undefined
  const code = became === 'failed' ? { code: codeOf(listOf(errors)[0]) } : {}
  return { type: 'report', report: { id: name, status: became, ...code }, ours: textOf(ours) }
}
