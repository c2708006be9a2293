import { failure } from './errors.ts'

/** @throws ConversaError unless it holds, with the name of the parameter */
export function requireThat(holds: unknown, parameter: string): asserts holds {
  if (!holds) throw failure('parameterInvalid', { parameter })
}

/** @throws ConversaError unless it is a string with something in it */
export function requireText(value: unknown, parameter: string): void {
  requireThat(typeof value === 'string' && value !== '', parameter)
}

/** @throws ConversaError unless it is a string, empty or not */
export function requireString(value: unknown, parameter: string): void {
  requireThat(typeof value === 'string', parameter)
}

/** @throws ConversaError unless it is a string or null */
export function requireStringOrNull(value: unknown, parameter: string): void {
  requireThat(value === null || typeof value === 'string', parameter)
}

/** @throws ConversaError unless it is a whole number from `least` on */
export function requireCount(value: unknown, parameter: string, least = 0): void {
  requireThat(Number.isSafeInteger(value) && (value as number) >= least, parameter)
}

/** @throws ConversaError unless it is one of these */
export function requireOneOf(value: unknown, allowed: readonly unknown[], parameter: string): void {
  requireThat(allowed.includes(value), parameter)
}
