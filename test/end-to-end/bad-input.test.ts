import { ERRORS } from '@conversa/protocol'
import { inspectorOf, REQUESTS } from '@conversa/protocol/schema'
import { describe, expect, test } from 'vitest'
import { backEndOf, template } from '../rest/back-end.ts'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import { type MalformedRequest, malformedRequests, type WrongValue } from './malformed-requests.ts'
import { uploadText } from './media-client.ts'
import { RawClient, type RawFrame } from './raw-client.ts'

type Type = keyof typeof REQUESTS

const optional = ['missing'] as const
const name = ['missing', 'null', 'text', 'empty text'] as const
const key = ['missing', 'text'] as const
const count = ['number', 'negative zero'] as const

/** What looks wrong and is right, by request and field. Everything else is refused. */
const ACCEPTED: Readonly<Record<Type, Readonly<Record<string, readonly WrongValue[]>>>> = {
  'conversation.create': { '/uniqueName': name, '/friendlyName': name, '/attributes': optional, '/key': key },
  'conversation.update': {
    '/uniqueName': name,
    '/friendlyName': name,
    '/attributes': optional,
    '/state': optional,
    '/key': key,
  },
  'conversation.delete': { '/key': key },
  'membership.update': { '/key': key },
  'participant.add': { '/identity': ['text'], '/attributes': optional, '/key': key },
  // `name` and `level` are of e-mail, and the address is one.
  'participant.addNonChat': {
    '/name': ['missing', 'text', 'empty text'],
    '/level': optional,
    '/attributes': optional,
    '/key': key,
  },
  // Refused to every user, whatever it says.
  'receipt.record': {},
  'participant.update': { '/attributes': optional, '/roleSid': optional, '/key': key },
  'participant.remove': { '/key': key },
  // A horizon beyond the end means the end.
  'readHorizon.set': { '/index': [...count, 'null'], '/advance': ['missing', 'boolean'], '/key': key },
  'message.send': {
    '/body': ['null', 'text', 'empty text'],
    '/subject': name,
    '/media': ['missing', 'list'],
    '/media/0': optional,
    '/contentVariables': ['missing'],
    '/attributes': optional,
    '/key': key,
  },
  'message.update': { '/index': ['negative zero'], '/body': ['missing', 'text'], '/attributes': optional, '/key': key },
  'message.remove': { '/index': ['negative zero'], '/key': key },
  'user.update': { '/identity': optional, '/friendlyName': name, '/attributes': optional, '/key': key },
  'contentTemplate.list': { '/after': ['missing', 'null'] },
  // A SID decides; the name beside it is not looked at.
  'conversation.get': {
    '/conversationSid': optional,
    '/uniqueName': ['missing', 'text', 'empty text', 'long text'],
    '/subscribe': ['missing', 'boolean'],
  },
  'conversation.list': { '/after': optional, '/after/activity': count, '/limit': ['missing', 'number'] },
  'conversation.compare': {},
  'conversation.resume': { '/since': ['list'], '/since/0': optional, '/since/0/revision': count },
  // The SIDs decide; the message beside them is not looked at.
  'media.urls': {
    '/conversationSid': optional,
    '/index': ['missing', ...count],
    '/sids': ['missing', 'list'],
    '/sids/0': optional,
  },
  'message.content': { '/index': ['negative zero'] },
  'message.page': { '/anchor': ['missing', ...count], '/direction': optional, '/limit': ['missing', 'number'] },
  'participant.get': {},
  'participant.list': { '/after': optional, '/limit': ['missing', 'number'] },
  'receipt.list': { '/index': ['negative zero'] },
  'role.list': {},
  'user.get': {},
  'push.register': { '/registrationId': ['text'], '/key': key },
  'push.unregister': { '/registrationId': ['text'], '/key': key },
  'push.list': {},
  // To end what never began is fine.
  'user.unsubscribe': { '/identity': ['text', 'long text'] },
  // What is said of an earlier session is compared and never stored.
  'session.start': {
    '/client': ['missing', 'text', 'empty text'],
    '/resume': optional,
    '/resume/epoch': ['text', 'empty text', 'long text'],
    '/resume/identity': ['text', 'long text'],
    '/resume/revision': count,
  },
  'session.renew': {},
  'session.ping': {},
  'conversation.unsubscribe': {},
  'typing.start': {},
}

