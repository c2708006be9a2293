import type { ConversaError, Conversation, Message, Participant } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../simulation/random.ts'
import { Device, deviceRoom } from './device.ts'
import { next, record, settle, World } from './world.ts'

/** Turns, in each of which every device does something and the network of one may fail. */
const TURNS = 60
const [NOT_A_PARTICIPANT, NO_SUCH_PARTICIPANT, IN_IT_ALREADY] = [50430, 50432, 50433]
const SEEDS = [1, 2, 3, 4]

/** One device with what it is told and what it asked. */
interface Writer {
  readonly name: string
  readonly device: Device
  readonly conversation: Conversation
  readonly participant: Participant
  readonly heard: [string, unknown][]
  readonly asked: Promise<unknown>[]
  /** Bodies in the order of their sending. */
  readonly sent: string[]
}

/** Fails in one of the ways in which networks do. */
function disturb({ network }: Device, random: SeededRandom): void {
  const way = random.below(6)
  if (way === 0) network.cut()
  else if (way === 1) network.partition()
  else if (way === 2) network.hold('down')
  else if (way === 3) network.heal()
  else {
    const left = { frames: random.below(6) }
    const verdict = way === 4 ? 'cut before' : 'cut after'
    void network.once(({ frame }) => frame !== undefined && left.frames-- === 0, verdict)
  }
}

function act(writer: Writer, random: SeededRandom): void {
  const { conversation, participant, asked, sent, name } = writer
  const what = random.below(8)
  if (what === 0) asked.push(conversation.setAllMessagesRead())
  else if (what === 1) asked.push(conversation.updateLastReadMessageIndex(random.below(10)))
  else if (what === 2) asked.push(participant.updateAttributes({ by: name, turn: sent.length }))
  else {
    sent.push(`${name} ${sent.length}`)
    asked.push(conversation.sendMessage(sent.at(-1) ?? ''))
  }
}

/** Lets everything that can happen now happen: one answer of the server that has nothing to do with the network's failing. */
const breathe = (world: World) => fetch(`${world.server.url}/healthz`)

/** The other device of the same person may have left or joined before: that is refused, and nothing else is. */
async function unlessOvertaken(asked: Promise<unknown>): Promise<void> {
  const codes = [NOT_A_PARTICIPANT, NO_SUCH_PARTICIPANT, IN_IT_ALREADY]
  await asked.catch(({ code }: ConversaError) => expect(codes).toContain(code))
}

async function history(conversation: Conversation): Promise<Message[]> {
  const messages: Message[] = []
  let page = await conversation.getMessages(100, 0, 'forward')
  for (;;) {
    messages.push(...page.items)
    if (!page.hasNextPage) return messages
    page = await page.nextPage()
  }
}

/** What a client shows of a conversation. */
async function view(conversation: Conversation): Promise<unknown> {
  const { friendlyName, lastMessage, dateUpdated } = conversation
  const counts = [await conversation.getMessagesCount(), await conversation.getParticipantsCount()]
  const people = (await conversation.getParticipants()).map((each) => [each.sid, each.attributes, each.lastReadMessageIndex])
  const messages = (await history(conversation)).map(({ sid, index, author, body }) => ({ sid, index, author, body }))
  return { friendlyName, lastMessage, dateUpdated, counts, people, messages }
}

