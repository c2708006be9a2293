import { connect } from 'node:net'
import { OPERATIONS, pathsOf } from '@conversa/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ACCOUNT_SID,
  ACCOUNTS,
  FOREIGN_SERVICE_SID,
  type InProcessServer,
  OTHER_API_KEY,
  OTHER_SERVICE_SID,
  SERVICE_SID,
  startInProcess,
} from '../end-to-end/in-process-server.ts'
import { everything, MARKER } from '../end-to-end/tenants.ts'
import { backEndOf, template } from './back-end.ts'
import { basic, call, type RawCall } from './raw-call.ts'

const TEMPLATE = template({ friendly_name: MARKER, types: { 'twilio/text': { body: MARKER } } })

let server: InProcessServer
/** What paths name, in the default service. */
let names: Record<string, string>
let roles: Record<string, string>
/** The same of what was there and was deleted, while what it belonged to stays. */
let gone: Record<string, string>

beforeAll(async () => {
  server = await startInProcess()
  const { v1 } = backEndOf(server).conversations
  const { sid: ConversationSid } = await v1.conversations.create({ uniqueName: MARKER, friendlyName: MARKER })
  const there = v1.conversations(ConversationSid)
  const phone = { 'messagingBinding.address': '+15551230001', 'messagingBinding.proxyAddress': '+15559990000' }
  const { sid: participantSid } = await there.participants.create(phone)
  const { sid: MessageSid, index } = await there.messages.create({ body: MARKER })
  const report = { conversationSid: ConversationSid, index, participantSid, channelMessageSid: MARKER, status: 'sent' } as const
  await server.core.execute(
    { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' },
    { type: 'receipt.record', ...report },
  )
  const [receipt] = await there.messages(MessageSid).deliveryReceipts.list()
  const { sid: ParticipantSid } = await there.participants.create({ identity: MARKER })
  const { sid: UserSid } = await v1.users(MARKER).fetch()
  const { sid: RoleSid } = await v1.roles.create({ friendlyName: MARKER, type: 'service', permission: ['createConversation'] })
  const { sid: WebhookSid } = await there.webhooks.create({
    target: 'webhook',
    'configuration.url': 'http://127.0.0.1:9/',
    'configuration.filters': ['onMessageAdded'],
  })
  const anna = { kind: 'user', serviceSid: SERVICE_SID, identity: MARKER } as const
  await server.core.execute(anna, { type: 'push.register', channelType: 'fcm', registrationId: 'secret' })
  const [binding] = await v1.services(SERVICE_SID).bindings.list()
  const { sid: CredentialSid } = await v1.credentials.create({ type: 'fcm', secret: MARKER, friendlyName: MARKER })
  const { sid: ContentSid } = await backEndOf(server).content.v1.contents.create(TEMPLATE)
  const { sid: AddressConfigurationSid } = await v1.addressConfigurations.create({
    type: 'sms',
    address: '+15559990009',
    friendlyName: MARKER,
  })
  names = {
    ConversationSid,
    MessageSid,
    ParticipantSid,
    UserSid,
    RoleSid,
    WebhookSid,
    ReceiptSid: String(receipt?.sid),
    BindingSid: String(binding?.sid),
    CredentialSid,
    AddressConfigurationSid,
    ContentSid,
  }
  roles = { RoleSid }
  gone = await makeAndDelete(there)
})

/** Makes one of everything that paths name, in a conversation, and deletes it. @returns the SIDs */
async function makeAndDelete(there: ReturnType<typeof conversationOf>): Promise<Record<string, string>> {
  const { v1 } = backEndOf(server).conversations
  const conversation = await v1.conversations.create()
  const message = await there.messages.create({ body: 'x' })
  const phone = { 'messagingBinding.address': '+15551230002', 'messagingBinding.proxyAddress': '+15559990000' }
  const { sid: participantSid } = await there.participants.create(phone)
  const { index } = message
  await server.core.execute(
    { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' },
    {
      type: 'receipt.record',
      conversationSid: names.ConversationSid as string,
      index,
      participantSid,
      channelMessageSid: 'x',
      status: 'sent',
    },
  )
  const [receipt] = await there.messages(message.sid).deliveryReceipts.list()
  const participant = await there.participants.create({ identity: 'who goes' })
  const user = await v1.users('who goes').fetch()
  const role = await v1.roles.create({ friendlyName: 'x', type: 'service', permission: ['createConversation'] })
  const webhook = await there.webhooks.create({
    target: 'webhook',
    'configuration.url': 'http://127.0.0.1:9/',
    'configuration.filters': ['onMessageAdded'],
  })
  const leaver = { kind: 'user', serviceSid: SERVICE_SID, identity: 'who goes' } as const
  await server.core.execute(leaver, { type: 'push.register', channelType: 'fcm', registrationId: 'gone' })
  const { bindings } = v1.services(SERVICE_SID)
  const binding = (await bindings.list()).find(({ identity }) => identity === 'who goes')
  await bindings(String(binding?.sid)).remove()
  await there.webhooks(webhook.sid).remove()
  await there.participants(participant.sid).remove()
  await there.messages(message.sid).remove()
  await v1.roles(role.sid).remove()
  await v1.users(user.sid).remove()
  await v1.conversations(conversation.sid).remove()
  const service = await v1.services.create({ friendlyName: 'x' })
  await v1.services(service.sid).remove()
  const credential = await v1.credentials.create({ type: 'fcm', secret: 'x' })
  await v1.credentials(credential.sid).remove()
  const { contents } = backEndOf(server).content.v1
  const content = await contents.create(TEMPLATE)
  await contents(content.sid).remove()
  const configuration = await v1.addressConfigurations.create({ type: 'sms', address: '+15559990008' })
  await v1.addressConfigurations(configuration.sid).remove()
  return {
    ConversationSid: conversation.sid,
    ContentSid: content.sid,
    MessageSid: message.sid,
    ParticipantSid: participant.sid,
    UserSid: user.sid,
    RoleSid: role.sid,
    WebhookSid: webhook.sid,
    ReceiptSid: String(receipt?.sid),
    BindingSid: String(binding?.sid),
    ServiceSid: service.sid,
    CredentialSid: credential.sid,
    AddressConfigurationSid: configuration.sid,
  }
}

const conversationOf = (sid: string) => backEndOf(server).conversations.v1.conversations(sid)

afterAll(() => server[Symbol.asyncDispose]())

/** Fields with which each POST would be right. */
/** The same of those that take JSON. */
const JSON_FIELDS: Readonly<Record<string, object>> = {
  'Content.create': TEMPLATE,
  'ApprovalRequest.create': { name: 'a', category: 'UTILITY' },
}

const FIELDS: Readonly<Record<string, Record<string, string>>> = {
  'Message.create': { Body: 'b' },
  'Participant.create': { Identity: 'another' },
  'User.create': { Identity: 'another' },
  'Role.create': { FriendlyName: 'r', Type: 'service', Permission: 'createConversation' },
  'Role.update': { Permission: 'createConversation' },
  'ConversationWebhook.create': {
    Target: 'webhook',
    'Configuration.Url': 'http://127.0.0.1:9/',
    'Configuration.Filters': 'onMessageAdded',
  },
  'Service.create': { FriendlyName: 's' },
  'AddressConfiguration.create': { Type: 'sms', Address: '+15559990008' },
  'Credential.create': { Type: 'fcm', Secret: 's' },
}

const RUNNING = OPERATIONS.flatMap((operation) =>
  pathsOf(operation).map((path) => ({ title: `${operation.method} ${path}`, operation, path })),
)

const filled = (path: string, values: Readonly<Record<string, string>>) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'x'))

