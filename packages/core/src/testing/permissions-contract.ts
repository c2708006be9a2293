import type { Command, CommandType, ErrorName, Query, QueryType } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, Person, refusalOf, sid } from './core-world.ts'

/** Who acts, and where they stand. All are service users unless it says otherwise. */
const SITUATIONS = [
  /** A channel admin elsewhere, about a conversation that does not exist. */
  'nowhere',
  /** Knows the conversation and may join it, but is not in it. */
  'outsider',
  /** Has no permission at all and is not in it. */
  'stranger',
  /** May create and nothing else, and created it; is not in it. */
  'creator',
  'member',
  'channel admin',
  /** Not in it. */
  'service admin',
  'back end',
  /** A channel admin in a closed conversation. */
  'in a closed one',
] as const

type Situation = (typeof SITUATIONS)[number]
type Outcome = 'ok' | ErrorName

/** The outcome in each situation, in their order. */
type Outcomes = readonly [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome]

interface Scene {
  readonly world: CoreWorld
  readonly actor: Person
  readonly conversationSid: string
  /** The index of a message that the actor wrote; Dora, a member, wrote the first one. */
  readonly own: number
  /** The SID of the role of channel admins. */
  readonly adminRole: string
}

interface Row<Request> {
  readonly name: string
  readonly request: (scene: Scene) => Request
  readonly outcomes: Outcomes
}

const ok = 'ok'
const hidden = 'conversation-not-found'
const outside = 'not-a-participant'
const missing = 'permission-missing'
const closed = 'conversation-closed'
const unknown = 'participant-not-found'
const denied = 'access-denied'

/** What only those inside may do, beginning with who is outside. */
const outsiders = [hidden, outside, hidden, outside] as const

/** What everybody may do who is a user. */
const users: Outcomes = [ok, ok, ok, ok, ok, ok, ok, 'user-not-found', ok]

