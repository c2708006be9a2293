import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { APART, LACKING } from '../test/every-sdk/lacking.ts'
import { events, methodsOf } from '../test/every-sdk/members.ts'
import { SDKS as SDKS_UNDER_TEST } from '../test/every-sdk/sdks.ts'

const FOLDER = 'test/every-sdk'
const SDKS = SDKS_UNDER_TEST.map(({ name }) => name)
const root = fileURLToPath(new URL('..', import.meta.url))

/** A string literal, or several that are added. */
const LITERALS = /'[^']*'(?:\s*\+\s*'[^']*')*/.source
const SCENARIO = new RegExp(`^everySdk\\(\\s*(${LITERALS}),\\s*'([^']+)'`, 'gm')

/** What a literal says. @param {string | undefined} literal */
const said = (literal) => [...String(literal).matchAll(/'([^']*)'/g)].map(([, text]) => text).join('')

/** A scenario: what it is about, and where it is. @typedef {{ members: string[], link: string }} Scenario */

/** @returns {Scenario[]} */
function scenarios() {
  return readdirSync(join(root, FOLDER))
    .sort()
    .flatMap((file) =>
      [...readFileSync(join(root, FOLDER, file), 'utf8').matchAll(SCENARIO)].map(([, members, title]) => ({
        members: said(members).split(', '),
        link: `[${title}](../${FOLDER}/${file})`,
      })),
    )
}

/** Why an SDK does not have a member; undefined when it has it. @param {string} sdk @param {string} member */
const reasonOf = (sdk, member) => Object.entries(LACKING[sdk] ?? {}).find(([, members]) => members.includes(member))?.[0]

/**
 * The page that says which member is held on which SDK. A scenario is run on every SDK that lacks nothing of what it is about.
 *
 * @returns {{ text: string, unproven: string[] }} members that an SDK has and no scenario holds there
 */
export function everySdkPage() {
  const all = scenarios()
  const apart = Object.values(APART).flat()
  const told = events()
  const named = all.flatMap(({ members }) => members)
  const methods = [...new Set([...SDKS.flatMap(methodsOf), ...named])].filter((member) => !told.includes(member)).sort()
  /** @type {string[]} */
  const notes = []
  /** @type {string[]} */
  const unproven = []
  const cell = (/** @type {string} */ sdk, /** @type {string} */ member) => {
    const reason = reasonOf(sdk, member)
    if (reason === undefined) {
      const held = all.some(({ members }) => members.includes(member) && !members.some((each) => reasonOf(sdk, each)))
      if (!held) unproven.push(`${member} of ${sdk}`)
      return held ? 'yes' : ''
    }
    if (!notes.includes(reason)) notes.push(reason)
    return `no [${notes.indexOf(reason) + 1}](#reasons)`
  }
  const row = (/** @type {string} */ member) => {
    const links = all.filter(({ members }) => members.includes(member)).map(({ link }) => link)
    return `| \`${member}\` | ${SDKS.map((sdk) => cell(sdk, member)).join(' | ')} | ${links.join('; ')} |`
  }
  const table = (/** @type {string} */ title, /** @type {string[]} */ members) => [
    `## ${title}`,
    '',
    `| | ${SDKS.join(' | ')} | scenarios |`,
    `|---|${SDKS.map(() => '---|').join('')}---|`,
    ...members.filter((member) => !apart.includes(member)).map(row),
    '',
  ]
  const tables = [...table('Methods', methods), ...table('Events', told)]
  const text = [
    '<!-- Written by `npm run docs:reference`; do not edit. -->',
    '# Methods and events on every SDK',
    '',
    'The same scenarios run with our SDK and with the unmodified `@twilio/conversations` 3.0.1, 2.4.0 and 1.1.0 from npm, each against a real',
    'server. `yes`: a scenario holds the member on that SDK. `npm test` runs them. How the vendor’s get here: [gateway.md](gateway.md).',
    '',
    ...tables,
    '## Reasons',
    '',
    ...notes.map((reason, at) => `${at + 1}. ${reason}`),
    '',
    ...Object.entries(APART).flatMap(([reason, members]) => [
      `Apart: ${members.map((each) => `\`${each}\``).join(', ')}. ${reason}`,
      '',
    ]),
  ].join('\n')
  return { text, unproven }
}