/** Everybody who may not, and what they are told (reliability B27). */
const STRANGERS: readonly (readonly [string, RawCall, string, number])[] = [
  ['without credentials', { credentials: null }, SERVICE_SID, 401],
  ['with a wrong secret', { credentials: [ACCOUNTS[0].sid, 'wrong'] }, SERVICE_SID, 401],
  ['with a token of a client', { credentials: null, headers: { authorization: 'Bearer x' } }, SERVICE_SID, 401],
  ['of another account', { credentials: [ACCOUNTS[1].sid, ACCOUNTS[1].authToken] }, SERVICE_SID, 404],
  ['with a key of another account', { credentials: [OTHER_API_KEY.sid, OTHER_API_KEY.secret] }, SERVICE_SID, 404],
  ['in another service of the account', {}, OTHER_SERVICE_SID, 404],
  ['in a service of another account', {}, FOREIGN_SERVICE_SID, 404],
  ['in a service that is not there', {}, `IS${'9'.repeat(32)}`, 404],
]

const bodyOf = ({ method, name, isJson }: (typeof OPERATIONS)[number]): RawCall => {
  if (method !== 'POST') return {}
  return isJson ? { json: JSON_FIELDS[name] ?? {} } : { form: FIELDS[name] ?? {} }
}

/** Lists and creations are right in another service too; they only must not show or touch this one. */
const isAboutSomething = (path: string) => /\{(?!ServiceSid)\w+\}/.test(path)

