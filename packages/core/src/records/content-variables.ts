import { LIMITS } from '@conversa/protocol'
import { isCleanText } from './clean-text.ts'
import type { ContentVariables } from './content-data.ts'
import { parseJsonObject } from './json-object.ts'
import { Refusal } from './refusal.ts'

/** Characters that the longest variables take as JSON: names, values, and what JSON puts around them. */
const LONGEST = LIMITS.contentVariables * (LIMITS.contentVariableNameCharacters + LIMITS.contentVariableValueCharacters + 6)

/**
 * Reads what goes into the places of a template (the vendor's pages on 50527, 50529, 50540 and 50541).
 *
 * @param text the JSON of an object of texts; undefined is none
 */
export function readVariables(text: string | undefined): ContentVariables | Refusal {
  if (text === undefined) return {}
  if (text.length > LONGEST) return new Refusal('content-variables-too-long', { limit: LONGEST })
  const said = parseJsonObject(text)
  if (!said) return new Refusal('content-variables-invalid')
  const entries = Object.entries(said)
  const variables: ContentVariables = Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)]))
  return checkVariables(variables) ?? variables
}

/** How many variables there may be, and how long; a place is filled with something. */
export function checkVariables(variables: ContentVariables): Refusal | undefined {
  const entries = Object.entries(variables)
  const { contentVariables, contentVariableNameCharacters, contentVariableValueCharacters } = LIMITS
  if (entries.length > contentVariables) return new Refusal('content-variables-too-long', { limit: contentVariables })
  if (entries.some(([name]) => name.length > contentVariableNameCharacters))
    return new Refusal('content-variable-name-too-long', { limit: contentVariableNameCharacters })
  if (entries.some(([, value]) => value.length > contentVariableValueCharacters))
    return new Refusal('content-variable-value-too-long', { limit: contentVariableValueCharacters })
  const isUsable = entries.every(([name, value]) => /^\w+$/.test(name) && value !== '') && isCleanText(variables)
  return isUsable ? undefined : new Refusal('content-variables-invalid')
}

/** A number is written out; what is neither becomes no value, which is refused. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '')