describe('random cuts', () => {
  test.each(SEEDS)('lose, double and misorder nothing: seed %i', async (seed) => {
    const random = new SeededRandom(seed)
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'alice', 'bob', 'carol')
    const participants = conversations.map((each, at) => each.getParticipantByIdentity(devices[at]?.identity ?? ''))
    const all = await Promise.all(participants)
    const writers = devices.map((device, at): Writer => {
      const [conversation, participant] = [conversations[at] as Conversation, all[at] as Participant]
      const heard = record(conversation, { messageAdded: ({ index, body }) => [index, body] })
      return { name: `${device.identity} on ${at}`, device, conversation, participant, heard, asked: [], sent: [] }
    })
    for (let turn = 0; turn < TURNS; turn++) {
      for (const writer of writers) act(writer, random)
      if (random.chance(0.7)) disturb(random.pick(devices), random)
      await breathe(world)
    }
    for (const { network } of devices) network.heal()
    await Promise.all(writers.flatMap(({ asked }) => asked))
    await settle(conversations[0], ...conversations)
    const views = await Promise.all(conversations.map(view))
    expect(views).toEqual(views.map(() => views[0]))
    const messages = await history(conversations[0])
    expect(messages.map(({ index }) => index)).toEqual(messages.map((_, at) => at))
    for (const { name, sent, heard } of writers) {
      const bodies = messages.map(({ body }) => body ?? '')
      expect(bodies.filter((body) => body.startsWith(`${name} `))).toEqual(sent)
      expect(heard.map(([, what]) => what)).toEqual(messages.map(({ index, body }) => [index, body]))
    }
    for (const { conversation } of writers) {
      const { lastReadMessageIndex: horizon } = conversation
      const above = horizon === null ? null : messages.filter(({ index }) => index > horizon).length
      expect(await conversation.getUnreadMessagesCount()).toBe(above)
    }
    expect(conversations[0].lastReadMessageIndex).toBe(conversations[1].lastReadMessageIndex)
    expect(devices.some(({ failures }) => failures.length > 0)).toBe(true)
  })

  test.each(SEEDS)('lose, double and misorder nothing where nobody looks: seed %i', async (seed) => {
    const random = new SeededRandom(seed)
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 30)
    const device = await Device.ready(world, 'alice')
    const heard = new Map<string, (string | null)[]>(sids.map((sid) => [sid, []]))
    const compared = { times: 0 }
    device.network.rule(({ frame }) => {
      if (frame?.type === 'conversation.compare') compared.times++
      return undefined
    })
    const ends = new Set<string>()
    const ended = next(device.client, 'messageAdded', ({ conversation, body }) => {
      heard.get(conversation.sid)?.push(body)
      if (body === 'end') ends.add(conversation.sid)
      return ends.size === sids.length
    })
    const sent = new Map<string, string[]>(sids.map((sid) => [sid, []]))
    const send = async (sid: string, body: string) => {
      sent.get(sid)?.push(body)
      await world.send({ sid }, body)
    }
    for (let turn = 0; turn < TURNS; turn++) {
      await send(random.pick(sids), `turn ${turn}`)
      if (random.chance(0.7)) disturb(device, random)
      await breathe(world)
    }
    device.network.heal()
    await device.interrupt()
    for (const sid of sids) await send(sid, 'end')
    await ended
    expect(heard).toEqual(sent)
    expect(compared.times).toBeGreaterThan(0)
  })

  test.each(SEEDS)('while people come and go leave every device with the truth: seed %i', async (seed) => {
    const random = new SeededRandom(seed)
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob', 'bob')
    const [alices, ...bobs] = conversations
    const heard = bobs.map((each) => record(each, { messageAdded: ({ index }) => index }))
    const asked: Promise<unknown>[] = []
    for (let turn = 0; turn < TURNS; turn++) {
      const one = random.pick(bobs)
      asked.push(alices.sendMessage(`turn ${turn}`))
      if (random.chance(0.5)) asked.push(unlessOvertaken(one.sendMessage('of Bob')))
      if (random.chance(0.3)) asked.push(one.status === 'joined' ? one.leave() : unlessOvertaken(one.join()))
      if (random.chance(0.6)) disturb(random.pick(devices), random)
      await breathe(world)
    }
    for (const { network } of devices) network.heal()
    await Promise.all(asked)
    for (const each of bobs) await unlessOvertaken(each.join())
    await settle(alices, ...conversations)
    const views = await Promise.all(conversations.map(view))
    expect(views).toEqual(views.map(() => views[0]))
    for (const each of heard) {
      const indexes = each.map(([, index]) => Number(index))
      expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b))
    }
    const [first, second] = bobs
    expect([first?.status, second?.status, first?.lastReadMessageIndex]).toEqual([
      'joined',
      'joined',
      second?.lastReadMessageIndex,
    ])
  })
})
