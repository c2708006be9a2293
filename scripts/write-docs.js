/**
 * `npm run docs:reference`: writes the pages that derive from the schemas and the error table. With `--check` it writes nothing
 * and fails when a page is not what it would write.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERRORS, PROTOCOL_VERSION } from '@conversa/protocol'
import {
  COMMANDS,
  ConversationEvent,
  Notice,
  PassingEvent,
  QUERIES,
  REQUESTS,
  SESSION_REQUESTS,
  UserEvent,
} from '@conversa/protocol/schema'
import { OPERATIONS, openApi, pathsOf } from '@conversa/server'
import { cliPage } from './cli-page.js'
import { everySdkPage } from './every-sdk-page.js'
import { restFieldsPage } from './rest-fields-page.js'
import { classesPage, conversationPage, faultPage } from './sdk-pages.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {object} schema */
const plain = (schema) => JSON.parse(JSON.stringify(schema))

/** The frame that a request travels in: its own fields and an id. @param {object} schema */
function requestFrame(schema) {
  const { required = [], properties, ...rest } = plain(schema)
  const id = { type: 'integer', minimum: 0, description: 'Chosen by the client; the answer repeats it' }
  return { ...rest, required: ['id', ...required], properties: { id, ...properties } }
}

/** @param {object} schema */
const replyFrame = (schema) => ({
  type: 'object',
  required: ['reply', 'result'],
  properties: { reply: { type: 'integer' }, result: plain(schema) },
})

const errorFrame = {
  type: 'object',
  required: ['reply', 'error'],
  properties: {
    reply: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    error: {
      type: 'object',
      required: ['code', 'message', 'status', 'retry'],
      properties: {
        code: { type: 'integer' },
        message: { type: 'string' },
        status: { type: 'integer' },
        retry: { enum: ['never', 'later', 'after-sign-in'] },
        detail: { type: 'object' },
      },
    },
  },
}

/** @param {string} name @param {object} payload */
const message = (name, payload) => ({ name, title: name, contentType: 'application/json', payload })

/** @param {string} kind @param {{ anyOf?: readonly object[] }} union */
function told(kind, union) {
  return (plain(union).anyOf ?? [plain(union)]).map((/** @type {any} */ schema) => {
    const name = schema.properties.type.const
    return [`${kind}.${name}`, message(name, { type: 'object', required: [kind], properties: { [kind]: schema } })]
  })
}

function asyncapi() {
  const requests = Object.entries(REQUESTS)
  const messages = Object.fromEntries([
    ...requests.map(([name, { request }]) => [`request.${name}`, message(name, requestFrame(request))]),
    ...requests.map(([name, { result }]) => [`reply.${name}`, message(`reply to ${name}`, replyFrame(result))]),
    ['error', message('error', errorFrame)],
    ...told('event', ConversationEvent),
    ...told('event', UserEvent),
    ...told('event', PassingEvent),
    ...told('notice', Notice),
  ])
  /** @param {(name: string) => boolean} wanted */
  const refs = (wanted) =>
    Object.keys(messages)
      .filter(wanted)
      .map((name) => ({ $ref: `#/channels/socket/messages/${name}` }))
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Conversa socket',
      version: String(PROTOCOL_VERSION),
      description: 'JSON text frames over WebSocket. docs/protocol.md explains how they belong together.',
      license: { name: 'Apache-2.0' },
    },
    servers: { local: { host: 'localhost:8080', protocol: 'ws' } },
    channels: { socket: { address: '/v1/socket', messages } },
    operations: {
      request: {
        action: 'receive',
        channel: { $ref: '#/channels/socket' },
        messages: refs((name) => name.startsWith('request.')),
      },
      tell: { action: 'send', channel: { $ref: '#/channels/socket' }, messages: refs((name) => !name.startsWith('request.')) },
    },
  }
}

const generated = '<!-- Written by `npm run docs:reference`; do not edit. -->'

function errorPage() {
  const rows = Object.entries(ERRORS)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, status, retry, text }]) => `| ${code} | ${status} | ${retry} | \`${name}\` | ${text} |`)
  return [
    generated,
    '# Errors',
    '',
    'Every error has a code, an HTTP status, and says whether trying again makes sense: `never`, `later`, or `after-sign-in`.',
    'REST answers `{code, message, more_info, status}`; the socket sends `{code, message, status, retry, detail}`; the SDK rejects',
    'with a `ConversaError` that has the same fields.',
    '',
    '| code | status | retry | name | text |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** @param {any} schema */
function fields(schema) {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== 'type')
    .map(([name, field]) => `\`${name}${required.has(name) ? '' : '?'}\`: ${typeOf(field)}`)
    .join(', ')
}

