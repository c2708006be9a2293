import { ERRORS, type ErrorKind } from '@conversa/protocol'
import { fieldSchema, pathsOf } from './openapi.ts'
import type { Operation } from './operation.ts'

/** Where the page and its style are. */
export const REFERENCE_PATHS = { page: '/v1/docs', style: '/v1/docs.css', description: '/v1/openapi.json' } as const

/** A text between tags or quotes. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The same, with what stands between backticks as code. */
const prose = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

interface Described {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Described
  readonly anyOf?: readonly Described[]
  readonly maxLength?: number
  readonly pattern?: string
  readonly description?: string
}

/** What a field takes, in a few words. */
function kindOf(field: Described): string {
  if (field.enum) return field.enum.join(' | ')
  if (field.anyOf) return `${field.anyOf.filter(({ type }) => type !== 'null').map(kindOf)}, may be empty`
  if (Array.isArray(field.type)) return `${field.format}, may be empty`
  if (field.type === 'array') return `${field.items ? kindOf(field.items) : 'string'}, may be repeated`
  const sid = /^\^([A-Z]{2})\[/.exec(field.pattern ?? '')?.[1]
  if (sid) return `SID (${sid}…)`
  return `${field.format ?? field.type ?? 'string'}${field.maxLength === undefined ? '' : ` of at most ${field.maxLength}`}`
}

/** What an operation takes, a row for each field, in words. */
export function fieldRows({ fields }: Pick<Operation, 'fields'>) {
  const required: readonly string[] = fields.required ?? []
  return Object.entries(fields.properties as Record<string, object>).map(([name, schema]) => {
    const field = fieldSchema(schema) as Described
    return { name, takes: kindOf(field), isNeeded: required.includes(name), description: field.description ?? '' }
  })
}

function fieldTable(operation: Operation): string {
  const rows = fieldRows(operation).map(({ name, takes, isNeeded, description }) => {
    const note = isNeeded ? '<em>needed</em> ' : ''
    return `<tr><td><code>${escaped(name)}</code></td><td>${escaped(takes)}</td><td>${note}${prose(description)}</td></tr>`
  })
  if (rows.length === 0) return ''
  const head = `<tr><th>${operation.method === 'POST' ? 'Field' : 'In the query'}</th><th>Takes</th><th></th></tr>`
  return `<div class="wide"><table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** A call that a reader can copy. */
function example(operation: Operation, path: string): string {
  const required: readonly string[] = operation.fields.required ?? []
  const data = operation.method === 'POST' ? required.map((name) => ` --data-urlencode '${name}=…'`).join('') : ''
  const method = operation.method === 'GET' ? '' : `-X ${operation.method} `
  return `curl ${method}-u "$CONVERSA_ACCOUNT_SID:$CONVERSA_AUTH_TOKEN"${data} "$URL${path.replaceAll(/\{(\w+)\}/g, '$$$1')}"`
}

function operationPart(operation: Operation): string {
  const [path = '', other] = pathsOf(operation)
  const verb = operation.name.split('.')[1] ?? ''
  return `<details id="${escaped(operation.name)}"><summary><b class="${operation.method}">${operation.method}</b> <code>${escaped(path)}</code> <span>${escaped(verb)}</span></summary>
${other ? `<p>Or, with its service: <code>${escaped(other)}</code></p>` : ''}
${fieldTable(operation)}
<p>Done is <code>${operation.status}</code>.</p>
<pre>${escaped(example(operation, path))}</pre></details>`
}

function errorPart(): string {
  const rows = (Object.values(ERRORS) as ErrorKind[])
    .toSorted((a, b) => a.code - b.code)
    .map(({ code, status, text }) => `<tr><td><code>${code}</code></td><td>${status}</td><td>${escaped(text)}</td></tr>`)
  return `<section><h2 id="Errors">Errors</h2><p>The body of a refusal is <code>{"code", "message", "more_info", "status"}</code>.</p>
<div class="wide"><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}

/**
 * The reference of REST as a page for people: all of it in one document without a script, so that the browser's own search finds
 * everything in it.
 *
 * @param operations what the table has
 */
export function referencePage(operations: readonly Operation[]): string {
  const resources = Map.groupBy(operations, ({ name }) => name.split('.')[0] ?? '')
  const links = [...resources.keys(), 'Errors'].map((name) => `<li><a href="#${escaped(name)}">${escaped(name)}</a></li>`)
  const parts = [...resources].map(
    ([name, rows]) => `<section><h2 id="${escaped(name)}">${escaped(name)}</h2>${rows.map(operationPart).join('\n')}</section>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conversa REST</title><link rel="icon" href="data:,"><link rel="stylesheet" href="docs.css"></head>
<body><nav aria-label="Resources"><ul>${links.join('')}</ul></nav>
<main><h1>Conversa REST</h1>
<p>Sign in with HTTP Basic: account SID and auth token, or the SID and the secret of a key. Fields go in as a form with <code>POST</code> and in the
query with <code>GET</code>; answers are JSON. For programs there is the same as <a href="openapi.json">OpenAPI 3.1</a>.</p>
${parts.join('\n')}
${errorPart()}</main></body></html>
`
}
