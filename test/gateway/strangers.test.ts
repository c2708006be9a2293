import { COMMAND_NAMES, ROUTE_NAMES } from '@conversa/gateway'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  FOREIGN_SERVICE_SID,
  type InProcessServer,
  OTHER_SERVICE_SID,
  SERVICE_SID,
  startInProcess,
} from '../end-to-end/in-process-server.ts'
import { everything, fillTenant, MARKER, strangersTokens, type Theirs } from '../end-to-end/tenants.ts'
import { backEndOf } from '../rest/back-end.ts'
import { RawTwilsock } from './raw-twilsock.ts'

/*
 * Everybody who may not, by the vendor's socket: every path, every object of Sync and every command of 1.x, of nobody, of strangers, and
 * about what is deleted (reliability B27).
 */

const WHO = { 'of another service': OTHER_SERVICE_SID, 'of another account': FOREIGN_SERVICE_SID } as const
type Who = keyof typeof WHO

let server: InProcessServer
let theirs: Theirs
let gone: Theirs
let strangers: Readonly<Record<string, RawTwilsock>>
let owner: RawTwilsock

async function signedIn(token: string): Promise<RawTwilsock> {
  const raw = await RawTwilsock.connect(server.url)
  expect((await raw.call('init', { token })).header.status).toMatchObject({ code: 200 })
  return raw
}

beforeAll(async () => {
  server = await startInProcess()
  theirs = await fillTenant(server)
  gone = await fillTenant(server, 'what goes')
  const { v1 } = backEndOf(server).conversations
  await v1.conversations(gone.conversationSid).remove()
  await v1.users(gone.identity).remove()
  owner = await signedIn(await server.token(MARKER))
  const tokens = await strangersTokens(server)
  const all = Object.keys(WHO).map(async (who) => [who, await signedIn(tokens[who] ?? '')] as const)
  strangers = Object.fromEntries(await Promise.all(all))
})

afterAll(() => server[Symbol.asyncDispose]())

const base64url = (text: string) => Buffer.from(text).toString('base64url')

/** What stands behind each segment of a path. */
const NAMED: Readonly<Record<string, (theirs: Theirs, serviceSid: string) => string>> = {
  Services: (_, serviceSid) => serviceSid,
  Conversations: ({ conversationSid }) => conversationSid,
  Participants: ({ participantSid }) => participantSid,
  Messages: ({ messageSid }) => messageSid,
  Users: ({ identity }) => identity,
  Channels: ({ conversationSid }) => conversationSid,
  MyChannels: ({ conversationSid }) => conversationSid,
  registrations: ({ bindingSid }) => bindingSid,
  Documents: ({ conversationSid }) => `${conversationSid}.channel`,
  Lists: ({ conversationSid }) => `${conversationSid}.messages`,
  Maps: ({ conversationSid }) => `${conversationSid}.roster`,
}

/** Bodies with which each would be right. */
const BODIES: Readonly<Record<string, (theirs: Theirs) => object>> = {
  'POST Conversations': () => ({ friendly_name: 'of a stranger' }),
  'POST Conversations/:': () => ({ friendly_name: 'x' }),
  'POST Participants': () => ({ identity: 'stranger' }),
  'POST Participants/:': () => ({ attributes: '{}' }),
  'POST Messages': () => ({ body: 'x' }),
  'POST Messages/:': () => ({ body: 'x' }),
  'POST Users/:': () => ({ friendly_name: 'x' }),
  'POST Typing': ({ conversationSid }) => ({ ChannelSid: conversationSid }),
  'POST typing': ({ conversationSid }) => ({ ChannelSid: conversationSid }),
  'POST registrations': () => ({ channel_type: 'fcm', data: { registration_id: 'of-a-stranger' } }),
  'DELETE registrations': ({ registrationId }) => ({ binding_type: 'fcm', address: registrationId }),
  'POST Items': () => ({ data: { commandId: 'c', request: { action: 'sendMessage' } } }),
  'POST Subscriptions': ({ conversationSid }) => ({
    action: 'establish',
    correlation_id: 1,
    requests: [{ object_sid: `${conversationSid}.messages`, object_type: 'list', last_event_id: 0 }],
  }),
}

/** About whoever asks, or nothing at all: answered without anything of somebody else's. */
const OWN: readonly string[] = [
  'GET /Client/v2/Configuration',
  'GET /Client/v2/ContentTemplates',
  'POST /Client/v2/Services/:/Conversations',
  'GET /Client/v1/Services/:/SyncList',
  'POST /v1/registrations',
  'POST /v3/Lists',
  'POST /v4/Subscriptions',
]

/** Of which whoever asks learns nothing: it is done, whether there was something or not. */
const DONE: readonly string[] = ['DELETE /v1/registrations', 'DELETE /v1/registrations/:']

/** Of others' lists it is said that they are others'. */
const OF_OTHERS = /\/Users\/:\/Conversations/

const hasService = (route: string) => route.includes('/Services/:')

/** A request, with what it names filled in. */
function requestOf(route: string, about: Theirs, serviceSid: string): Parameters<RawTwilsock['ask']> {
  const [method = '', template = ''] = route.split(' ')
  const segments = template.split('/')
  const path = segments.map((segment, at) => {
    const named = segment === ':' && NAMED[segments[at - 1] ?? '']
    return named ? encodeURIComponent(named(about, serviceSid)) : segment
  })
  const last = segments.at(-1) === ':' ? segments.slice(-2).join('/') : segments.at(-1)
  const body = BODIES[`${method} ${last}`]?.(about)
  return [method, path.join('/'), body, { ChannelSid: about.conversationSid }]
}

