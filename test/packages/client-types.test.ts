import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSdk } from '../../scripts/build-sdk.js'
import { DELIBERATE } from './differences.ts'
import { PackedPackages, ROOT, runProgram } from './packed.ts'
import { differencesOf, surfaceOf } from './surface.ts'

const packages = new PackedPackages()
let home: string

beforeAll(async () => {
  const [client] = await packages.pack(['packages/client'], (to) => buildSdk(join(to, 'packages/client/dist')))
  if (!client) throw new Error('nothing was packed')
  home = await packages.install(client, '@twilio/conversations')
})

afterAll(() => packages.close())

/** An application as it is written for the vendor's SDK of today. */
const application = `
import { Client, type Conversation, type Message, type Paginator, type Participant } from '@twilio/conversations'

export async function converse(token: string): Promise<number> {
  const client = new Client(token)
  client.on('messageAdded', (message: Message) => console.log(message.author, message.body))
  client.on(Client.conversationJoined, (conversation) => console.log(conversation.friendlyName))
  const page: Paginator<Conversation> = await client.getSubscribedConversations()
  const conversation = page.items[0] ?? (await client.createConversation({ friendlyName: 'Lunch' }))
  const people: Participant[] = await conversation.getParticipants()
  const level: 'default' | 'muted' = conversation.notificationLevel
  const unread: number | null = await conversation.getUnreadMessagesCount()
  // @ts-expect-error: the types are there, and not any
  const wrong: number = await conversation.sendMessage(people)
  return conversation.sendMessage(level + unread + wrong)
}
`

/** An application as it was written for 1.x: the default export is the class, and types come from files inside of the package. */
const older = `
import Client from '@twilio/conversations'
import { Conversation } from '@twilio/conversations/lib/conversation'
import { Message } from '@twilio/conversations/lib/message'

export async function last(client: Client, sid: string): Promise<Message | undefined> {
  const conversation: Conversation = await client.getConversationBySid(sid)
  return (await conversation.getMessages(1)).items[0]
}

const options: Client.Options = { logLevel: null }
const level: Conversation.NotificationLevel = 'muted'
const reasons: (Conversation.UpdateReason | Message.UpdateReason)[] = ['lastMessage', 'body']
const args: Conversation.UpdatedEventArgs['updateReasons'] = ['state']
export const seen: [Client.ConnectionState, Conversation.Status, string] = ['connected', 'joined', level + reasons + args]
export const start = (token: string): Promise<Client> => Client.create(token, options)
`

const required = `
import conversations = require('@twilio/conversations')

export const start = (token: string): Promise<conversations.Client> => conversations.Client.create(token)
export const same: typeof conversations.Client = conversations.default
`

const inNode = { lib: ['ES2022'], types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] }
const inBrowser = { lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [] }
const inNodeAndBrowser = { ...inBrowser, types: ['node'], typeRoots: inNode.typeRoots }

/** Ways to compile an application. Older compilers than 7 know resolutions that 7 does not. */
const ways = [
  {
    way: 'modules of Node',
    compiler: 'typescript/bin/tsc',
    options: { ...inNode, module: 'nodenext' },
    files: { 'app.mts': application, 'older.mts': older, 'app.cts': application, 'required.cts': required },
  },
  {
    way: 'a bundler, for browsers',
    compiler: 'typescript/bin/tsc',
    options: { ...inBrowser, module: 'esnext', moduleResolution: 'bundler' },
    files: { 'app.ts': application, 'older.ts': older },
  },
  {
    way: 'TypeScript 6, modules of Node 16',
    compiler: '@typescript/old/bin/tsc',
    options: { ...inNode, module: 'node16' },
    files: { 'app.mts': application, 'older.mts': older, 'app.cts': application, 'required.cts': required },
  },
  {
    way: 'TypeScript 6, the resolution before there were exports',
    compiler: '@typescript/old/bin/tsc',
    options: { ...inBrowser, module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', esModuleInterop: true },
    files: { 'app.ts': application, 'older.ts': older, 'required.ts': required },
  },
]

test.each(ways)('types hold under $way', async ({ way, compiler, options, files }) => {
  const folder = join(home, way.replaceAll(/\W+/g, '-'))
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  expect(await compile(folder, Object.keys(files), compiler, { ...options, skipLibCheck: false })).toBe('')
})

const APPLICATION = join(ROOT, 'test/packages/application')

describe('an application that is written for @twilio/conversations 3.0.1', () => {
  const files = readdirSync(APPLICATION)
  const options = { ...inBrowser, module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true }

  test('compiles with the types of the vendor', async () => {
    const folder = join(packages.folder, 'witness')
    mkdirSync(folder)
    const paths = files.map((name) => join(APPLICATION, name))
    // The vendor's types name those of Node, and some that are not installed.
    expect(await compile(folder, paths, 'typescript/bin/tsc', { ...options, ...inNodeAndBrowser, skipLibCheck: true })).toBe('')
  })

  test('compiles with ours under the alias, as it is', async () => {
    const folder = join(home, 'application')
    cpSync(APPLICATION, folder, { recursive: true })
    expect(await compile(folder, files, 'typescript/bin/tsc', { ...options, skipLibCheck: false })).toBe('')
  })
})

test('the types differ from those of the vendor where we say so, and nowhere else', () => {
  const vendors = surfaceOf(join(ROOT, 'node_modules/@twilio/conversations/builds/lib.d.ts'), ['ParticipantResponse'])
  const ours = surfaceOf(join(home, 'node_modules/@twilio/conversations/dist/index.d.ts'))
  expect(differencesOf(vendors, ours)).toEqual(Object.values(DELIBERATE).flat().sort())
})

/** What a compiler says about files. */
function compile(folder: string, files: readonly string[], compiler: string, options: object): Promise<string> {
  const compilerOptions = { ...options, strict: true, target: 'ES2022', noEmit: true }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return runProgram(process.execPath, [join(ROOT, 'node_modules', compiler), '-p', folder], folder)
}
