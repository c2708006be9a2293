import type { TObject } from 'typebox'
import { Compile } from 'typebox/schema'

const known = new WeakMap<TObject, ReturnType<typeof Compile>>()

/**
 * What checks values against a schema: compiled when it is wanted first, once for all servers of a process. All of them together take
 * longer to compile than a server takes to start.
 */
export function compiledOf(schema: TObject): ReturnType<typeof Compile> {
  const compiled = known.get(schema) ?? Compile(schema)
  known.set(schema, compiled)
  return compiled
}
