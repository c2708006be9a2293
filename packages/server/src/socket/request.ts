import { isCleanText, jsonDepthExceeds, parseJsonObject, Refusal } from '@conversa/core'
import { LIMITS, type Request } from '@conversa/protocol'
import { type Malformation, validatorOf } from '@conversa/protocol/schema'

/** A frame that was read: a request of the right form, or why it is none. The id is null when not even that could be read. */
export type Incoming =
  | { readonly id: number; readonly request: Request; readonly isRepeated: boolean }
  | { readonly id: number | null; readonly refusal: Refusal }

/** Codes of their own that fields have besides the general one (rest-and-semantics 3.14). */
const FIELD_REFUSALS: Readonly<Record<string, Refusal>> = {
  'readHorizon.set /index': new Refusal('read-index-invalid'),
  'membership.update /notificationLevel': new Refusal('notification-level-invalid'),
  'participant.add /identity': new Refusal('identity-missing'),
  'message.send /media/*': new Refusal('media-sid-invalid'),
  'media.urls /sids/*': new Refusal('media-sid-invalid'),
}

/**
 * Reads one frame of a client. Nothing but a well-formed request of a known type comes through (G11): depth is counted before
 * anything is parsed, texts are well-formed Unicode without NUL, and every field is of its schema.
 *
 * @param text a text frame, already valid UTF-8 and within the size limit
 */
export function readRequest(text: string): Incoming {
  const parsed = parse(text)
  if (parsed instanceof Refusal) return { id: null, refusal: parsed }
  const { id, again, ...request } = parsed as Record<string, unknown>
  if (!isId(id)) return { id: null, refusal: new Refusal('frame-malformed', { field: '/id' }) }
  if (again !== undefined && again !== true) return { id, refusal: new Refusal('frame-malformed', { field: '/again' }) }
  const { type } = request
  const validator = typeof type === 'string' ? validatorOf(type) : undefined
  if (!validator) return { id, refusal: new Refusal('frame-malformed', { field: '/type' }) }
  // Lone surrogates and NUL can only come in as escapes: raw ones are refused with the encoding and by the parser.
  if (text.includes('\\u') && !isCleanText(request)) return { id, refusal: new Refusal('parameter-invalid', { reason: 'text' }) }
  if (!validator.check(request)) return { id, refusal: whyNot(String(type), validator.explain(request)) }
  return { id, request, isRepeated: again === true }
}

function parse(text: string): Record<string, unknown> | Refusal {
  if (jsonDepthExceeds(text, LIMITS.jsonDepth)) return new Refusal('frame-malformed', { depth: LIMITS.jsonDepth })
  return parseJsonObject(text) ?? new Refusal('frame-malformed')
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function whyNot(type: string, { field, reason }: Malformation): Refusal {
  return FIELD_REFUSALS[`${type} ${field.replace(/\/\d+$/, '/*')}`] ?? new Refusal('parameter-invalid', { field, reason })
}