/** Every command, and what becomes of it: rest-and-semantics 3.6. */
const COMMAND_ROWS: { readonly [Name in CommandType]: readonly Row<Command<Name>>[] } = {
  'conversation.create': [
    {
      name: 'any',
      request: () => ({ type: 'conversation.create' }),
      outcomes: [ok, ok, missing, ok, ok, ok, ok, ok, ok],
    },
  ],
  'conversation.update': [
    {
      name: 'friendly name',
      request: ({ conversationSid }) => ({ type: 'conversation.update', conversationSid, friendlyName: 'x' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
    {
      name: 'unique name',
      request: ({ conversationSid }) => ({ type: 'conversation.update', conversationSid, uniqueName: 'x' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
    {
      name: 'attributes',
      request: ({ conversationSid }) => ({ type: 'conversation.update', conversationSid, attributes: '[]' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
  ],
  'conversation.delete': [
    {
      name: 'any',
      request: ({ conversationSid }) => ({ type: 'conversation.delete', conversationSid }),
      outcomes: [hidden, missing, hidden, missing, missing, ok, ok, ok, ok],
    },
  ],
  'membership.update': [
    {
      name: 'own',
      request: ({ conversationSid }) => ({ type: 'membership.update', conversationSid, notificationLevel: 'muted' }),
      outcomes: [...outsiders, ok, ok, outside, outside, ok],
    },
  ],
  'participant.add': [
    {
      name: 'oneself',
      request: ({ conversationSid, actor }) => ({ type: 'participant.add', conversationSid, identity: actor.identity }),
      outcomes: [hidden, ok, hidden, ok, 'participant-exists', 'participant-exists', ok, 'identity-reserved', closed],
    },
    {
      name: 'somebody else',
      request: ({ conversationSid }) => ({ type: 'participant.add', conversationSid, identity: 'emil' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
  ],
  'participant.addNonChat': [
    {
      name: 'a phone',
      request: ({ conversationSid }) => ({
        type: 'participant.addNonChat',
        conversationSid,
        address: '+15551230001',
        proxyAddress: '+15559990000',
      }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
  ],
  'receipt.record': [
    {
      name: 'any',
      request: ({ conversationSid }) => ({
        type: 'receipt.record',
        conversationSid,
        index: 0,
        participantSid: sid('MB', 1),
        channelMessageSid: 'SM1',
        status: 'sent',
      }),
      outcomes: [...outsiders, denied, denied, denied, unknown, denied],
    },
  ],
  'participant.update': [
    {
      name: 'oneself',
      request: ({ conversationSid, actor }) => ({
        type: 'participant.update',
        conversationSid,
        participant: actor.identity,
        attributes: '[]',
      }),
      outcomes: [...outsiders, ok, ok, unknown, unknown, closed],
    },
    {
      name: 'somebody else',
      request: ({ conversationSid }) => ({ type: 'participant.update', conversationSid, participant: 'dora', attributes: '[]' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
    {
      name: 'the role of somebody else',
      request: ({ conversationSid, adminRole }) => ({
        type: 'participant.update',
        conversationSid,
        participant: 'dora',
        roleSid: adminRole,
      }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
    {
      name: 'the own role',
      request: ({ conversationSid, actor, adminRole }) => ({
        type: 'participant.update',
        conversationSid,
        participant: actor.identity,
        roleSid: adminRole,
      }),
      outcomes: [...outsiders, missing, ok, unknown, unknown, closed],
    },
  ],
  'participant.remove': [
    {
      name: 'oneself',
      request: ({ conversationSid, actor }) => ({ type: 'participant.remove', conversationSid, participant: actor.identity }),
      outcomes: [...outsiders, ok, ok, unknown, unknown, ok],
    },
    {
      name: 'somebody else',
      request: ({ conversationSid }) => ({ type: 'participant.remove', conversationSid, participant: 'dora' }),
      outcomes: [...outsiders, missing, ok, ok, ok, ok],
    },
  ],
  'readHorizon.set': [
    {
      name: 'own',
      request: ({ conversationSid }) => ({ type: 'readHorizon.set', conversationSid, index: 0 }),
      outcomes: [...outsiders, ok, ok, outside, outside, ok],
    },
  ],
  'message.send': [
    {
      name: 'any',
      request: ({ conversationSid }) => ({ type: 'message.send', conversationSid, body: 'x' }),
      outcomes: [...outsiders, ok, ok, outside, ok, closed],
    },
  ],
  'message.update': [
    {
      name: 'own body',
      request: ({ conversationSid, own }) => ({ type: 'message.update', conversationSid, index: own, body: 'x' }),
      outcomes: [...outsiders, ok, ok, ok, ok, closed],
    },
    {
      name: 'own attributes',
      request: ({ conversationSid, own }) => ({ type: 'message.update', conversationSid, index: own, attributes: '[]' }),
      outcomes: [...outsiders, ok, ok, ok, ok, closed],
    },
    {
      name: 'body of another',
      request: ({ conversationSid }) => ({ type: 'message.update', conversationSid, index: 0, body: 'x' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
    {
      name: 'attributes of another',
      request: ({ conversationSid }) => ({ type: 'message.update', conversationSid, index: 0, attributes: '[]' }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
  ],
  'message.remove': [
    {
      name: 'own',
      request: ({ conversationSid, own }) => ({ type: 'message.remove', conversationSid, index: own }),
      // `deleteOwnMessage` is a permission of conversations only, which a service admin outside has not.
      outcomes: [...outsiders, ok, ok, missing, ok, closed],
    },
    {
      name: 'of another',
      request: ({ conversationSid }) => ({ type: 'message.remove', conversationSid, index: 0 }),
      outcomes: [...outsiders, missing, ok, ok, ok, closed],
    },
  ],
  'user.update': [
    {
      name: 'own',
      request: () => ({ type: 'user.update', friendlyName: 'x' }),
      outcomes: [ok, ok, missing, missing, ok, ok, ok, 'user-not-found', ok],
    },
    {
      name: 'somebody else',
      request: () => ({ type: 'user.update', identity: 'dora', friendlyName: 'x' }),
      outcomes: [missing, missing, missing, missing, missing, missing, ok, ok, missing],
    },
  ],
  'push.register': [
    {
      name: 'any',
      request: () => ({ type: 'push.register', channelType: 'fcm', registrationId: 'device' }),
      outcomes: users,
    },
  ],
  'push.unregister': [
    {
      name: 'any',
      request: () => ({ type: 'push.unregister', channelType: 'fcm', registrationId: 'device' }),
      outcomes: users,
    },
  ],
}

const everybody: Outcomes = [ok, ok, ok, ok, ok, ok, ok, ok, ok]
const inside: Outcomes = [...outsiders, ok, ok, ok, ok, ok]

/** The same for what only asks. */
const QUERY_ROWS: { readonly [Name in QueryType]: readonly Row<Query<Name>>[] } = {
  'contentTemplate.list': [{ name: 'any', request: () => ({ type: 'contentTemplate.list' }), outcomes: everybody }],
  'conversation.get': [
    {
      name: 'by SID',
      request: ({ conversationSid }) => ({ type: 'conversation.get', conversationSid }),
      outcomes: [hidden, ok, hidden, ok, ok, ok, ok, ok, ok],
    },
    {
      name: 'by name',
      request: ({ conversationSid }) => ({
        type: 'conversation.get',
        uniqueName: conversationSid === ABSENT ? 'no such name' : 'team',
      }),
      outcomes: [hidden, ok, hidden, ok, ok, ok, ok, ok, ok],
    },
  ],
  'conversation.list': [{ name: 'own', request: () => ({ type: 'conversation.list' }), outcomes: everybody }],
  'conversation.compare': [
    {
      name: 'own',
      request: () => ({ type: 'conversation.compare', digests: Array<string>(64).fill('0') }),
      outcomes: everybody,
    },
  ],
  'conversation.resume': [
    {
      name: 'any',
      request: ({ conversationSid }) => ({ type: 'conversation.resume', since: [{ conversationSid, revision: 1 }] }),
      outcomes: everybody,
    },
  ],
  'message.page': [
    { name: 'any', request: ({ conversationSid }) => ({ type: 'message.page', conversationSid }), outcomes: inside },
  ],
  'media.urls': [
    {
      name: 'of a message',
      request: ({ conversationSid }) => ({ type: 'media.urls', conversationSid, index: 0 }),
      outcomes: inside,
    },
    {
      name: 'of no file',
      request: () => ({ type: 'media.urls', sids: [sid('ME', 1)] }),
      outcomes: Array(9).fill('media-not-found') as unknown as Outcomes,
    },
  ],
  'participant.get': [
    {
      name: 'somebody',
      request: ({ conversationSid }) => ({ type: 'participant.get', conversationSid, participant: 'dora' }),
      outcomes: inside,
    },
    {
      name: 'nobody',
      request: ({ conversationSid }) => ({ type: 'participant.get', conversationSid, participant: 'nobody' }),
      outcomes: [...outsiders, unknown, unknown, unknown, unknown, unknown],
    },
  ],
  'participant.list': [
    { name: 'any', request: ({ conversationSid }) => ({ type: 'participant.list', conversationSid }), outcomes: inside },
  ],
  'message.content': [
    { name: 'any', request: ({ conversationSid }) => ({ type: 'message.content', conversationSid, index: 0 }), outcomes: inside },
  ],
  'receipt.list': [
    { name: 'any', request: ({ conversationSid }) => ({ type: 'receipt.list', conversationSid, index: 0 }), outcomes: inside },
  ],
  'role.list': [{ name: 'any', request: ({ conversationSid }) => ({ type: 'role.list', conversationSid }), outcomes: inside }],
  'push.list': [{ name: 'own', request: () => ({ type: 'push.list' }), outcomes: users }],
  'user.get': [{ name: 'somebody', request: () => ({ type: 'user.get', identity: 'dora' }), outcomes: everybody }],
}

const ABSENT = sid('CH', 999)

/** What everybody may do: rest-and-semantics 3.6, and B29 of reliability. */
export function permissionsContract(begin: BeginWorld): void {
  const commands = Object.values<readonly Row<Command>[]>(COMMAND_ROWS).flat()
  const queries = Object.values<readonly Row<Query>[]>(QUERY_ROWS).flat()
  const EXAMPLE: Scene = {
    actor: { identity: 'actor' } as Person,
    world: {} as CoreWorld,
    conversationSid: sid('CH', 1),
    own: 1,
    adminRole: sid('RL', 1),
  }
  const titled = <Request extends { type: string }>(rows: readonly Row<Request>[]) =>
    rows.map((row) => ({ ...row, title: `${row.request(EXAMPLE).type} (${row.name})` }))

  describe.each(SITUATIONS.map((situation, at) => ({ situation, at })))('$situation', ({ situation, at }) => {
    test.each(titled(commands).map((row) => ({ ...row, outcome: row.outcomes[at] })))('$title: $outcome', async (row) => {
      const scene = await play(begin, situation)
      const before = await contentsOf(scene)
      const answer = await scene.actor.try(row.request(scene))
      expect(outcomeOf(answer)).toBe(row.outcome)
      if (answer instanceof Refusal) expect(await contentsOf(scene)).toEqual(before)
    })

    test.each(titled(queries).map((row) => ({ ...row, outcome: row.outcomes[at] })))('$title: $outcome', async (row) => {
      const scene = await play(begin, situation)
      expect(outcomeOf(await scene.actor.tryToAsk(row.request(scene)))).toBe(row.outcome)
    })
  })

  describe('what is absent and what is not theirs to see look alike', () => {
    test.each(titled(commands))('$title', async ({ request }) => {
      const scene = await play(begin, 'stranger')
      const bodyOf = async (one: Scene) => {
        const answer = await scene.actor.try(request(one))
        return answer instanceof Refusal ? answer.body() : ok
      }
      expect(await bodyOf({ ...scene, conversationSid: ABSENT })).toEqual(await bodyOf(scene))
    })

    test.each(titled(queries))('$title', async ({ request }) => {
      const scene = await play(begin, 'stranger')
      const absent = { ...scene, conversationSid: ABSENT }
      const bodyOf = async (one: Scene) => {
        const answer = await scene.actor.tryToAsk(request(one))
        const body = answer instanceof Refusal ? answer.body() : answer
        return JSON.stringify(body).replaceAll(one.conversationSid, 'CH')
      }
      expect(await bodyOf(absent)).toBe(await bodyOf(scene))
    })
  })

  test('a refusal names the permission that is missing', async () => {
    const { actor, conversationSid } = await play(begin, 'member')
    const answer = await actor.try({ type: 'conversation.delete', conversationSid })
    expect(answer instanceof Refusal && answer.body()).toMatchObject({
      code: 50107,
      detail: { permission: 'deleteConversation' },
    })
  })

  test('either role may give a permission', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const conversationSid = await anna.converse()
    const editor = await world.userWith('ed', ['editConversationName'])
    const rename = { type: 'conversation.update', conversationSid, friendlyName: 'x' } as const
    expect(refusalOf(await editor.try(rename))).toBe(hidden)
    await anna.add(conversationSid, editor)
    await editor.do(rename)
    expect(refusalOf(await editor.try({ ...rename, attributes: '[]' }))).toBe(missing)
    expect((await anna.view(conversationSid)).attributes).toBe('{}')
  })

  test('a permission of a conversation does not make anybody see all of another one', async () => {
    const world = await begin()
    const anna = await world.userWith('anna', ['createConversation', 'joinConversation'])
    await anna.converse()
    const other = await (await world.user('ben')).converse()
    expect(refusalOf(await anna.tryToAsk({ type: 'message.page', conversationSid: other }))).toBe(outside)
  })

  test('who is no user of the service can do nothing', async () => {
    const { world, conversationSid } = await play(begin, 'member')
    const ghost = new Person(world, { kind: 'user', serviceSid: world.serviceSid, identity: 'ghost' })
    expect(refusalOf(await ghost.try({ type: 'conversation.create' }))).toBe('user-not-found')
    expect(refusalOf(await ghost.tryToAsk({ type: 'conversation.get', conversationSid }))).toBe(hidden)
    expect(refusalOf(await ghost.try({ type: 'participant.add', conversationSid, identity: 'ghost' }))).toBe(hidden)
  })
}

/** A conversation of a situation, with Dora in it, a message of hers and one of the actor's. */
async function play(begin: BeginWorld, situation: Situation): Promise<Scene> {
  const world = await begin()
  const { backEnd } = world
  const actor = await actorOf(world, situation)
  const isAdmin = situation === 'channel admin' || situation === 'in a closed one' || situation === 'nowhere'
  const founder = isAdmin || situation === 'creator' ? actor : backEnd
  const conversationSid = (await founder.do({ type: 'conversation.create', uniqueName: 'team' })).conversation.sid
  const dora = await world.user('dora')
  await backEnd.add(conversationSid, dora)
  await dora.send(conversationSid, 'of Dora')
  if (actor !== backEnd) await backEnd.add(conversationSid, actor)
  const { index: own } = await actor.send(conversationSid, 'own')
  if (actor !== backEnd && situation !== 'member' && !isAdmin) {
    await backEnd.do({ type: 'participant.remove', conversationSid, participant: actor.identity })
  }
  if (situation === 'in a closed one') await world.setState(conversationSid, 'closed')
  const adminRole = await world.roleSid('channel admin')
  return { world, actor, own, adminRole, conversationSid: situation === 'nowhere' ? ABSENT : conversationSid }
}

async function actorOf(world: CoreWorld, situation: Situation): Promise<Person> {
  switch (situation) {
    case 'back end':
      return world.backEnd
    case 'service admin':
      return world.serviceAdmin('actor')
    case 'stranger':
      return world.userWith('actor', [])
    case 'creator':
      return world.userWith('actor', ['createConversation'])
    default:
      return world.user('actor')
  }
}

/** All that a refusal must leave as it is. */
async function contentsOf({ world, conversationSid }: Scene) {
  return world.store.read(async (reads) => ({
    conversation: await reads.conversation(world.serviceSid, conversationSid),
    participants: await reads.participants(conversationSid, undefined, 10),
    messages: await reads.messages(conversationSid, { from: 0, direction: 'forward', limit: 10 }),
    users: [
      await reads.user({ serviceSid: world.serviceSid, identity: 'actor' }),
      await reads.user({ serviceSid: world.serviceSid, identity: 'dora' }),
      await reads.user({ serviceSid: world.serviceSid, identity: 'emil' }),
    ],
  }))
}

function outcomeOf(answer: object): unknown {
  return answer instanceof Refusal ? answer.name : ok
}