/** How many requests each type has to answer: refused, accepted. A field that is added or a value that changes sides shows here. */
const COUNTS: Readonly<Record<Type, readonly [refused: number, accepted: number]>> = {
  'conversation.create': [69, 11],
  'conversation.update': [104, 12],
  'conversation.delete': [42, 2],
  'membership.update': [60, 2],
  'participant.add': [76, 4],
  'participant.addNonChat': [127, 7],
  'receipt.record': [133, 0],
  'participant.update': [93, 4],
  'participant.remove': [60, 2],
  'readHorizon.set': [72, 7],
  'message.send': [156, 14],
  'message.update': [91, 6],
  'message.remove': [58, 3],
  'user.update': [72, 8],
  'contentTemplate.list': [24, 2],
  'conversation.get': [55, 7],
  'conversation.list': [83, 5],
  'conversation.compare': [44, 0],
  'conversation.resume': [84, 4],
  'media.urls': [72, 7],
  'message.content': [42, 1],
  'message.page': [74, 6],
  'participant.get': [44, 0],
  'participant.list': [59, 3],
  'receipt.list': [42, 1],
  'role.list': [26, 0],
  'user.get': [26, 0],
  'push.register': [59, 3],
  'push.unregister': [59, 3],
  'push.list': [8, 0],
  'user.unsubscribe': [24, 2],
  'session.start': [131, 11],
  'session.renew': [26, 0],
  'session.ping': [8, 0],
  'conversation.unsubscribe': [26, 0],
  'typing.start': [26, 0],
}

/** Refusals after which the connection ends too: the token or the version will not do. */
const ENDED: Readonly<Record<string, number>> = {
  '/version: number': 4503,
  '/token: text': 4502,
  '/token: empty text': 4502,
  '/token: long text': 4502,
}

/** A bit less than the server takes of one connection before it gives up. */
const CASES_PER_CONNECTION = 90

const CODES = new Set<number>(Object.values(ERRORS).map(({ code }) => code))

/** What a valid request needs to exist. */
interface Scene {
  readonly alice: RawClient
  readonly conversationSid: string
  readonly uniqueName: string
  readonly participantSid: string
  /** The role that Alice has. */
  readonly roleSid: string | null
  /** A file of Alice's that waits for its message. */
  readonly mediaSid: string
  /** A template that says something without variables too. */
  readonly contentSid: string
  readonly epoch: string
  readonly token: string
}

let last = 0

/** Two participants and three messages. */
async function setScene(server: InProcessServer): Promise<Scene> {
  const token = await server.token('alice')
  const alice = await RawClient.connect(server.url)
  const { epoch } = await alice.start(token)
  const uniqueName = `scene ${++last}`
  const { conversation } = await alice.ask({ type: 'conversation.create', uniqueName })
  const conversationSid = conversation.sid
  const { participant } = await alice.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
  await alice.ask({ type: 'participant.add', conversationSid, identity: 'bob' })
  for (const body of ['zero', 'one', 'two']) await alice.ask({ type: 'message.send', conversationSid, body })
  const { sid: mediaSid } = await uploadText(server.url, token)
  const { contents } = backEndOf(server).content.v1
  const { sid: contentSid } = await contents.create(template({ variables: { 1: 'you' } }))
  return {
    alice,
    conversationSid,
    uniqueName,
    participantSid: participant.sid,
    roleSid: participant.roleSid,
    mediaSid,
    contentSid,
    epoch,
    token,
  }
}