describe('every operation', () => {
  describe.each(RUNNING)('$title', ({ operation, path }) => {
    test.each(STRANGERS)('%s shows nothing and changes nothing', async (_, how, ServiceSid, status) => {
      const isOurs = [SERVICE_SID, OTHER_SERVICE_SID].includes(ServiceSid)
      const hasService = path.includes('{ServiceSid}')
      // The service in the path is what differs; without one the account's own is meant.
      if (!hasService && (!isOurs || ServiceSid === OTHER_SERVICE_SID)) return
      const elsewhere = status === 404 && (how.credentials ? !hasService : ServiceSid === OTHER_SERVICE_SID)
      const isAllowed = elsewhere && !isAboutSomething(path)
      if (isAllowed && operation.method !== 'GET') return
      const before = everything(server)
      const said = bodyOf(operation)
      const query = operation.name === 'ParticipantConversation.list' ? `?Identity=${encodeURIComponent(MARKER)}` : ''
      const answer = await call(server, operation.method, filled(path, { ...names, ServiceSid }) + query, { ...said, ...how })
      expect(answer.status).toBe(isAllowed ? 200 : status)
      if (!isAllowed) {
        expect(answer.body).toMatchObject({ code: status === 401 ? 20003 : 20404, status })
        expect(Object.keys(answer.body as object)).toEqual(['code', 'message', 'more_info', 'status'])
      }
      expect(JSON.stringify({ ...(answer.body as object), meta: undefined })).not.toContain(MARKER)
      expect(everything(server)).toEqual(before)
    })

    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name)).filter((name) => name !== 'ServiceSid')
    const templated = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name))
    test.each(templated)('with a %s that was deleted is answered as if it had never been', async (name) => {
      expect(gone, 'say how one of these is made and deleted').toHaveProperty(
        name,
        expect.stringMatching(/^[A-Z]{2}[0-9a-f]{32}$/),
      )
      const before = everything(server)
      const there = filled(path, { ...names, ServiceSid: SERVICE_SID, [name]: gone[name] as string })
      const said = bodyOf(operation)
      expect(await call(server, operation.method, there, said)).toMatchObject({ status: 404, body: { code: 20404, status: 404 } })
      expect(everything(server)).toEqual(before)
    })

    const strangeNames = [
      'nobody',
      '..%2f..%2fetc',
      'a%00b',
      '%C0%AF',
      '%ff',
      '%',
      "'%20OR%201=1--",
      '__proto__',
      'x'.repeat(300),
      'x'.repeat(5000),
      encodeURIComponent('\u{1f600}'.repeat(200)),
    ]
    test.each(named)('with strange names for %s is answered in the one form, and changes nothing', async (name) => {
      const before = everything(server)
      for (const strange of [...strangeNames, (names[name] as string).toUpperCase(), `${names[name]}.`, `${names[name]}%20`]) {
        const there = filled(path.replace(`{${name}}`, '~'), { ...names, ServiceSid: SERVICE_SID }).replace('~', strange)
        const said = bodyOf(operation)
        const answer = await call(server, operation.method, there, said)
        expect([400, 404], `${strange.slice(0, 40)}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
        expect(answer.body).toMatchObject({ code: answer.status === 400 ? 20001 : 20404, status: answer.status })
      }
      expect(everything(server)).toEqual(before)
    })
  })
})

describe('paths', () => {
  const right = `Host: x\r\nConnection: close\r\nAuthorization: ${basic(ACCOUNTS[0].sid, ACCOUNTS[0].authToken)}\r\n\r\n`

  test.each([
    '/v1/Users/%2e%2e/Conversations',
    '/v1/Users/../Conversations',
    '/v1/Services/../Conversations',
    '/v1/./Conversations',
    '//v1/Conversations',
    '/v1/Conversations/',
    '/V1/Conversations',
    '/v1/conversations',
    '/v1/Conversations%2f',
    '/v1%2fConversations',
    'http://elsewhere/v1/Nothing',
    '/v1/Conversations;x=1',
  ])('%s leads to nothing', async (path) => {
    const answer = await send(Buffer.from(`GET ${path} HTTP/1.1\r\n${right}`))
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] [\s\S]*"code":(20404|20001)/)
    expect(answer).not.toContain(MARKER)
  })
})

describe('bodies', () => {
  const refused = { status: 400, body: { code: 20001, status: 400 } }

  test.each([
    ['ten thousand fields', Array.from({ length: 10_000 }, (_, at) => `f${at}=x`).join('&')],
    ['a field twice', 'FriendlyName=a&FriendlyName=b'],
    ['NUL', 'FriendlyName=a%00b'],
    ['overlong UTF-8', 'FriendlyName=%C0%AF'],
    ['a lone surrogate', 'FriendlyName=%ED%A0%80'],
    ['half an escape', 'FriendlyName=%'],
    ['half a character', 'FriendlyName=%E2%82'],
    ['NUL in a name', 'a%00=b'],
  ])('a form with %s is refused', async (_, form) => {
    const before = everything(server)
    expect(await call(server, 'POST', '/v1/Conversations', { form })).toMatchObject(refused)
    expect(everything(server)).toEqual(before)
  })

  test.each([
    ['application/json', '{"FriendlyName":"f"}'],
    ['multipart/form-data', '--x\r\n\r\n--x--'],
    ['text/plain', 'FriendlyName=f'],
    ['application/x-www-form-urlencoded; charset=utf-16', 'FriendlyName=%ff'],
  ])('a body of %s is refused', async (type, form) => {
    const headers = { 'content-type': type }
    expect(await call(server, 'POST', '/v1/Conversations', { form, headers })).toMatchObject(refused)
  })

  test('bytes that are no UTF-8 are refused', async () => {
    const head = `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${basic(ACCOUNTS[0].sid, ACCOUNTS[0].authToken)}`
    const body = Buffer.concat([Buffer.from('FriendlyName='), Buffer.from([0xff, 0xfe])])
    const type = 'Content-Type: application/x-www-form-urlencoded'
    const answer = await send(Buffer.concat([Buffer.from(`${head}\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n`), body]))
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":20001/)
  })

  test('a body without end is cut off, and the server goes on', async () => {
    const form = `FriendlyName=${'x'.repeat(2 * 1024 * 1024)}`
    expect(await call(server, 'POST', '/v1/Conversations', { form })).toMatchObject({ status: 400, body: { code: 20001 } })
    expect((await call(server, 'GET', '/v1/Conversations')).status).toBe(200)
  })

  test('line breaks in a name stay in the name', async () => {
    const FriendlyName = 'a\r\nX-Injected: yes\r\n\r\nb'
    const answer = await call(server, 'POST', '/v1/Conversations', { form: { FriendlyName } })
    expect(answer).toMatchObject({ status: 201, body: { friendly_name: FriendlyName } })
    expect(answer.headers.get('x-injected')).toBeNull()
  })

  test('what a form may not say is not taken from it', async () => {
    const form = {
      Body: 'b',
      Sid: `IM${'9'.repeat(32)}`,
      Index: '77',
      AccountSid: `AC${'9'.repeat(32)}`,
      ParticipantSid: `MB${'9'.repeat(32)}`,
      type: 'conversation.delete',
      revision: '9',
    }
    const answer = await call(server, 'POST', `/v1/Conversations/${names.ConversationSid}/Messages`, { form })
    expect(answer).toMatchObject({ status: 201, body: { index: 2, account_sid: ACCOUNT_SID, participant_sid: null } })
  })

  test('a role of another service is not there', async () => {
    const path = `/v1/Services/${OTHER_SERVICE_SID}`
    for (const [where, form] of [
      [`${path}/Users`, { Identity: 'x', ...roles }],
      [`${path}/Configuration`, { DefaultChatServiceRoleSid: roles.RoleSid as string }],
    ] as const) {
      expect(await call(server, 'POST', where, { form })).toMatchObject({ status: 404, body: { code: 50100 } })
    }
  })
})

/** Sends bytes and gives all that comes back. */
function send(bytes: Buffer): Promise<string> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    socket.on('close', () => resolve(text)).on('error', reject)
  })
}

test('no secret and no content is in the log', () => {
  const log = server.logged.join('\n')
  for (const secret of [ACCOUNTS[0].authToken, OTHER_API_KEY.secret, MARKER]) expect(log).not.toContain(secret)
})