/** @param {any} schema @returns {string} */
function typeOf(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`
  if (schema.pattern?.startsWith('^') && schema.description) return `${schema.pattern.slice(1, 3)}…`
  if (schema.type === 'object') return `{${Object.keys(schema.properties ?? {}).join(', ')}}`
  return schema.type
}

/** @param {string} title @param {Record<string, { request: object, result: object }>} table */
function requestTable(title, table) {
  const rows = Object.entries(table).map(([name, entry]) => {
    const [request, result] = [plain(entry.request), plain(entry.result)]
    return `| \`${name}\` | ${fields(request)} | ${fields(result) || 'nothing'} | ${request.description ?? ''} |`
  })
  return [`## ${title}`, '', '| type | fields | result | |', '|---|---|---|---|', ...rows, '']
}

/** @param {string} title @param {{ anyOf?: readonly object[] }} union */
function eventTable(title, union) {
  const rows = (plain(union).anyOf ?? [plain(union)]).map(
    (/** @type {any} */ schema) => `| \`${schema.properties.type.const}\` | ${fields(schema)} | ${schema.description ?? ''} |`,
  )
  return [`## ${title}`, '', '| type | fields | |', '|---|---|---|', ...rows, '']
}

function referencePage() {
  return [
    generated,
    `# Frames of protocol version ${PROTOCOL_VERSION}`,
    '',
    'The same in machine-readable form: [asyncapi.json](asyncapi.json). How they belong together: [protocol.md](protocol.md).',
    'Dates are milliseconds since 1970; attributes are JSON texts.',
    '',
    ...requestTable('Session', SESSION_REQUESTS),
    ...requestTable('Commands', COMMANDS),
    ...requestTable('Queries', QUERIES),
    ...eventTable('Events of a conversation', ConversationEvent),
    ...eventTable("Events of the user's own scope", UserEvent),
    ...eventTable('Passing events', PassingEvent),
    ...eventTable('Notices', Notice),
  ].join('\n')
}

