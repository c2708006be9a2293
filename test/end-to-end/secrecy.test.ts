import { COMMANDS, QUERIES, REQUESTS } from '@conversa/protocol/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rightClaims, signToken } from './access-tokens.ts'
import { type InProcessServer, OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from './in-process-server.ts'
import { RawClient } from './raw-client.ts'

/** Everything that is somebody else's: in another tenant, or in the same one. */
interface Theirs {
  readonly conversationSid: string
  readonly participantSid: string
  readonly uniqueName: string
  readonly identity: string
}

const ABSENT: Theirs = {
  conversationSid: `CH${'0'.repeat(32)}`,
  participantSid: `MB${'0'.repeat(32)}`,
  uniqueName: 'a name that nobody took',
  identity: 'a name of nobody',
}

let server: InProcessServer
/** Lives in the first tenant and may not join by a known SID. */
let alice: RawClient
let ofOtherTenant: Theirs
let ofSameTenant: Theirs

beforeAll(async () => {
  server = await startInProcess()
  alice = await signInWithoutJoining('alice')
  ofOtherTenant = await makeTheirs(await server.signIn('carol', OTHER_SERVICE_SID), 'carol')
  ofSameTenant = await makeTheirs(await server.signIn('bob'), 'bob')
})

afterAll(() => server[Symbol.asyncDispose]())

/** A user whose role lets them create and nothing else: for them what they are not in is not there (rest-and-semantics 3.6). */
async function signInWithoutJoining(identity: string): Promise<RawClient> {
  const sid = `RL${'7'.repeat(32)}`
  const dates = { dateCreated: 0, dateUpdated: 0 }
  await server.store.transact([], (tx) =>
    tx.saveRole({
      sid,
      serviceSid: SERVICE_SID,
      type: 'service',
      friendlyName: 'r',
      permissions: ['createConversation'],
      ...dates,
    }),
  )
  const grants = { identity, chat: { service_sid: SERVICE_SID, deployment_role_sid: sid } }
  return RawClient.signIn(server.url, signToken({ ...rightClaims(), grants }))
}

async function makeTheirs(owner: RawClient, identity: string): Promise<Theirs> {
  const uniqueName = `the room of ${identity}`
  const { conversation } = await owner.ask({ type: 'conversation.create', uniqueName })
  const conversationSid = conversation.sid
  const { participant } = await owner.ask({ type: 'participant.add', conversationSid, identity })
  await owner.ask({ type: 'message.send', conversationSid, body: 'theirs' })
  return { conversationSid, participantSid: participant.sid, uniqueName, identity }
}

type Request = (theirs: Theirs) => object

/** Every request that names a conversation; what else it says is right. */
const NAMES_CONVERSATION: Readonly<Record<string, Request>> = {
  'conversation.update': ({ conversationSid }) => ({ conversationSid, friendlyName: 'mine' }),
  'conversation.delete': ({ conversationSid }) => ({ conversationSid }),
  'membership.update': ({ conversationSid }) => ({ conversationSid, notificationLevel: 'muted' }),
  'participant.add': ({ conversationSid }) => ({ conversationSid, identity: 'alice' }),
  'participant.addNonChat': ({ conversationSid }) => ({
    conversationSid,
    address: '+15551230001',
    proxyAddress: '+15559990000',
  }),
  'receipt.record': ({ conversationSid, participantSid }) => ({
    conversationSid,
    index: 0,
    participantSid,
    channelMessageSid: 'SM1',
    status: 'sent',
  }),
  'receipt.list': ({ conversationSid }) => ({ conversationSid, index: 0 }),
  'message.content': ({ conversationSid }) => ({ conversationSid, index: 0 }),
  'role.list': ({ conversationSid }) => ({ conversationSid }),
  'participant.update': ({ conversationSid, participantSid }) => ({
    conversationSid,
    participant: participantSid,
    attributes: '{}',
  }),
  'participant.remove': ({ conversationSid, identity }) => ({ conversationSid, participant: identity }),
  'readHorizon.set': ({ conversationSid }) => ({ conversationSid, index: 0 }),
  'message.send': ({ conversationSid }) => ({ conversationSid, body: 'mine' }),
  'message.update': ({ conversationSid }) => ({ conversationSid, index: 0, body: 'mine' }),
  'message.remove': ({ conversationSid }) => ({ conversationSid, index: 0 }),
  'conversation.get': ({ conversationSid }) => ({ conversationSid, subscribe: true }),
  'conversation.resume': ({ conversationSid }) => ({ since: [{ conversationSid, revision: 1 }] }),
  'conversation.list': ({ conversationSid }) => ({ after: { activity: 1, conversationSid } }),
  'message.page': ({ conversationSid }) => ({ conversationSid }),
  'media.urls': ({ conversationSid }) => ({ conversationSid, index: 0 }),
  'participant.get': ({ conversationSid, identity }) => ({ conversationSid, participant: identity }),
  'participant.list': ({ conversationSid }) => ({ conversationSid }),
  'conversation.unsubscribe': ({ conversationSid }) => ({ conversationSid }),
  'typing.start': ({ conversationSid }) => ({ conversationSid }),
}

/** Requests that name nothing which somebody else could have. */
const NAMES_NOTHING = [
  'session.start',
  'session.renew',
  'session.ping',
  'push.list',
  'conversation.compare',
  'contentTemplate.list',
]

/** The answer to a request, as it travels, without the SID that was asked for. */
async function answerTo(request: Request, type: string, theirs: Theirs): Promise<string> {
  const { reply: _reply, ...answer } = await alice.exchange({ type, ...request(theirs) })
  return JSON.stringify(answer).replaceAll(theirs.conversationSid, '[what was asked for]')
}

describe('what is absent and what is somebody else’s are answered alike, byte for byte (reliability B29)', () => {
  test('every request is in one of these tables', () => {
    const listed = [
      ...Object.keys(NAMES_CONVERSATION),
      ...NAMES_NOTHING,
      'conversation.create',
      'user.get',
      'user.unsubscribe',
      'user.update',
      'push.register',
      'push.unregister',
    ]
    expect(listed.sort()).toEqual(Object.keys(REQUESTS).sort())
    expect(Object.keys({ ...COMMANDS, ...QUERIES }).every((name) => listed.includes(name))).toBe(true)
  })

  test.each(Object.entries(NAMES_CONVERSATION))('%s', async (type, request) => {
    const absent = await answerTo(request, type, ABSENT)
    expect(await answerTo(request, type, ofOtherTenant)).toBe(absent)
    expect(await answerTo(request, type, ofSameTenant)).toBe(absent)
  })

  test('a conversation by its name', async () => {
    const byName: Request = ({ uniqueName }) => ({ uniqueName })
    const absent = await answerTo(byName, 'conversation.get', ABSENT)
    expect(await answerTo(byName, 'conversation.get', ofOtherTenant)).toBe(absent)
    expect(await answerTo(byName, 'conversation.get', ofSameTenant)).toBe(absent)
  })

  test('a user of another tenant, to read and to change', async () => {
    for (const type of ['user.get', 'user.unsubscribe', 'user.update']) {
      const byIdentity: Request = ({ identity }) => ({ identity })
      expect(await answerTo(byIdentity, type, ofOtherTenant)).toBe(await answerTo(byIdentity, type, ABSENT))
    }
  })

  test('a name that another tenant took can be taken', async () => {
    const { conversation } = await alice.ask({ type: 'conversation.create', uniqueName: ofOtherTenant.uniqueName })
    expect(conversation.uniqueName).toBe(ofOtherTenant.uniqueName)
  })

  test('participants and messages within an own conversation', async () => {
    const own = await makeTheirs(alice, 'alice')
    const { conversationSid } = own
    await alice.ask({ type: 'message.send', conversationSid, body: 'second' })
    await alice.ask({ type: 'message.remove', conversationSid, index: 0 })
    for (const participant of [
      ofOtherTenant.participantSid,
      ofSameTenant.participantSid,
      ofSameTenant.identity,
      ofOtherTenant.identity,
    ]) {
      for (const type of ['participant.get', 'participant.update', 'participant.remove']) {
        const absent = await alice.refusal({ type, conversationSid, participant: ABSENT.participantSid })
        expect(await alice.refusal({ type, conversationSid, participant }), `${type} ${participant}`).toEqual(absent)
      }
    }
    for (const type of ['message.update', 'message.remove']) {
      const absent = await alice.refusal({ type, conversationSid, index: 99, ...(type === 'message.update' && { body: 'x' }) })
      const removed = await alice.refusal({ type, conversationSid, index: 0, ...(type === 'message.update' && { body: 'x' }) })
      expect(removed).toEqual(absent)
    }
  })

  test('whoever may join by a known SID sees that a conversation is there, and nothing that is said in it', async () => {
    const dave = await server.signIn('dave')
    const { conversationSid } = ofSameTenant
    const { conversation } = await dave.ask({ type: 'conversation.get', conversationSid })
    expect(conversation.membership).toBeNull()
    expect(await dave.refusal({ type: 'message.page', conversationSid })).toMatchObject({ code: 50430 })
    expect(await dave.refusal({ type: 'participant.list', conversationSid })).toMatchObject({ code: 50430 })
  })
})

describe('who was removed hears nothing more (G7)', () => {
  /** A member of the room of bob, what they hear after their removal, and how to end it. */
  async function removed(subscribe: boolean) {
    const owner = await server.signIn('owner')
    const { conversation } = await owner.ask({ type: 'conversation.create' })
    const conversationSid = conversation.sid
    for (const identity of ['owner', 'eve']) await owner.ask({ type: 'participant.add', conversationSid, identity })
    const eve = await server.signIn('eve')
    if (subscribe) await eve.ask({ type: 'conversation.get', conversationSid, subscribe: true })
    await owner.ask({ type: 'participant.remove', conversationSid, participant: 'eve' })
    await eve.nextEvent('membership.removed')
    const heard: string[] = []
    eve.onEvent = (event) => heard.push(event.type)
    await owner.ask({ type: 'message.send', conversationSid, body: 'secret' })
    await owner.ask({ type: 'participant.add', conversationSid, identity: 'frank' })
    await eve.ask({ type: 'session.ping' })
    await Promise.all([owner.close(), eve.close()])
    return heard
  }

  test('on the sockets that were open', async () => {
    expect(await removed(false)).toEqual([])
  })

  test('also when they had subscribed as well', async () => {
    expect(await removed(true)).toEqual([])
  })
})
