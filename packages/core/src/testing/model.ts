import type { Command } from '@conversa/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import { Refusal } from '../records/refusal.ts'
import { CoreWorld, type OpenStore, type Person } from './core-world.ts'
import { Witness } from './law.ts'

/** What one of the users tries to do. Numbers that name nothing name something else: every step can be tried. */
type Step =
  | { readonly kind: 'send'; readonly key: number }
  | { readonly kind: 'edit' | 'remove'; readonly index: number }
  | { readonly kind: 'read'; readonly index: number | null; readonly advance: boolean }
  | { readonly kind: 'remove-participant' | 'add-participant'; readonly whom: number }
  | { readonly kind: Plain }

type Plain = 'join' | 'leave' | 'rename' | 'mute' | 'unmute' | 'profile' | 'attributes' | 'recreate'

type Act = Step & {
  readonly by: number
  readonly room: number
  /** Whether it is tried together with the one before it, to share its commit. */
  readonly together: boolean
}

const IDENTITIES = ['anna', 'ben', 'carl'] as const
const ROOMS = 2

const index = fc.nat({ max: 12 })
const plain = (...kinds: Plain[]) => fc.constantFrom(...kinds).map((kind): Step => ({ kind }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), key: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('read' as const), index: fc.option(index), advance: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove-participant' as const, 'add-participant' as const),
      whom: fc.nat({ max: IDENTITIES.length - 1 }),
    }),
  },
  { weight: 2, arbitrary: plain('join') },
  { weight: 3, arbitrary: plain('leave', 'rename', 'mute', 'unmute', 'profile', 'attributes') },
  { weight: 1, arbitrary: plain('recreate') },
)
const act: fc.Arbitrary<Act> = fc
  .tuple(step, fc.nat({ max: IDENTITIES.length - 1 }), fc.nat({ max: ROOMS - 1 }), fc.boolean())
  .map(([one, by, room, together]) => ({ ...one, by, room, together }))

/** A conversation as it must be, kept in the simplest way. */
class ModelRoom {
  readonly sid: string
  next = 0
  readonly alive = new Set<number>()
  /** Who is in it, and how far they have read. */
  readonly horizons = new Map<string, number | null>()
  /** What was sent with which key. */
  readonly keys = new Map<string, number>()

  constructor(sid: string) {
    this.sid = sid
  }

  above(horizon: number): number {
    return [...this.alive].filter((at) => at > horizon).length
  }
}

/** How the model is run. */
export interface ModelOptions {
  readonly runs: number
  readonly open: OpenStore
  /** Called before each commit, to make it fail now and then: a command that throws then must have done nothing. */
  readonly disturb?: (store: Store, turn: number) => void
}

const MILLISECONDS = 300_000

/**
 * Random commands of three users in two conversations, many of them in one commit. After each commit the law holds, and counters,
 * indexes and unread counts are those of a model (I4, I9, I10); at the end every state of the past can catch up (I8).
 */
export function describeModel(name: string, { runs, open, disturb }: ModelOptions): void {
  describe(`the model on ${name}`, () => {
    test(
      `agrees in ${runs} runs`,
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(act, { maxLength: 80, size: 'max' }), async (acts) => {
            const store = await open()
            try {
              await run(await CoreWorld.on(store), acts, disturb)
            } finally {
              await store.close()
            }
          }),
          { numRuns: runs },
        )
      },
      MILLISECONDS,
    )
  })
}

interface Play {
  readonly world: CoreWorld
  readonly people: readonly Person[]
  readonly rooms: ModelRoom[]
}

async function run(world: CoreWorld, acts: readonly Act[], disturb: ModelOptions['disturb']): Promise<void> {
  const people = [await world.serviceAdmin('anna'), await world.user('ben'), await world.user('carl')]
  const rooms: ModelRoom[] = []
  for (let at = 0; at < ROOMS; at++) {
    const conversationSid = await people[at]!.converse()
    rooms.push(new ModelRoom(conversationSid))
    rooms[at]!.horizons.set(people[at]!.identity, null)
  }
  const play: Play = { world, people, rooms }
  const witnesses = await Promise.all(people.map((person) => Witness.of(person)))
  const batches = acts.reduce<Act[][]>((all, one) => {
    if (one.together && all.length > 0) all.at(-1)?.push(one)
    else all.push([one])
    return all
  }, [])
  for (const [turn, batch] of batches.entries()) {
    world.pass(1)
    disturb?.(world.store, turn)
    await perform(play, batch)
    for (const witness of witnesses) await witness.testify()
    for (const [at, witness] of witnesses.entries()) for (const room of rooms) compare(witness, people[at]!, room)
  }
  for (const witness of witnesses) await witness.testifyFromThePast()
}