/** Titles of the tests of each operation of REST, from the files that have them. */
function testsOfOperations() {
  const folder = 'test/rest'
  /** @type {Map<string, string[]>} */
  const found = new Map()
  for (const file of readdirSync(join(root, folder)).sort()) {
    const groups = readFileSync(join(root, folder, file), 'utf8')
      .split(/^(?:operation|describe)\('/m)
      .slice(1)
    for (const group of groups) {
      const name = String(/^([\w.]+)'/.exec(group)?.[1])
      const titles = [...group.matchAll(/^ {2}(?:test\()?'([^']+)'(?:: async|, async)/gm)].map(([, title]) => String(title))
      if (titles.length > 0) found.set(name, [...(found.get(name) ?? []), `[${titles.join('; ')}](../${folder}/${file})`])
    }
  }
  return found
}

function restPage() {
  const tests = testsOfOperations()
  const rows = OPERATIONS.flatMap((operation) =>
    pathsOf(operation).map((path) => {
      const found = tests.get(operation.name)
      if (!found) throw new Error(`unable to write about ${operation.name}: no test in test/rest has its name`)
      return `| ${operation.method} | \`${path}\` | ${found.join('<br>')} |`
    }),
  )
  return [
    generated,
    '# REST v1, operation by operation',
    '',
    "The unmodified `twilio` library works after one line: `client.conversations.baseUrl = 'http://127.0.0.1:8080'`. Sign in with account SID and",
    'auth token, or with the SID and the secret of a key. Every field is in [rest-fields.md](rest-fields.md), which a running server shows at `/v1/docs`, and for',
    'programs in [openapi.json](openapi.json), at `/v1/openapi.json`; errors are in [errors.md](errors.md), the reasons in [decisions/0006-rest.md](decisions/0006-rest.md).',
    '',
    `All ${rows.length} operations are there, each held by tests that use that library.`,
    '',
    '- Conversations, users and participants go by SID or by name: unique name, identity.',
    '- Lists are pages of at most what the vendor allows; larger sizes are clamped. Conversations come newest first, messages by index, everything',
    '  else in the order of its making. Tokens of pages lead forward only: `previous_page_url` is always null.',
    '- An empty value is null. A field that is not given stays as it is; one that nobody knows is left out.',
    '- Dates are given and shown in whole seconds.',
    '- Where an operator [limits](limits.md) how fast one may act, a refusal is 429 with `Retry-After`.',
    '- An `Idempotency-Key` (1 to 255 visible ASCII characters) makes a repeated POST the same POST for seven days, or as many as `idempotencyDays` in',
    '  the configuration file says.',
    '- Timers go in as ISO 8601 durations (weeks; or days, hours, minutes and seconds; at most ten years) and come out as the instants of what is',
    '  still to come. Both count from when they were given, from the last message, or from when a back end made the conversation active again.',
    '- `Configuration` of an account sets the service that requests mean which name none, and the timers of new conversations, whoever creates',
    '  them; tokens of clients keep naming their service.',
    '- A conversation is a group of phones as soon as somebody is in it by an address without a proxy, or by a projected address; a proxy address',
    '  that is taken away makes it one. Whoever is in it needs an address there, and whoever a back end speaks for is in it.',
    '- A message that a channel brings finds the open conversation of its two addresses, or begins one as `Configuration/Addresses` says. One that',
    '  went to several phones at once finds or begins the group of exactly these addresses, with the numbers of ours among them as projected ones.',
    '- `Configuration.ReplayAfter` tells a new webhook of at most 1,000 messages.',
    '- Flows of a studio run elsewhere. A webhook of target `studio`, and `AutoCreation.StudioFlowSid` with its `StudioRetryCount`, are kept and',
    '  shown again, for back ends that set and read them and for imports; nobody is told, which the log says, and nothing is tried again. To have a flow of your own',
    '  begin, set a webhook of target `webhook` for `onMessageAdded`.',
    '- Secrets of push credentials go in and are never shown. They are in the database as they came: who can read its file can read them.',
    '- `credential_sid` of a binding is the newest credential of the account for its kind of device, and null while there is none.',
    '- `MessagingServiceSid` of a conversation is kept, shown again and told to webhooks, and `DefaultMessagingServiceSid` of the account is that of',
    '  new conversations. What it stands for is the carrier\u2019s. `Bindings.Email.Address` and `Bindings.Email.Name` are kept and shown again;',
    '  a name needs an address.',
    '- `Content` is the vendor\u2019s Content API, which takes JSON: [content templates](content-templates.md). A message with `ContentSid` says what its',
    '  template says, and nothing else that it is given.',
    '- Files are where the vendor\u2019s service of files has them, under this server: the bytes are posted to `/v1/Services/{ServiceSid}/Media?Filename=…`, with the',
    '  credentials of REST and their `Content-Type`; a message names the `sid` of the answer as its `MediaSid`. `GET …/Media/{MediaSid}` shows a file, with',
    '  an address that ends after some minutes in `links` ([test](../test/rest/files.test.ts)). An `Idempotency-Key` has 64 characters at most there, and',
    '  all back ends of a service together send ten files at a time: the eleventh is 429.',
    '- The links `export` and `channel_metadata` are shown as the vendor shows them, and lead to nothing.',
    '',
    '| method | path | tests |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

const [everySdk, conversation, classes] = [everySdkPage(), conversationPage(), classesPage()]
const unproven = [everySdk, conversation, classes].flatMap((page) => page.unproven)

const pages = {
  'docs/cli.md': [generated, ...cliPage()].join('\n'),
  'docs/client-faults.md': faultPage(),
  'docs/conversation-class.md': conversation.text,
  'docs/sdk-classes.md': classes.text,
  'docs/asyncapi.json': `${JSON.stringify(asyncapi(), null, 2)}\n`,
  'docs/errors.md': errorPage(),
  'docs/every-sdk.md': everySdk.text,
  'docs/rest.md': restPage(),
  'docs/rest-fields.md': [generated, ...restFieldsPage()].join('\n'),
  'docs/openapi.json': `${JSON.stringify(openApi(OPERATIONS), null, 2)}\n`,
  'docs/protocol-reference.md': referencePage(),
}

let stale = 0
for (const [path, text] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) writeFileSync(join(root, path), text)
  else if (readFileSync(join(root, path), 'utf8') !== text) {
    stale++
    console.error(`${path} is out of date: run npm run docs:reference`)
  }
}
for (const member of unproven) console.error(`${member}: no scenario is named after it`)
process.exitCode = stale + unproven.length > 0 ? 1 : 0
