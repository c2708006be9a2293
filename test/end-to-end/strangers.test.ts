import { REQUESTS } from '@conversa/protocol/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { type InProcessServer, SERVICE_SID, startInProcess } from './in-process-server.ts'
import { RawClient } from './raw-client.ts'
import { everything, fillTenant, MARKER, strangersTokens, type Theirs } from './tenants.ts'

/*
 * Everybody who may not, by our socket: every request, of nobody, of strangers, and about what is deleted (reliability B27).
 */

const [NOT_FOUND, NO_PARTICIPANT, NO_MESSAGE, NO_USER, NOT_STARTED] = [50350, 50432, 50500, 50200, 51130]

/** A request as it would be right for whoever it is about, and what those are told to whom that is not there. */
interface Row {
  readonly says: (theirs: Theirs) => object
  /** A code; `own` where it is about whoever asks alone; `nothing` where the answer is the same whatever there is. */
  readonly told: number | 'own' | 'nothing'
  /** The same where what it is about was deleted, within what is there; undefined where it is about nothing that could be. */
  readonly deleted?: number | 'nothing'
}

const SAID = { told: NOT_FOUND, deleted: NO_MESSAGE } as const
const PERSON = { told: NOT_FOUND, deleted: NO_PARTICIPANT } as const
const ROOM = { told: NOT_FOUND } as const

const MATRIX: Readonly<Record<string, Row>> = {
  'conversation.create': { says: () => ({ friendlyName: 'of a stranger' }), told: 'own' },
  'conversation.update': { says: ({ conversationSid }) => ({ conversationSid, friendlyName: 'x' }), ...ROOM },
  'conversation.delete': { says: ({ conversationSid }) => ({ conversationSid }), ...ROOM },
  'membership.update': { says: ({ conversationSid }) => ({ conversationSid, notificationLevel: 'muted' }), ...ROOM },
  'participant.add': { says: ({ conversationSid }) => ({ conversationSid, identity: 'stranger' }), ...ROOM },
  'participant.addNonChat': {
    says: ({ conversationSid }) => ({ conversationSid, address: '+15551230001', proxyAddress: '+15559990000' }),
    ...ROOM,
  },
  'participant.update': {
    says: ({ conversationSid, participantSid }) => ({ conversationSid, participant: participantSid, attributes: '{}' }),
    ...PERSON,
  },
  'participant.remove': { says: ({ conversationSid, identity }) => ({ conversationSid, participant: identity }), ...PERSON },
  'readHorizon.set': { says: ({ conversationSid }) => ({ conversationSid, index: 0 }), ...ROOM },
  'message.send': { says: ({ conversationSid }) => ({ conversationSid, body: 'x' }), ...ROOM },
  'message.update': { says: ({ conversationSid, index }) => ({ conversationSid, index, body: 'x' }), ...SAID },
  'message.remove': { says: ({ conversationSid, index }) => ({ conversationSid, index }), ...SAID },
  'receipt.record': {
    says: ({ conversationSid, participantSid, index }) => ({
      conversationSid,
      index,
      participantSid,
      channelMessageSid: 'SM1',
      status: 'sent',
    }),
    ...ROOM,
  },
  'user.update': { says: ({ identity }) => ({ identity, friendlyName: 'x' }), told: NO_USER, deleted: NO_USER },
  'push.register': { says: ({ registrationId }) => ({ channelType: 'fcm', registrationId }), told: 'own' },
  'push.unregister': { says: ({ registrationId }) => ({ channelType: 'fcm', registrationId }), told: 'nothing' },
  'conversation.get': { says: ({ conversationSid }) => ({ conversationSid, subscribe: true }), ...ROOM },
  'conversation.list': {
    says: ({ conversationSid }) => ({ after: { activity: 9e15, conversationSid }, limit: 10 }),
    told: 'own',
  },
  'conversation.compare': { says: () => ({ digests: Array(64).fill('0') }), told: 'own' },
  'conversation.resume': { says: ({ conversationSid }) => ({ since: [{ conversationSid, revision: 1 }] }), told: 'nothing' },
  'media.urls': { says: ({ conversationSid, index }) => ({ conversationSid, index }), ...SAID },
  'message.content': { says: ({ conversationSid, index }) => ({ conversationSid, index }), ...SAID },
  'message.page': { says: ({ conversationSid }) => ({ conversationSid }), ...ROOM },
  'participant.get': {
    says: ({ conversationSid, participantSid }) => ({ conversationSid, participant: participantSid }),
    ...PERSON,
  },
  'participant.list': { says: ({ conversationSid }) => ({ conversationSid }), ...ROOM },
  'role.list': { says: ({ conversationSid }) => ({ conversationSid }), ...ROOM },
  'contentTemplate.list': { says: () => ({}), told: 'own' },
  'receipt.list': { says: ({ conversationSid, index }) => ({ conversationSid, index }), ...SAID },
  'user.get': { says: ({ identity }) => ({ identity }), told: NO_USER, deleted: NO_USER },
  'push.list': { says: () => ({}), told: 'own' },
  'session.renew': { says: () => ({ token: 'x.y.z' }), told: 20101 },
  'conversation.unsubscribe': { says: ({ conversationSid }) => ({ conversationSid }), told: 'nothing' },
  'typing.start': { says: ({ conversationSid }) => ({ conversationSid }), ...ROOM },
  'user.unsubscribe': { says: ({ identity }) => ({ identity }), told: 'nothing' },
}

