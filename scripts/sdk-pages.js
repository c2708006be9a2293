/**
 * The pages about the SDK: what its source says of each member, and the scenarios that hold it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Client,
  Conversation,
  Media,
  Message,
  MessageBuilder,
  Participant,
  RestPaginator,
  UnsentMessage,
  User,
} from '@conversa/client'
import { describeEvents, describeMembers } from './sdk-members.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const generated = '<!-- Written by `npm run docs:reference`; do not edit. -->'

const SCENARIOS = 'test/scenarios'

/** The groups of scenarios in a file, each with its titles. @param {string} file within the folder */
function scenarioGroups(file) {
  const [, ...groups] = readFileSync(join(root, SCENARIOS, file), 'utf8').split(/^describe\(\s*'/m)
  return groups.map((group) => ({
    name: group.slice(0, group.indexOf("'")),
    titles: [...group.matchAll(/^ {2}test(?:\.each\([\s\S]*?\))?\(\s*'([^']+)'/gm)].map(([, title]) => String(title)),
  }))
}

/** Titles of the scenarios of each member of a class, from the files that have them: groups are named by members. @param {string} name of the class */
function scenariosOf(name) {
  /** @type {Map<string, { file: string, titles: string[] }[]>} */
  const found = new Map()
  for (const file of readdirSync(join(root, SCENARIOS)).sort()) {
    for (const { name: group, titles } of scenarioGroups(file)) {
      for (const [, member = ''] of group.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g')))
        found.set(member, [...(found.get(member) ?? []), { file: `${SCENARIOS}/${file}`, titles }])
    }
  }
  return found
}

/** What a class has of its own: what the emitter has is the same for all, and what can be enumerated is no method. @param {Function} type */
function membersOf(type) {
  const own = Object.entries(Object.getOwnPropertyDescriptors(type.prototype))
  const statics = Object.entries(Object.getOwnPropertyDescriptors(type))
  const inherited = Object.getPrototypeOf(type).prototype ?? {}
  const isMethod = (/** @type {[string, PropertyDescriptor]} */ [name, { value, enumerable }]) =>
    typeof value === 'function' && name !== 'constructor' && !enumerable && !(name in inherited)
  const methods = [...own, ...statics].filter(isMethod).map(([name]) => name)
  return {
    Properties: own.filter(([, { get }]) => get).map(([name]) => name),
    Methods: [...new Set(methods)],
    Events: statics.filter(([name, { value }]) => value === name).map(([name]) => name),
  }
}

/** @param {{ tag: string, text: string }} tag */
function tagLine({ tag, text }) {
  const [, name, rest] = /^(\w+)\s+([\s\S]*)$/.exec(text) ?? []
  if (tag === 'param') return `- \`${name}\`: ${rest}`
  return tag === 'returns' ? `- returns: ${text}` : `- throws: ${text}`
}

/**
 * All members of a class, and those that no scenario is named after.
 * @param {Function} type @param {string} level of the headings
 */
function classMembers(type, level) {
  const scenarios = scenariosOf(type.name)
  const [described, events] = [describeMembers(type.name), describeEvents(type.name)]
  const { Properties, Methods, Events } = membersOf(type)
  const held = (/** @type {string} */ name) =>
    (scenarios.get(name) ?? []).map(({ file, titles }) => `[${titles.join('; ')}](../${file})`).join('; ')
  const of = (/** @type {string} */ name) => described.get(name) ?? { signatures: [], text: '', tags: [] }
  const typeOf = (/** @type {string} */ name) => (of(name).signatures[0] ?? '').replace(/^\w+\(\): /, '').replaceAll('|', '\\|')
  const propertyRow = (/** @type {string} */ name) =>
    `| \`${name}\` | \`${typeOf(name)}\` | ${[of(name).text, ...of(name).tags.map(({ text }) => text)].join(' ').trim()} | ${held(name)} |`
  const eventRow = (/** @type {string} */ name) => `| \`${name}\` | ${payload(events.get(name))} | ${held(name)} |`
  const methodPart = (/** @type {string} */ name) => [
    `${level}# ${name}`,
    '',
    `${of(name)
      .signatures.map((it) => `\`${it}\``)
      .join('<br>')}`,
    '',
    ...(of(name).text === '' ? [] : [of(name).text, '']),
    ...of(name).tags.map(tagLine),
    `- held by: ${held(name)}`,
    '',
  ]
  const table = (/** @type {string} */ title, /** @type {string[]} */ columns, /** @type {string[]} */ rows) =>
    rows.length === 0
      ? []
      : [`${level} ${title}`, '', `| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...rows, '']
  return {
    unproven: [...Properties, ...Methods, ...Events].filter((name) => !scenarios.has(name)).map((name) => `${type.name}.${name}`),
    lines: [
      ...table('Properties', ['property', 'type', '', 'held by'], Properties.sort().map(propertyRow)),
      ...(Methods.length === 0 ? [] : [`${level} Methods`, '', ...Methods.sort().flatMap(methodPart)]),
      ...table('Events', ['event', 'listeners get', 'held by'], Events.sort().map(eventRow)),
    ],
  }
}

/** @param {string | undefined} type of what listeners of an event get */
const payload = (type) => (type === undefined || type === 'undefined' ? 'nothing' : `\`${type.replaceAll('|', '\\|')}\``)

const HELD =
  'Names, types and what is said of them are those of the source. What each does is held by scenarios that use the public SDK over real\nsockets, with a server on a SQLite file; `npm test` runs them.'

/** @returns {{ text: string, unproven: string[] }} members that no scenario is named after */
export function conversationPage() {
  const { lines, unproven } = classMembers(Conversation, '##')
  return { text: [generated, '# The class `Conversation`, member by member', '', HELD, '', ...lines].join('\n'), unproven }
}

/** @returns {{ text: string, unproven: string[] }} members that no scenario is named after */
export function classesPage() {
  const classes = [Client, Message, Media, MessageBuilder, UnsentMessage, Participant, User, RestPaginator]
  const parts = classes.map((type) => ({ name: type.name, ...classMembers(type, '###') }))
  const begin = [
    generated,
    '# The other classes of the SDK, member by member',
    '',
    `${HELD} \`Conversation\` has [a page of its own](conversation-class.md).`,
    '',
  ]
  const text = [...begin, ...parts.flatMap(({ name, lines }) => [`## \`${name}\``, '', ...lines])].join('\n')
  return { text, unproven: parts.flatMap((part) => part.unproven) }
}

/** What goes wrong in the files of scenarios that are about that. */
const faults = {
  'The connection is cut, half open, stalls or is slow': 'cuts.test.ts',
  'The answer to a call that writes is lost': 'lost-answers.test.ts',
  'Hours without a network': 'offline.test.ts',
  'Tokens expire or are refused': 'tokens.test.ts',
  'Several tabs and devices of one person': 'tabs.test.ts',
  'Long lists that change while they are read': 'list-window.test.ts',
  'Anything, at random': 'random-cuts.test.ts',
}

/** The page of what fails, from the titles of the scenarios. */
export function faultPage() {
  const sections = Object.entries(faults).flatMap(([title, file]) => [
    `## ${title}`,
    '',
    `[${file}](../${SCENARIOS}/${file})`,
    '',
    '| what | scenarios |',
    '|---|---|',
    ...scenarioGroups(file).map(({ name, titles }) => `| ${name} | ${titles.join('; ').replace(/%\w/g, '…')} |`),
    '',
  ])
  return [
    generated,
    '# The SDK when things fail',
    '',
    'Scenarios with the public SDK over real sockets, through a network that fails as it is told, with a server on a SQLite file; time is',
    'moved by hand. `…` stands for each of several cases. `npm test` runs them.',
    '',
    ...sections,
  ].join('\n')
}