const statusOf = (route: string) => (OF_OTHERS.test(route) ? 403 : 404)

describe.each(ROUTE_NAMES)('%s', (route) => {
  test('without a session is refused, and changes nothing', async () => {
    const raw = await RawTwilsock.connect(server.url)
    const before = everything(server)
    expect(await raw.ask(...requestOf(route, theirs, SERVICE_SID))).toMatchObject({ status: 401 })
    expect(everything(server)).toEqual(before)
    raw.socket.close()
  })

  test.each(Object.keys(WHO) as Who[])('%s shows nothing and changes nothing', async (who) => {
    const before = everything(server)
    const answer = await strangers[who]?.ask(...requestOf(route, theirs, WHO[who]))
    expect(JSON.stringify(answer)).not.toContain(MARKER)
    if (OWN.includes(route)) expect([200, 201, 202]).toContain(answer?.status)
    else {
      expect(answer?.status).toBe(DONE.includes(route) ? 204 : statusOf(route))
      expect(everything(server)).toEqual(before)
    }
  })

  if (hasService(route)) {
    test.each(Object.keys(WHO) as Who[])('%s finds no other service than their own', async (who) => {
      const before = everything(server)
      expect(await strangers[who]?.ask(...requestOf(route, theirs, SERVICE_SID))).toMatchObject({ status: 404 })
      expect(everything(server)).toEqual(before)
    })
  }

  if (!OWN.includes(route) && !DONE.includes(route)) {
    test('about what was deleted is answered as if it had never been', async () => {
      const before = everything(server)
      expect(await owner.ask(...requestOf(route, gone, SERVICE_SID))).toMatchObject({ status: statusOf(route) })
      expect(everything(server)).toEqual(before)
    })
  }
})

describe('every object of Sync', () => {
  const OBJECTS: Readonly<Record<string, (theirs: Theirs) => readonly string[]>> = {
    channel: ({ conversationSid }) => [`Documents/${conversationSid}.channel`],
    messages: ({ conversationSid }) => [`Lists/${conversationSid}.messages`, `Lists/${conversationSid}.messages/Items`],
    roster: ({ conversationSid }) => [`Maps/${conversationSid}.roster`, `Maps/${conversationSid}.roster/Items`],
    my_conversations: ({ identity }) => ['', '/Items'].map((items) => `Maps/${base64url(identity)}.my_conversations${items}`),
    user_info: ({ identity }) => ['', '/Items'].map((items) => `Maps/${base64url(identity)}.user_info${items}`),
    commands: ({ identity }) => ['', '/Items', '/Context'].map((rest) => `Lists/${base64url(identity)}.commands${rest}`),
  }

  test.each(Object.entries(OBJECTS))('%s is not there for strangers, nor when it is deleted', async (_, pathsOf) => {
    const before = everything(server)
    for (const raw of Object.values(strangers)) {
      for (const path of pathsOf(theirs)) expect(await raw.ask('GET', `/v3/${path}`), path).toMatchObject({ status: 404 })
    }
    for (const path of pathsOf(gone)) expect(await owner.ask('GET', `/v3/${path}`), path).toMatchObject({ status: 404 })
    expect(everything(server)).toEqual(before)
  })
})

describe('every command of 1.x', () => {
  const [NO_CONVERSATION, NO_USER] = [50350, 50200]

  /** Follows the list of commands, so that they are carried out. */
  async function commanding(raw: RawTwilsock): Promise<(request: object) => Promise<unknown>> {
    const { body } = await raw.ask('POST', '/v3/Lists')
    const { sid } = body as { sid: string }
    const requests = [{ object_sid: sid, object_type: 'list', last_event_id: 0 }]
    await raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id: 9, requests })
    let number = 0
    return async (request) => {
      const commandId = `command-${++number}`
      const told = raw.next(({ payload }) => JSON.stringify(payload ?? '').includes(`"commandId":"${commandId}"`))
      await raw.ask('POST', `/v3/Lists/${sid}/Items`, { data: { commandId, request } })
      const { event } = (await told).payload as { event: { item_data: { response: unknown } } }
      return event.item_data.response
    }
  }

  /** One that is right in all that commands take. */
  const requestOf = (action: string, about: Theirs) => ({
    action,
    channelSid: about.conversationSid,
    conversationSid: about.conversationSid,
    memberSid: about.participantSid,
    username: about.identity,
    messageIdx: 0,
    text: 'x',
    attributes: '{}',
    friendlyName: 'x',
    uniqueName: 'x',
    notificationLevel: 'muted',
    mediaSid: about.mediaSid,
    proxyAddress: '+15559990000',
    address: '+15551230001',
    report: [{ channelSid: about.conversationSid, messageIdx: 0 }],
  })

  const aboutOthers = COMMAND_NAMES.filter((action) => action !== 'createConversation')
  const codeOf = (action: string) => (action.startsWith('editUser') ? NO_USER : NO_CONVERSATION)

  test.each(Object.keys(WHO) as Who[])('%s is refused, and changes nothing', async (who) => {
    const command = await commanding(strangers[who] as RawTwilsock)
    for (const action of aboutOthers) {
      const before = everything(server)
      expect(await command(requestOf(action, theirs)), action).toMatchObject({ status: codeOf(action) })
      expect(everything(server), action).toEqual(before)
    }
  })

  test('about what was deleted is refused, and changes nothing', async () => {
    const command = await commanding(owner)
    for (const action of aboutOthers) {
      const before = everything(server)
      expect(await command(requestOf(action, gone)), action).toMatchObject({ status: codeOf(action) })
      expect(everything(server), action).toEqual(before)
    }
  })
})
