/*
 * What must not be in a log is taken out of finished lines, since that is the one place which bindings of child loggers, fields,
 * messages and errors all pass. It costs some microseconds per line; what happens often is logged at `debug`.
 */

const REDACTED = '[redacted]'

/** Names of fields that hold what people wrote, or what lets somebody in; at any depth, in any case, with any prefix. */
const SECRET_NAME =
  /authorization|secret|password|cookie|(?:bod(?:y|ies)|attributes?|tokens?|jwt|credentials?|signatures?|payload)$/i

/** Names of fields that hold an address: what follows its path may be a token. */
const ADDRESS_NAME = /(?:url|uri|path|href|location|referr?er)$/i

/** Nothing that is worth reading is longer, and the patterns below need not be fast on megabytes. */
const LONGEST_TEXT = 8192

const DEEPEST = 8

/** Secrets that texts may hold, and what stands in their place. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{10,}(?:\.[\w-]*){0,2}/g, '[token]'],
  [/\b(basic|bearer)\s+[\w.~+/=-]{16,}/gi, `$1 ${REDACTED}`],
  [/:\/\/[^\s/?#@"]*@/g, `://${REDACTED}@`],
  [/(:\/\/[^\s?#"]*)[?#][^\s"]*/g, `$1?${REDACTED}`],
  [/\?[\w.~%[\]-]+=[^\s"]*/g, `?${REDACTED}`],
  // V8 quotes the text that was no JSON.
  [/(?:\.\.\.)?"[\s\S]{0,80}"(?:\.\.\.)? is not valid JSON/g, `${REDACTED} is not valid JSON`],
]

/** What each of the patterns above begins with or ends in: most texts have none of it, and need no further look. */
const SUSPECT = /eyJ|basic|bearer|:\/\/|\?| is not valid JSON/i

/**
 * Takes out of a line of the log what must not be there.
 *
 * @param line one JSON object, with or without the line break
 * @returns the line without bodies, attributes, tokens, secrets and query strings
 */
export function scrubLine(line: string): string {
  try {
    return `${JSON.stringify(scrub(JSON.parse(line), 0))}\n`
  } catch {
    return '{"level":"error","msg":"unable to write a line of the log: it is not JSON"}\n'
  }
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '[deeper]'
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [scrubText(name), scrubField(name, field, depth)]))
}

function scrubField(name: string, field: unknown, depth: number): unknown {
  if (field === null) return null
  if (SECRET_NAME.test(name)) return REDACTED
  if (typeof field === 'string' && ADDRESS_NAME.test(name)) return scrubText(field.replace(/[?#][\s\S]*$/, ''))
  return scrub(field, depth + 1)
}

function scrubText(text: string): string {
  if (text.length <= LONGEST_TEXT && !SUSPECT.test(text)) return text
  let clean = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} [cut]` : text
  for (const [pattern, instead] of SECRET_TEXTS) clean = clean.replace(pattern, instead)
  return clean
}