/** A valid request of each type with every field that it may have. */
function validRequest(type: Type, scene: Scene): object {
  const { conversationSid, uniqueName, participantSid, roleSid, mediaSid, contentSid, epoch, token } = scene
  const unique = `made-${++last}`
  const named = { uniqueName: unique, friendlyName: 'name', attributes: '{"a":1}', key: unique }
  const fields: Record<Type, object> = {
    'conversation.create': named,
    'conversation.update': { conversationSid, ...named },
    'conversation.delete': { conversationSid, key: unique },
    'membership.update': { conversationSid, notificationLevel: 'muted', key: unique },
    'participant.add': { conversationSid, identity: unique, attributes: '{}', key: unique },
    'participant.addNonChat': {
      conversationSid,
      address: `${unique}@example.com`,
      proxyAddress: 'us@example.com',
      name: 'Ann',
      level: 'to',
      attributes: '{}',
      key: unique,
    },
    'receipt.record': {
      conversationSid,
      index: 0,
      participantSid,
      channelMessageSid: 'SM1',
      status: 'sent',
      errorCode: 1,
      key: unique,
    },
    'participant.update': { conversationSid, participant: 'alice', attributes: '{"a":1}', roleSid, key: unique },
    'participant.remove': { conversationSid, participant: 'bob', key: unique },
    'readHorizon.set': { conversationSid, index: 1, advance: true, key: unique },
    'message.send': {
      conversationSid,
      body: 'hello',
      subject: 'hi',
      media: [mediaSid],
      contentSid,
      contentVariables: '{"1":"Ann"}',
      attributes: '{}',
      key: unique,
    },
    'message.update': { conversationSid, index: 0, body: 'edited', attributes: '{"a":1}', key: unique },
    'message.remove': { conversationSid, index: 0, key: unique },
    'user.update': { identity: 'alice', friendlyName: unique, attributes: '{"a":1}', key: unique },
    'contentTemplate.list': { after: `HX${'0'.repeat(32)}` },
    'conversation.get': { conversationSid, uniqueName, subscribe: true },
    'conversation.list': { after: { activity: Number.MAX_SAFE_INTEGER, conversationSid }, limit: 10 },
    'conversation.compare': { digests: Array(64).fill('0') },
    'conversation.resume': { since: [{ conversationSid, revision: 1 }] },
    'media.urls': { conversationSid, index: 0, sids: [mediaSid] },
    'message.content': { conversationSid, index: 0 },
    'message.page': { conversationSid, anchor: 1, direction: 'forward', limit: 10 },
    'participant.get': { conversationSid, participant: 'alice' },
    'participant.list': { conversationSid, after: participantSid, limit: 10 },
    'receipt.list': { conversationSid, index: 0 },
    'role.list': { conversationSid },
    'user.get': { identity: 'alice' },
    'push.register': { channelType: 'fcm', registrationId: unique, key: unique },
    'push.unregister': { channelType: 'apn', registrationId: unique, key: unique },
    'push.list': {},
    'user.unsubscribe': { identity: 'bob' },
    'session.start': { version: 1, token, client: 'test/1', resume: { epoch, identity: 'alice', revision: 0 } },
    'session.renew': { token },
    'session.ping': {},
    'conversation.unsubscribe': { conversationSid },
    'typing.start': { conversationSid },
  }
  return { type, ...fields[type] }
}

/** Rows that were written since the server started, rolled back or not. */
function rowsWritten({ database }: InProcessServer): number {
  return Number(database.prepare('SELECT total_changes() AS count').get()?.count)
}

/** Sends a frame and gives what answers it: with its id, or with none where the frame was given up before the id was read. */
function answerTo(client: RawClient, id: number, text: string): Promise<RawFrame> {
  client.socket.send(text)
  return client.next(({ reply }) => reply === id || reply === null)
}

/** Depth is counted before anything is parsed, so that refusal names no id. */
function idOfAnswer({ name }: Pick<MalformedRequest, 'name'>, id: number): number | null {
  return name.endsWith(': 65 levels') ? null : id
}

function expectTypedError(frame: RawFrame, id: number | null): void {
  expect(frame).toEqual({
    reply: id,
    error: {
      code: expect.any(Number),
      message: expect.any(String),
      status: expect.any(Number),
      retry: expect.stringMatching(/^(never|later|after-sign-in)$/),
      ...(frame.error?.detail && { detail: expect.any(Object) }),
    },
  })
  expect(CODES).toContain(frame.error?.code)
  expect(frame.error?.status).toBeLessThan(500)
}

