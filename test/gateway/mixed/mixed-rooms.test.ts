import { expect, onTestFinished, test, vi } from 'vitest'
import { type InProcessServer, SERVICE_SID, startInProcess } from '../../end-to-end/in-process-server.ts'
import { nextOf } from '../../every-sdk/events.ts'
import { hasMember, SDKS } from '../../every-sdk/sdks.ts'
import { backEndOf } from '../../rest/back-end.ts'
import { SeededRandom } from '../../simulation/random.ts'
import { Member } from './member.ts'
import { actAs, actAsBackEnd, type Scene, wander } from './operations.ts'
import { liveView, type MessageView, ownViewOf, restOwnViewOf, restViewOf, viewOf } from './view.ts'

const SEEDS = [1, 2, 3]
const OPERATIONS = 1000
/** What others were quicker to do: a message, a participant or a name that is gone or taken, and the like. Nothing else is refused. */
const OVERTAKEN = [20404, 50430, 50432, 50433, 50500, 50353, 50350]
/** Who comes and goes has no more rights than any participant; and the vendor's client refuses by itself where it was just taken out. */
const OF_WANDERERS = [...OVERTAKEN, 50107, 'Invalid operation on closed object']

/**
 * Comes and goes in no room where people type: when somebody typed and this user has just been taken out, its client asks for the
 * conversation and rejects into nothing, where no application can catch it.
 */
const STAYS = '1.1.0'

const codeOf = (error: { code?: unknown; message?: unknown; body?: { code?: unknown } }) =>
  error.body?.code ?? error.code ?? error.message

async function begin(seed: number): Promise<Scene & { readonly server: InProcessServer }> {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const backEnd = backEndOf(server)
  const service = backEnd.conversations.v1.services(SERVICE_SID)
  const { sid: conversationSid } = await service.conversations.create({ friendlyName: 'a room' })
  await service.conversations.create({ uniqueName: 'taken' })
  const roles = await service.roles.list()
  const roleSid = roles.find(({ friendlyName }) => friendlyName === 'channel admin')?.sid ?? ''
  const [residents, wanderers] = [[] as Member[], [] as Member[]]
  for (const sdk of SDKS) {
    const resident = await Member.begin(sdk, `${sdk.name} stays`, server)
    await resident.comeIn(() =>
      service.conversations(conversationSid).participants.create({ identity: resident.identity, roleSid }),
    )
    // The vendor's clients follow what they opened a tenth of a second later, and are never told of what they read before.
    const welcomed = nextOf(resident.client, 'messageAdded')
    await service.conversations(conversationSid).messages.create({ body: `welcome, ${resident.identity}` })
    await welcomed
    residents.push(resident)
    if (sdk.name !== STAYS) wanderers.push(await Member.begin(sdk, `${sdk.name} wanders`, server))
  }
  return { server, backEnd, conversationSid, residents, wanderers, random: new SeededRandom(seed), count: 0 }
}

/** Waits until everybody who is there has heard all that happened up to now: what is told is told in its order. */
async function settle({ backEnd, conversationSid, residents, wanderers }: Scene): Promise<Member[]> {
  const there = [...residents, ...wanderers.filter(({ conversation }) => conversation)]
  const attributes = { mark: 'the end' }
  const room = backEnd.conversations.v1.services(SERVICE_SID).conversations(conversationSid)
  await room.update({ attributes: JSON.stringify(attributes) })
  await vi.waitFor(
    () => {
      for (const { conversation } of there) expect(conversation?.attributes).toEqual(attributes)
    },
    { timeout: 20_000, interval: 10 },
  )
  return there
}

const restKnows = ({ subject: _, lastUpdatedBy: __, ...message }: MessageView) => message

/** What an SDK can show of messages: in 1.x they have no subject, and a text or a file. */
const shownBy = ({ sdk }: Member, messages: readonly MessageView[]): readonly MessageView[] =>
  hasMember(sdk, 'Conversation.prepareMessage')
    ? messages
    : messages.map((message) => ({ ...message, subject: undefined, body: message.files.length > 0 ? null : message.body }))

test.each(SEEDS)('a room of all SDKs and a back end is the same to everybody: seed %i', { timeout: 300_000 }, async (seed) => {
  const scene = await begin(seed)
  const { backEnd, conversationSid, residents, wanderers } = scene
  const unexpected: unknown[] = []
  const judged = (act: Promise<unknown>, expected: readonly unknown[]) =>
    act.catch((error) => void (expected.includes(codeOf(error)) || unexpected.push(error)))
  let done = 0
  while (done < OPERATIONS) {
    const acts = [
      ...residents.map((member) => judged(actAs(scene, member), OVERTAKEN)),
      ...wanderers.map((member) => judged(wander(scene, member), OF_WANDERERS)),
      judged(actAsBackEnd(scene), OVERTAKEN),
    ]
    done += acts.length
    await Promise.all(acts)
  }
  expect(unexpected).toEqual([])
  const there = await settle(scene)
  const rest = await restViewOf(backEnd, conversationSid)
  const [first] = residents
  if (!first?.conversation) throw new Error('nobody stayed')
  const seen = await viewOf(first.conversation)
  expect({ ...seen, messages: seen.messages.map(restKnows) }).toEqual({ ...rest, messages: rest.messages.map(restKnows) })
  for (const member of there) {
    if (!member.conversation) throw new Error(`${member.identity} is no longer there`)
    const theirs = { ...seen, messages: shownBy(member, seen.messages) }
    expect(await viewOf(member.conversation), member.identity).toEqual(theirs)
    expect(await ownViewOf(member.conversation), member.identity).toEqual(
      await restOwnViewOf(backEnd, conversationSid, member.identity),
    )
  }
  for (const member of residents) {
    const since = seen.messages.filter(({ index }) => index >= (member.told[0] ?? 0))
    expect(liveView(member), member.identity).toEqual(shownBy(member, since))
    expect(member.told, member.identity).toEqual(member.told.map((_, at) => (member.told[0] ?? 0) + at))
  }
  const kinds = `${seen.messages.length} messages, ${seen.participants.length} participants`
  process.stdout.write(`  seed ${seed}: ${done} operations, ${kinds}, the same to ${there.length} clients and to REST\n`)
})