const WHO = ['of another service', 'of another account'] as const

let server: InProcessServer
let theirs: Theirs
let gone: Theirs
let strangers: Readonly<Record<string, RawClient>>
let owner: RawClient

beforeAll(async () => {
  server = await startInProcess()
  theirs = await fillTenant(server)
  const deleted = await fillTenant(server, 'what goes')
  const { v1 } = backEndOf(server).conversations
  await v1.conversations(deleted.conversationSid).remove()
  await v1.users(deleted.identity).remove()
  gone = deleted
  owner = await server.signIn(MARKER)
  const tokens = await strangersTokens(server)
  const clients = WHO.map(async (who) => [who, await RawClient.signIn(server.url, tokens[who] ?? '')] as const)
  strangers = Object.fromEntries(await Promise.all(clients))
})

afterAll(() => server[Symbol.asyncDispose]())

test('every request is in the matrix', () => {
  expect([...Object.keys(MATRIX), 'session.start', 'session.ping'].sort()).toEqual(Object.keys(REQUESTS).sort())
})

/** What is answered, as it is told apart: an error's code, or `own` or `nothing` of a result without what is somebody else's. */
function outcomeOf({ result, error }: { result?: object; error?: { code: number } }, told: Row['told']): number | string {
  if (error) return error.code
  expect(JSON.stringify(result)).not.toContain(MARKER)
  return typeof told === 'string' ? told : 'a result'
}

describe.each(Object.entries(MATRIX))('%s', (type, { says, told, deleted }) => {
  test('without a session is refused, and changes nothing', async () => {
    const client = await RawClient.connect(server.url)
    const before = everything(server)
    expect((await client.exchange({ type, ...says(theirs) })).error).toMatchObject({ code: NOT_STARTED, status: 401 })
    expect(everything(server)).toEqual(before)
    await client.close()
  })

  test.each(WHO)('%s shows nothing and changes nothing', async (who) => {
    const client = strangers[who] as RawClient
    const before = everything(server)
    const named = told === 'own' ? { ...theirs, registrationId: 'of-a-stranger' } : theirs
    expect(outcomeOf(await client.exchange({ type, ...says(named) }), told)).toBe(told)
    if (told !== 'own') expect(everything(server)).toEqual(before)
  })

  // Nothing else is about something that could be deleted.
  if (typeof told !== 'number' || type === 'session.renew') return
  test('about what was deleted is answered as if it had never been', async () => {
    const before = everything(server)
    const frame = await owner.exchange({ type, ...says(gone) })
    expect(outcomeOf(frame, told)).toBe(told)
    const { participantSid, identity, index } = gone
    if (deleted !== undefined) {
      const within = { ...theirs, participantSid, identity, index: index + 9 }
      expect(outcomeOf(await owner.exchange({ type, ...says(within) }), deleted)).toBe(deleted)
    }
    expect(everything(server)).toEqual(before)
  })
})

test('a device that somebody of another service registers too stays with whoever has it here', async () => {
  const { bindings } = backEndOf(server).conversations.v1.services(SERVICE_SID)
  for (const who of WHO) {
    await strangers[who]?.ask({ type: 'push.register', channelType: 'fcm', registrationId: theirs.registrationId })
    expect(await bindings(theirs.bindingSid).fetch()).toMatchObject({ identity: MARKER, endpoint: theirs.registrationId })
  }
})