/** Sends one wrong request; it must be refused, store nothing, and leave the connection as it was. */
async function expectRefused(server: InProcessServer, scene: Scene, type: Type, wrong: MalformedRequest): Promise<void> {
  const { alice, conversationSid } = scene
  const id = alice.takeId()
  const before = rowsWritten(server)
  expectTypedError(await answerTo(alice, id, wrong.text({ ...validRequest(type, scene), id })), idOfAnswer(wrong, id))
  expect(rowsWritten(server)).toBe(before)
  await alice.ask({ type: 'conversation.get', conversationSid })
}

const isAccepted = (type: Type, { name }: MalformedRequest) => {
  const [field = '', value] = name.split(': ')
  return ACCEPTED[type][field]?.some((accepted) => accepted === value) ?? false
}

const TYPES = Object.keys(REQUESTS) as Type[]

describe.each(TYPES.filter((type) => type !== 'session.start'))('%s with one thing wrong', (type) => {
  const cases = malformedRequests(type)
  const inspect = inspectorOf(REQUESTS[type].result)
  const accepted = cases.filter((one) => isAccepted(type, one))
  const refused = cases.filter((one) => !isAccepted(type, one))

  test('has as many cases as its table says', () => {
    expect([refused.length, accepted.length]).toEqual(COUNTS[type])
    expect(accepted).toHaveLength(Object.values(ACCEPTED[type]).flat().length)
  })

  test('is refused with a documented code, stores nothing, and the connection goes on', async () => {
    await using server = await startInProcess()
    let scene = await setScene(server)
    for (const [at, wrong] of refused.entries()) {
      if (at % CASES_PER_CONNECTION === CASES_PER_CONNECTION - 1) {
        await scene.alice.close()
        scene = await setScene(server)
      }
      await expectRefused(server, scene, type, wrong).catch((error: unknown) => {
        throw new Error(`${type} ${wrong.name}: ${error}`, { cause: error })
      })
    }
  })

  test('is accepted where it only looks wrong', async () => {
    await using server = await startInProcess()
    for (const one of accepted) {
      const scene = await setScene(server)
      const id = scene.alice.takeId()
      const frame = await scene.alice.exchangeText(id, one.text({ ...validRequest(type, scene), id }))
      expect(frame, one.name).toEqual({ reply: id, result: expect.any(Object) })
      expect(inspect(frame.result), one.name).toBeUndefined()
      await scene.alice.close()
    }
  })
})

describe('session.start with one thing wrong', () => {
  const cases = malformedRequests('session.start')
  const accepted = cases.filter((one) => isAccepted('session.start', one))
  const refused = cases.filter((one) => !isAccepted('session.start', one))

  test('has as many cases as its table says', () => {
    expect([refused.length, accepted.length]).toEqual(COUNTS['session.start'])
    expect(accepted).toHaveLength(Object.values(ACCEPTED['session.start']).flat().length)
  })

  test('is refused with a documented code, and a right one can follow unless the token or the version will not do', async () => {
    await using server = await startInProcess()
    const scene = await setScene(server)
    for (const { name, text } of refused) {
      const client = await RawClient.connect(server.url)
      const id = client.takeId()
      const before = rowsWritten(server)
      const frame = await answerTo(client, id, text({ ...validRequest('session.start', scene), id }))
      expectTypedError(frame, idOfAnswer({ name }, id))
      expect(rowsWritten(server), name).toBe(before)
      const code = ENDED[name]
      if (code === undefined) await client.start(scene.token)
      expect(await (code === undefined ? client.close() : client.closed), name).toMatchObject({ code: code ?? 1005 })
    }
  })

  test('is accepted where it only looks wrong', async () => {
    await using server = await startInProcess()
    const scene = await setScene(server)
    for (const { name, text } of accepted) {
      const client = await RawClient.connect(server.url)
      const id = client.takeId()
      const frame = await client.exchangeText(id, text({ ...validRequest('session.start', scene), id }))
      expect(frame, name).toEqual({ reply: id, result: expect.any(Object) })
      await client.close()
    }
  })
})
