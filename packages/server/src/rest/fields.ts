import type { ErrorName } from '@conversa/protocol'
import { type TSchema, Type } from 'typebox'

/*
 * Fields of forms and queries. On the wire all of them are texts; a schema says what the text stands for. What has a documented code
 * of its own names it (`x-error`), and what is a date or a duration on the wire and
 * milliseconds for us says so (`x-date`, `x-duration`). Sizes are the core's.
 */

/** What a schema of a field may say besides what JSON Schema knows. */
export interface FieldOptions {
  readonly description?: string
  /** The error of a wrong value; `parameter-invalid` unless it says otherwise. */
  readonly 'x-error'?: ErrorName
  /** The error of an empty value where it is another one. */
  readonly 'x-error-empty'?: ErrorName
  /** A date on the wire. `end` is the end of the second, or of the day when there is no time. */
  readonly 'x-date'?: 'start' | 'end'
  /** An ISO 8601 duration on the wire. */
  readonly 'x-duration'?: true
  /** Why nothing will come of it although it is kept: whoever runs the server is told. */
  readonly 'x-caution'?: string
}

/** What the log says where a flow was set. */
export const NO_FLOWS = 'a flow of a studio was set: flows run elsewhere, so nobody will be told'

const orNull = <Schema extends TSchema>(schema: Schema, options: FieldOptions = {}) =>
  Type.Optional(Type.Union([schema, Type.Null()], { ...options }))

/** A text; an empty one is null. Where a length has no code of its own it is given here. */
export const text = (options: FieldOptions = {}, maxLength?: number) =>
  orNull(Type.String({ ...(maxLength !== undefined && { maxLength }) }), options)

/** A text that must be there. */
export const requiredText = (options: FieldOptions = {}) => Type.String({ ...options })

export const sid = (prefix: string, options: FieldOptions = {}) =>
  Type.Optional(Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$`, ...options }))

/** The same, where an empty value is null. */
export const sidOrNull = (prefix: string, options: FieldOptions = {}) =>
  orNull(Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$` }), options)

export const flag = (options: FieldOptions = {}) => Type.Optional(Type.Boolean({ ...options }))

/** One of some words, in any case. */
export const requiredWord = <const Words extends readonly string[]>(words: Words, options: FieldOptions = {}) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: words, ...options })

export const word = <const Words extends readonly string[]>(words: Words, options: FieldOptions = {}) =>
  Type.Optional(requiredWord(words, options))

/** A field that may be repeated. */
export const requiredList = (options: FieldOptions = {}) => Type.Array(Type.String(), { minItems: 1, ...options })
export const list = (options: FieldOptions = {}) => Type.Optional(Type.Array(Type.String(), { ...options }))

/** A list with one empty item is an empty list: a form has no other way to say it. */
export const listOf = (items: readonly string[] | undefined) => items?.filter((item, at) => item !== '' || at > 0)

/** Milliseconds since 1970. */
export const date = (options: FieldOptions = {}) => Type.Optional(Type.Integer({ minimum: 0, 'x-date': 'start', ...options }))

/** The same, where an empty value is null. */
export const dateOrNull = (options: FieldOptions = {}) => orNull(Type.Integer({ minimum: 0 }), { 'x-date': 'start', ...options })

export const countUpTo = (maximum: number, options: FieldOptions = {}) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum, ...options }))

/** A message index; an empty value is null. */
export const indexOrNull = (options: FieldOptions = {}) =>
  orNull(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), options)

/** A message index to go on after; -1 is before all of them. */
export const afterIndex = (options: FieldOptions = {}) =>
  Type.Optional(Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER - 1, ...options }))

/** A duration of at most ten years, in milliseconds; an empty value is null. */
export const durationOrNull = (options: FieldOptions = {}) =>
  orNull(Type.Integer({ minimum: 0, maximum: 315_360_000_000 }), { 'x-duration': true, ...options })

/** Back-dating (rest-and-semantics 1.4). */
export const DATES = {
  DateCreated: date({ 'x-error': 'date-created-invalid' }),
  DateUpdated: date({ 'x-error': 'date-updated-invalid' }),
}

/** Dates as commands take them. */
export const givenDates = ({ DateCreated, DateUpdated }: { DateCreated?: number; DateUpdated?: number }) => ({
  dateCreated: DateCreated,
  dateUpdated: DateUpdated,
})

/** The fields of an object that were given, so that what was not given stays as it is. */
export function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
}