/** Tries what is tried together; the store takes it in this order. */
async function perform(play: Play, batch: readonly Act[]): Promise<void> {
  const tries = batch.map((one) => {
    const room = play.rooms[one.room]!
    const person = play.people[one.by]!
    const command = commandOf(play, one, person, room.sid)
    return { one, person, room, command, answer: person.try(command).catch(() => undefined) }
  })
  for (const { one, person, room, command, answer } of tries) {
    const outcome = await answer
    if (outcome && !(outcome instanceof Refusal)) await learn(play, one, person, room, command, outcome)
  }
}

function commandOf({ people }: Play, one: Act, { identity }: Person, conversationSid: string): Command {
  switch (one.kind) {
    case 'send':
      return { type: 'message.send', conversationSid, body: 'text', key: `${one.key}` }
    case 'edit':
      return { type: 'message.update', conversationSid, index: one.index, body: `edited by ${identity}` }
    case 'remove':
      return { type: 'message.remove', conversationSid, index: one.index }
    case 'read':
      return { type: 'readHorizon.set', conversationSid, index: one.index, advance: one.advance }
    case 'join':
      return { type: 'participant.add', conversationSid, identity }
    case 'leave':
      return { type: 'participant.remove', conversationSid, participant: identity }
    case 'add-participant':
      return { type: 'participant.add', conversationSid, identity: people[one.whom]!.identity }
    case 'remove-participant':
      return { type: 'participant.remove', conversationSid, participant: people[one.whom]!.identity }
    case 'rename':
      return { type: 'conversation.update', conversationSid, friendlyName: identity, uniqueName: `room of ${identity}` }
    case 'attributes':
      return { type: 'participant.update', conversationSid, participant: identity, attributes: '[1]' }
    case 'mute':
      return { type: 'membership.update', conversationSid, notificationLevel: 'muted' }
    case 'unmute':
      return { type: 'membership.update', conversationSid, notificationLevel: 'default' }
    case 'profile':
      return { type: 'user.update', friendlyName: `${identity} ${one.room}` }
    case 'recreate':
      return { type: 'conversation.delete', conversationSid }
  }
}

/** Brings the model to where the store must be, and holds the answer against it. */
async function learn(play: Play, one: Act, person: Person, room: ModelRoom, command: Command, answer: object): Promise<void> {
  switch (command.type) {
    case 'message.send': {
      const name = `${person.identity} ${command.key}`
      const known = room.keys.get(name)
      expect(answer).toMatchObject({ index: known ?? room.next })
      if (known !== undefined) return
      room.keys.set(name, room.next)
      room.alive.add(room.next++)
      return
    }
    case 'message.remove':
      expect(room.alive.delete(command.index)).toBe(true)
      return
    case 'message.update':
      expect(room.alive.has(command.index)).toBe(true)
      return
    case 'participant.add':
      expect(room.horizons.has(command.identity)).toBe(false)
      room.horizons.set(command.identity, null)
      return
    case 'participant.remove':
      expect(room.horizons.delete(command.participant)).toBe(true)
      return
    case 'readHorizon.set': {
      const before = room.horizons.get(person.identity) ?? null
      const wanted = command.index === null || room.next === 0 ? null : Math.min(command.index, room.next - 1)
      const kept = command.advance && before !== null && (wanted === null || wanted < before) ? before : wanted
      room.horizons.set(person.identity, kept)
      expect(answer).toEqual({ lastReadMessageIndex: kept, unreadMessagesCount: room.above(kept ?? -1) })
      return
    }
    case 'conversation.delete': {
      const created = await person.do({ type: 'conversation.create' }).catch(() => undefined)
      play.rooms[one.room] = new ModelRoom(created?.conversation.sid ?? room.sid)
      return
    }
  }
}

/** What a user sees of a conversation is what the model says, and what a recount says. */
function compare({ state }: Witness, { identity }: Person, model: ModelRoom): void {
  const room = state.rooms.get(model.sid)
  const horizon = model.horizons.get(identity)
  expect(room !== undefined).toBe(horizon !== undefined)
  if (!room || horizon === undefined) return
  const { view, lists } = room
  const indexes = [...model.alive]
  expect([...(lists?.messages.keys() ?? [])]).toEqual(indexes)
  expect([...(lists?.participants.values().map((one) => one.identity) ?? [])].sort()).toEqual([...model.horizons.keys()].sort())
  expect(view).toMatchObject({ messagesCount: indexes.length, participantsCount: model.horizons.size })
  expect(view.lastMessage?.index).toBe(indexes.at(-1))
  const unread = horizon === null ? null : model.above(horizon)
  expect(view.membership).toMatchObject({ lastReadMessageIndex: horizon, unread })
}
