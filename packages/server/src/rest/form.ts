import { Refusal } from '@conversa/core'
import type { ErrorName } from '@conversa/protocol'
import type { TObject } from 'typebox'
import { compiledOf } from './compiled.ts'
import { durationOf } from './duration.ts'

/** More fields than any operation has, lists included (reliability B19). */
const MOST_FIELDS = 1000

/** What a form or a query says: each name with its values, in their order. */
export type Form = ReadonlyMap<string, readonly string[]>

/**
 * Reads what a URL-encoded text says. Names and values are well-formed Unicode without NUL, or nothing is read.
 *
 * @param encoded a body, or the query of an address
 */
export function readForm(encoded: string): Form | Refusal {
  const form = new Map<string, string[]>()
  const parts = encoded.split('&').filter(Boolean)
  if (parts.length > MOST_FIELDS) return new Refusal('parameter-invalid', { reason: 'too many fields' })
  for (const part of parts) {
    const at = part.indexOf('=')
    const [name, value] = at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]
    if (name === undefined || value === undefined) return new Refusal('parameter-invalid', { reason: 'text' })
    const values = form.get(name)
    if (values) values.push(value)
    else form.set(name, [value])
  }
  return form
}

function decode(encoded: string): string | undefined {
  try {
    const text = decodeURIComponent(encoded.replaceAll('+', ' '))
    return text.isWellFormed() && !text.includes('\0') ? text : undefined
  } catch {
    return undefined
  }
}

interface FieldSchema {
  readonly type?: string
  readonly anyOf?: readonly FieldSchema[] | undefined
  readonly enum?: readonly string[]
  readonly 'x-error'?: ErrorName
  readonly 'x-error-empty'?: ErrorName
  readonly 'x-date'?: 'start' | 'end'
  readonly 'x-duration'?: true
}

/**
 * A reader of the fields of one operation. Fields that the operation does not know are left out (rest-and-semantics 1.1).
 *
 * @param schema the fields and what their texts stand for
 * @returns a function that gives the values, or says which field is wrong
 */
export function fieldReader(schema: TObject): (form: Form) => object | Refusal {
  const fields = Object.entries(schema.properties as Record<string, FieldSchema>)
  return (form) => {
    const values: Record<string, unknown> = {}
    for (const [name, field] of fields) {
      const texts = form.get(name)
      if (!texts) continue
      if (field.type === 'array') values[name] = texts
      else if (texts.length > 1) return new Refusal('parameter-invalid', { field: name, reason: 'given more than once' })
      else values[name] = meaningOf(texts[0] as string, field)
    }
    const compiled = compiledOf(schema)
    if (compiled.Check(values)) return values
    const [, [error]] = compiled.Errors(values)
    const [missing] = (error?.params as { requiredProperties?: string[] } | undefined)?.requiredProperties ?? []
    const name = missing ?? error?.instancePath.split('/')[1] ?? ''
    const field = Object.fromEntries(fields)[name]
    const own = (values[name] === '' ? field?.['x-error-empty'] : undefined) ?? field?.['x-error']
    return own ? new Refusal(own) : new Refusal('parameter-invalid', { field: name })
  }
}

/** What a text stands for; the text itself where it stands for nothing, which its schema then refuses. */
function meaningOf(text: string, field: FieldSchema): unknown {
  if (field.anyOf) return text === '' ? null : meaningOf(text, { ...field, ...field.anyOf[0], anyOf: undefined })
  if (field['x-duration']) return durationOf(text) ?? text
  if (field['x-date']) return instantOf(text, field['x-date']) ?? text
  if (field.type === 'integer') return /^-?\d{1,16}$/.test(text) ? Number(text) : text
  if (field.type === 'boolean') return { true: true, false: false }[text.toLowerCase()] ?? text
  return field.enum?.find((word) => word.toLowerCase() === text.toLowerCase()) ?? text
}

const DAY = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/i

/** Whether there is such a day: the platform takes 30 February for 1 March. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/** Milliseconds since 1970 of a date; its own milliseconds are dropped (rest-and-semantics 1.4). */
function instantOf(text: string, edge: 'start' | 'end'): number | undefined {
  if ((!DAY.test(text) && !INSTANT.test(text)) || !isDay(text.slice(0, 10))) return undefined
  const day = DAY.test(text)
  const parsed = Date.parse(day && edge === 'end' ? `${text}T23:59:59Z` : text)
  if (Number.isNaN(parsed)) return undefined
  const second = Math.floor(parsed / 1000) * 1000
  return edge === 'end' ? second + 999 : second
}
