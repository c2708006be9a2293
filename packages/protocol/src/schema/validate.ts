import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { REQUESTS, type Request, type RequestType } from './command.ts'

/** What is wrong with a request: the first field of a wrong form. */
export interface Malformation {
  /** Where it is, as a JSON pointer. */
  readonly field: string
  readonly reason: string
}

/** Checks requests of one type. */
export interface RequestValidator {
  check(request: unknown): request is Request
  /** Why a request did not pass `check`. */
  explain(request: unknown): Malformation
}

/** Those that were asked for: to compile all of them takes a start longer than to open its store. */
const VALIDATORS = new Map<string, RequestValidator>()

/**
 * The compiled schema of a request type: the one place where the form of input is judged (G11). It is compiled when it is asked for first.
 *
 * @returns undefined for a type that does not exist
 */
export function validatorOf(type: string): RequestValidator | undefined {
  const known = VALIDATORS.get(type)
  if (known || !isRequestType(type)) return known
  const compiled = Compile(REQUESTS[type].request)
  const check = (value: unknown): value is Request => compiled.Check(value)
  const validator = { check, explain: (value: unknown) => malformation(compiled.Errors(value)) }
  VALIDATORS.set(type, validator)
  return validator
}

const isRequestType = (type: string): type is RequestType => Object.hasOwn(REQUESTS, type)

/**
 * Compiles a schema of what a server sends; requests have `validatorOf`. For tests and tools that look at answers and events.
 *
 * @returns a function that says what is wrong with a value, undefined when nothing is
 */
export function inspectorOf(schema: TSchema): (value: unknown) => Malformation | undefined {
  const compiled = Compile(schema)
  return (value) => (compiled.Check(value) ? undefined : malformation(compiled.Errors(value)))
}

interface SchemaError {
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

function malformation([, [error]]: readonly [boolean, readonly SchemaError[]]): Malformation {
  if (!error) return { field: '', reason: 'wrong form' }
  const [missing] = (error.params as { requiredProperties?: string[] }).requiredProperties ?? []
  const field = missing === undefined ? error.instancePath : `${error.instancePath}/${missing}`
  return { field, reason: error.message }
}
