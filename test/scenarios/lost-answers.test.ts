import { type Client, Conversation, Message, Participant, User } from '@conversa/client'
import { COMMANDS } from '@conversa/protocol/schema'
import { describe, expect, test } from 'vitest'
import { type Device, deviceRoom } from './device.ts'
import { next, record, settle, World } from './world.ts'

/** A conversation with Alice, Bob and Carol, with a message of Alice and one of Bob, as Alice sees it. */
interface Scene {
  readonly client: Client
  readonly conversation: Conversation
  /** Differs from scene to scene. */
  readonly name: string
}

interface Case {
  /** The request whose answer is lost. */
  readonly type: string
  /** What has to be done before. */
  readonly before?: (scene: Scene) => Promise<unknown>
  readonly act: (scene: Scene) => Promise<unknown>
  /** What the server knows then, where nobody is told of it. */
  readonly kept?: (world: World) => Promise<unknown>
}

const ownMessage = async ({ conversation }: Scene) => (await conversation.getMessages()).items[0] as Message
const own = ({ conversation }: Scene) => conversation.getParticipantByIdentity('alice')

const CASES: Readonly<Record<string, Case>> = {
  'Client.createConversation': {
    type: 'conversation.create',
    act: ({ client, name }) => client.createConversation({ uniqueName: name }),
  },
  'Client.removePushRegistrations': {
    type: 'push.unregister',
    before: async ({ client }) => {
      for (const id of ['phone', 'tablet']) await client.setPushRegistrationId('fcm', id)
      await client.setPushRegistrationId('apn', 'watch')
    },
    act: ({ client }) => client.removePushRegistrations('fcm', 'tablet'),
    kept: (world) => world.pushRegistrations('alice'),
  },
  'Client.setPushRegistrationId': {
    type: 'push.register',
    before: ({ client }) => client.removePushRegistrations('fcm', 'phone'),
    act: ({ client }) => client.setPushRegistrationId('fcm', 'phone'),
    kept: (world) => world.pushRegistrations('alice'),
  },
  'Conversation.add': { type: 'participant.add', act: ({ conversation }) => conversation.add('dave', { badge: 7 }) },
  'Conversation.addNonChatParticipant': {
    type: 'participant.addNonChat',
    act: ({ conversation }) => conversation.addNonChatParticipant('us@example.com', `${conversation.sid}@example.com`),
  },
  'Conversation.advanceLastReadMessageIndex': {
    type: 'readHorizon.set',
    act: ({ conversation }) => conversation.advanceLastReadMessageIndex(0),
  },
  'Conversation.delete': { type: 'conversation.delete', act: ({ conversation }) => conversation.delete() },
  'Conversation.join': {
    type: 'participant.add',
    before: ({ conversation }) => conversation.leave(),
    act: ({ conversation }) => conversation.join(),
  },
  'Conversation.leave': { type: 'participant.remove', act: ({ conversation }) => conversation.leave() },
  'Conversation.removeParticipant': {
    type: 'participant.remove',
    act: ({ conversation }) => conversation.removeParticipant('carol'),
  },
  'Conversation.sendMessage with a text': { type: 'message.send', act: ({ conversation }) => conversation.sendMessage('three') },
  'Conversation.sendMessage with a file': {
    type: 'message.send',
    act: ({ conversation }) => conversation.sendMessage({ contentType: 'text/plain', media: 'four' }),
  },
  'Conversation.setAllMessagesRead': { type: 'readHorizon.set', act: ({ conversation }) => conversation.setAllMessagesRead() },
  'Conversation.setAllMessagesUnread': {
    type: 'readHorizon.set',
    before: ({ conversation }) => conversation.setAllMessagesRead(),
    act: ({ conversation }) => conversation.setAllMessagesUnread(),
  },
  'Conversation.setUserNotificationLevel': {
    type: 'membership.update',
    act: ({ conversation }) => conversation.setUserNotificationLevel('muted'),
  },
  'Conversation.updateAttributes': {
    type: 'conversation.update',
    act: ({ conversation }) => conversation.updateAttributes({ topic: 'lunch' }),
  },
  'Conversation.updateFriendlyName': {
    type: 'conversation.update',
    act: ({ conversation }) => conversation.updateFriendlyName('Lunch'),
  },
  'Conversation.updateLastReadMessageIndex': {
    type: 'readHorizon.set',
    act: ({ conversation }) => conversation.updateLastReadMessageIndex(1),
  },
  'Conversation.updateUniqueName': {
    type: 'conversation.update',
    act: ({ conversation, name }) => conversation.updateUniqueName(name),
  },
  'Message.remove': { type: 'message.remove', act: async (scene) => (await ownMessage(scene)).remove() },
  'Message.updateAttributes': {
    type: 'message.update',
    act: async (scene) => (await ownMessage(scene)).updateAttributes({ seen: true }),
  },
  'Message.updateBody': { type: 'message.update', act: async (scene) => (await ownMessage(scene)).updateBody('first') },
  'Participant.remove': {
    type: 'participant.remove',
    act: async ({ conversation }) => (await conversation.getParticipantByIdentity('carol')).remove(),
  },
  'Participant.updateAttributes': {
    type: 'participant.update',
    act: async (scene) => (await own(scene)).updateAttributes({ badge: 1 }),
  },
  'Participant.updateRole': {
    type: 'participant.update',
    act: async ({ conversation }) => {
      const { roleSid } = await conversation.getParticipantByIdentity('alice')
      return (await conversation.getParticipantByIdentity('carol')).updateRole(roleSid)
    },
  },
  'User.updateAttributes': { type: 'user.update', act: ({ client, name }) => client.user.updateAttributes({ name }) },
  'User.updateFriendlyName': { type: 'user.update', act: ({ client, name }) => client.user.updateFriendlyName(name) },
}

