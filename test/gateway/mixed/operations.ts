import { SERVICE_SID } from '../../end-to-end/in-process-server.ts'
import { type Conversation, hasMember, type Message } from '../../every-sdk/sdks.ts'
import type { backEndOf } from '../../rest/back-end.ts'
import type { SeededRandom } from '../../simulation/random.ts'
import type { Member } from './member.ts'

/** Where operations happen: one room, whoever may be in it, and a back end. */
export interface Scene {
  readonly conversationSid: string
  readonly backEnd: ReturnType<typeof backEndOf>
  /** Who stays, one of each SDK, and who comes and goes. */
  readonly residents: readonly Member[]
  readonly wanderers: readonly Member[]
  readonly random: SeededRandom
  /** Names what was made, so that everything is different. */
  count: number
}

type MessageBuilder = ReturnType<Conversation['prepareMessage']>

/** Everything that an application does to a room through an SDK. The longer the list of one kind, the more often it is done. */
type Operation = (scene: Scene, conversation: Conversation, member: Member) => Promise<unknown>

const named = (scene: Scene, what: string) => `${what} ${++scene.count}`
const attributesOf = (scene: Scene) =>
  scene.random.pick<() => object>([() => ({ n: ++scene.count, '😀': ['\u2028', null, 1.5] }), () => ({})])()

/** A message that the member sees; refused by a server that it is not there when nobody has written any. */
async function someMessage({ random }: Scene, { live }: Member, act: (message: Message) => Promise<unknown>): Promise<unknown> {
  const message = random.pick([...live.values()])
  return message && act(message)
}

const send: Operation = (scene, conversation) =>
  conversation.sendMessage(named(scene, 'text'), scene.random.chance(0.5) ? (attributesOf(scene) as never) : undefined)

/** With what only messages that are built have; an SDK that builds none sends a text. */
const build =
  (parts: (builder: MessageBuilder, scene: Scene) => MessageBuilder): Operation =>
  (scene, conversation, member) =>
    hasMember(member.sdk, 'Conversation.prepareMessage')
      ? parts(conversation.prepareMessage(), scene).build().send()
      : send(scene, conversation, member)

const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [20, send],
  [4, build((builder, scene) => builder.setBody(named(scene, 'text')).setSubject(named(scene, 'subject')))],
  [3, build((builder, scene) => builder.setBody(named(scene, 'built')).setAttributes(attributesOf(scene) as never))],
  [
    2,
    build((builder, scene) =>
      builder.addMedia({ contentType: 'text/plain', media: Buffer.from(named(scene, 'content')), filename: 'a file.txt' }),
    ),
  ],
  [8, (scene, _, member) => someMessage(scene, member, (message) => message.updateBody(named(scene, 'edited')))],
  [6, (scene, _, member) => someMessage(scene, member, (message) => message.updateAttributes(attributesOf(scene) as never))],
  [4, (scene, _, member) => someMessage(scene, member, (message) => message.remove())],
  [6, (scene, conversation) => conversation.updateLastReadMessageIndex(scene.random.below(30))],
  [4, (scene, conversation) => conversation.advanceLastReadMessageIndex(scene.random.below(60))],
  [3, (_, conversation) => conversation.setAllMessagesRead()],
  [2, (_, conversation) => conversation.setAllMessagesUnread()],
  [1, (_, conversation) => conversation.updateLastReadMessageIndex(null)],
  [3, ({ random }, conversation) => conversation.setUserNotificationLevel(random.pick(['default', 'muted'] as const))],
  [4, (scene, conversation) => conversation.updateFriendlyName(named(scene, 'name'))],
  [3, (scene, conversation) => conversation.updateAttributes(attributesOf(scene) as never)],
  [2, (scene, conversation) => conversation.updateUniqueName(scene.random.pick([named(scene, 'unique'), 'taken', null]))],
  [
    4,
    async (scene, conversation) => {
      const participant = scene.random.pick(await conversation.getParticipants())
      await participant.updateAttributes(attributesOf(scene) as never)
    },
  ],
  [3, (_, conversation) => conversation.typing()],
  [3, (scene, _, { client }) => client.user.updateFriendlyName(named(scene, 'user'))],
  [2, (scene, _, { client }) => client.user.updateAttributes(attributesOf(scene) as never)],
]

const BY_WEIGHT = OPERATIONS.flatMap(([weight, operation]) => Array<Operation>(weight).fill(operation))

/** Does something as somebody who stays. */
export function actAs(scene: Scene, member: Member): Promise<unknown> {
  const { random } = scene
  const wanderer = random.pick(scene.wanderers)
  const { conversation } = member
  if (!conversation) throw new Error(`${member.identity} is no longer in the room`)
  if (!random.chance(0.08)) return random.pick(BY_WEIGHT)(scene, conversation, member)
  if (!wanderer.conversation) return wanderer.comeIn(() => conversation.add(wanderer.identity, attributesOf(scene) as never))
  return wanderer.conversation.sid === conversation.sid
    ? wanderer.goOut(() => conversation.removeParticipant(wanderer.identity))
    : send(scene, conversation, member)
}

/** Does something as somebody who comes and goes, if they are there. */
export function wander(scene: Scene, member: Member): Promise<unknown> {
  const { conversation } = member
  if (!conversation) return Promise.resolve()
  if (scene.random.chance(0.1)) return member.goOut(() => conversation.leave())
  return scene.random.pick(BY_WEIGHT)(scene, conversation, member)
}

/** Does something as a back end. */
export async function actAsBackEnd(scene: Scene): Promise<unknown> {
  const { random, backEnd, conversationSid, residents, wanderers } = scene
  const service = backEnd.conversations.v1.services(SERVICE_SID)
  const room = service.conversations(conversationSid)
  const attributes = JSON.stringify(attributesOf(scene))
  const { identity, live } = random.pick(residents)
  const message = random.pick([...live.values()])
  const what = random.below(20)
  if (what < 7) return room.messages.create({ body: named(scene, 'of a back end'), author: identity, attributes })
  if (what < 9) return message && room.messages(message.sid).update({ body: named(scene, 'mended'), attributes })
  if (what < 10) return message && room.messages(message.sid).remove()
  if (what < 11) return room.update({ friendlyName: named(scene, 'name'), attributes })
  if (what < 13) return room.participants(identity).update({ attributes })
  if (what < 15) return room.participants(identity).update({ lastReadMessageIndex: random.below(40) })
  if (what < 16) return service.users(identity).update({ friendlyName: named(scene, 'user') })
  if (what < 18) {
    const own = service.users(identity).userConversations(conversationSid)
    return own.update({ notificationLevel: random.pick(['default', 'muted'] as const), lastReadMessageIndex: random.below(40) })
  }
  const wanderer = random.pick(wanderers)
  if (wanderer.conversation) return wanderer.goOut(() => room.participants(wanderer.identity).remove())
  return wanderer.comeIn(() => room.participants.create({ identity: wanderer.identity, attributes }))
}