const FAULTS = {
  nothing: undefined,
  'the answer': false,
  'the answer and the events before it': true,
} as const

const MARK = 'a mark'

/** All that a client tells about conversations and users, in words that do not depend on the conversation. */
function everything(client: Client, common: Conversation): [string, unknown][] {
  return record(client, {
    conversationAdded: () => '',
    conversationJoined: () => '',
    conversationLeft: () => '',
    conversationRemoved: () => '',
    conversationUpdated: ({ conversation, updateReasons }) => (conversation === common ? MARK : updateReasons),
    messageAdded: ({ index, body }) => [index, body],
    messageUpdated: ({ message, updateReasons }) => [message.index, message.body, updateReasons],
    messageRemoved: ({ index }) => index,
    participantJoined: ({ identity }) => identity,
    participantUpdated: ({ participant, updateReasons }) => [participant.identity, updateReasons],
    participantLeft: ({ identity }) => identity,
    userUpdated: ({ updateReasons }) => updateReasons,
  })
}

/** What a call resolved to, in words that do not depend on the conversation. */
function inWords(result: unknown): unknown {
  for (const kind of [Conversation, Message, Participant, User]) if (result instanceof kind) return kind.name
  if (typeof result === 'object' && result !== null && 'messaging_binding' in result) return Object.keys(result)
  return result
}

/** What only back ends ask for. */
const OF_BACK_ENDS = ['receipt.record']

describe('when the answer is lost', () => {
  test('every command is played', () => {
    const played = Object.values(CASES).map(({ type }) => type)
    expect(new Set([...played, ...OF_BACK_ENDS])).toEqual(new Set(Object.keys(COMMANDS)))
  })

  test.each(Object.entries(CASES))('%s is carried out once, resolves after the return, and shows once', async (_, tested) => {
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob')
    const outcomes: unknown[] = []
    for (const withEvents of Object.values(FAULTS)) {
      const seen = await play(tested, withEvents, devices, conversations)
      outcomes.push({ ...seen, kept: await tested.kept?.(world) })
    }
    const [undisturbed] = outcomes
    expect(undisturbed).toMatchObject({ [tested.kept ? 'kept' : 'told']: expect.arrayContaining([expect.anything()]) })
    expect(outcomes.slice(1)).toEqual([undisturbed, undisturbed])
    // Each was another connection: the answers were lost indeed.
    expect(devices[0].failures).toHaveLength(2)
    expect(devices[1].failures).toEqual([])
  })
})

/** @param common a conversation of both by which it is known that everything was heard */
async function play(
  { type, before, act }: Case,
  withEvents: boolean | undefined,
  [alice, bob]: readonly [Device, Device],
  common: readonly [Conversation, Conversation],
): Promise<{ result: unknown; told: unknown; toldOthers: unknown }> {
  const conversation = await alice.client.createConversation()
  const seen = [alice, bob].map(({ client }) => next(client, 'conversationJoined'))
  for (const identity of ['alice', 'bob', 'carol']) await conversation.add(identity)
  const [, bobs] = await Promise.all(seen)
  await conversation.sendMessage('one')
  await bobs?.sendMessage('two')
  // What is held need not be read before it is told.
  const held = [conversation, bobs].map(async (each) => [await each?.getMessages(), await each?.getParticipants()])
  const holds = await Promise.all(held)
  const scene = { client: alice.client, conversation, name: `scene ${conversation.sid}` }
  await before?.(scene)
  await settle(common[0], ...common)
  const [told, toldOthers] = [everything(alice.client, common[0]), everything(bob.client, common[1])]
  const lost = withEvents === undefined ? undefined : alice.network.loseAnswer(type, withEvents)
  const result = inWords(await act(scene))
  await lost
  await alice.connected()
  await settle(common[0], ...common)
  expect(holds).toHaveLength(2)
  const withoutMarks = (all: typeof told) => all.filter(([, payload]) => payload !== MARK)
  return { result, told: withoutMarks(told), toldOthers: withoutMarks(toldOthers) }
}
