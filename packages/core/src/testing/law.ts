import type { Command, CommandType } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { type ClientState, catchUp, comparable, fetchState, foldEvent } from './client-state.ts'
import { CoreWorld, type OpenStore, type Person, type Recorder } from './core-world.ts'

/** One user's client: what it has, what it hears, and every state that it has been in. */
export class Witness {
  readonly person: Person
  readonly past: ClientState[] = []
  readonly #recorder: Recorder
  readonly #watched: readonly string[]
  state: ClientState

  private constructor(person: Person, recorder: Recorder, watched: readonly string[], state: ClientState) {
    this.person = person
    this.#recorder = recorder
    this.#watched = watched
    this.state = state
  }

  /** @param watched conversations to follow without being in them */
  static async of(person: Person, watched: readonly string[] = []): Promise<Witness> {
    const recorder = await person.listen()
    for (const conversationSid of watched) {
      await person.world.core.watch(person.actor, { type: 'conversation.get', conversationSid }, recorder.attachment)
    }
    return new Witness(person, recorder, watched, await fetchState(person, watched))
  }

  /** The law: what was there, with the events folded into it, is what is there now. */
  async testify(): Promise<number> {
    const events = this.#recorder.take()
    let folded = this.state
    for (const event of events) {
      this.past.push(folded)
      folded = foldEvent(folded, event)
    }
    const fetched = await fetchState(this.person, this.#watched)
    expect(comparable(folded, fetched)).toEqual(comparable(fetched, folded))
    this.state = fetched
    return events.length
  }

  /** The law for whoever comes back: from every state that there was, also between two events of one command (I8). */
  async testifyFromThePast(): Promise<void> {
    for (const past of this.past) {
      const caught = await catchUp(this.person, past)
      // Whoever watches does not learn of their conversations from their own scope.
      if (this.#watched.length === 0) expect(new Set(caught.rooms.keys())).toEqual(new Set(this.state.rooms.keys()))
      const known = [...this.state.rooms].filter(([sid]) => caught.rooms.has(sid))
      const now = { ...this.state, rooms: new Map(known) }
      expect(comparable(caught, now)).toEqual(comparable(now, caught))
    }
  }
}

interface Stage {
  readonly world: CoreWorld
  readonly anna: Person
  readonly ben: Person
  readonly carl: Person
  /** Anna's, with Ben; messages 0 to 5, of which 1 and 3 are gone; Ben has read to 2. */
  readonly room: string
  /** Carl's, with everybody, a name and somebody outside of the app; message 0 was to go to them. */
  readonly side: string
  /** Who is outside of the app there. */
  readonly phone: string
  /** Roles of conversations, by SID. */
  readonly adminRole: string
  readonly memberRole: string
}

interface Step<Name extends CommandType> {
  readonly by: Person
  readonly command: Command<Name>
  /** Nobody hears of it: it changes nothing, or nothing that anybody follows. */
  readonly silent?: true
}

const ADDRESSES = { address: '+15551230001', proxyAddress: '+15559990000' } as const

/** Every command in all its forms that change something different. */
const LAW: { readonly [Name in CommandType]: (stage: Stage) => readonly Step<Name>[] } = {
  'conversation.create': ({ anna }) => [
    {
      by: anna,
      command: { type: 'conversation.create', uniqueName: 'new', friendlyName: 'New', attributes: '[1]' },
      silent: true,
    },
  ],
  'conversation.update': ({ anna, carl, world, room, side }) => [
    { by: anna, command: { type: 'conversation.update', conversationSid: room, friendlyName: 'x' } },
    { by: anna, command: { type: 'conversation.update', conversationSid: room, uniqueName: 'y', attributes: '{"a":1}' } },
    { by: carl, command: { type: 'conversation.update', conversationSid: side, uniqueName: null, friendlyName: '' } },
    { by: carl, command: { type: 'conversation.update', conversationSid: side, uniqueName: null }, silent: true },
    { by: world.backEnd, command: { type: 'conversation.update', conversationSid: side, state: 'active' } },
    { by: world.backEnd, command: { type: 'conversation.update', conversationSid: side, state: 'active' }, silent: true },
    { by: world.backEnd, command: { type: 'conversation.update', conversationSid: room, state: 'closed', attributes: '[3]' } },
  ],
  'conversation.delete': ({ anna, carl, room, side }) => [
    { by: anna, command: { type: 'conversation.delete', conversationSid: room } },
    { by: carl, command: { type: 'conversation.delete', conversationSid: side } },
  ],
  'membership.update': ({ ben, room, side }) => [
    { by: ben, command: { type: 'membership.update', conversationSid: room, notificationLevel: 'muted' } },
    { by: ben, command: { type: 'membership.update', conversationSid: side, notificationLevel: 'muted' } },
    { by: ben, command: { type: 'membership.update', conversationSid: room, notificationLevel: 'muted' }, silent: true },
    { by: ben, command: { type: 'membership.update', conversationSid: room, notificationLevel: 'default' } },
  ],
  'participant.add': ({ anna, carl, room }) => [
    { by: carl, command: { type: 'participant.add', conversationSid: room, identity: 'carl', attributes: '[1]' } },
    { by: anna, command: { type: 'participant.add', conversationSid: room, identity: 'a new user' } },
  ],
  'participant.addNonChat': ({ anna, carl, room, side }) => [
    { by: anna, command: { type: 'participant.addNonChat', conversationSid: room, ...ADDRESSES, attributes: '[1]' } },
    { by: carl, command: { type: 'participant.addNonChat', conversationSid: side, address: 'a@b.c', proxyAddress: 'us@b.c' } },
  ],
  'receipt.record': ({ world, side, phone }) => {
    const report = { type: 'receipt.record', conversationSid: side, index: 0, participantSid: phone } as const
    return [
      { by: world.backEnd, command: { ...report, channelMessageSid: 'SM1', status: 'sent' } },
      { by: world.backEnd, command: { ...report, channelMessageSid: 'SM1', status: 'read' } },
      { by: world.backEnd, command: { ...report, channelMessageSid: 'SM1', status: 'delivered' }, silent: true },
    ]
  },
  'participant.update': ({ anna, ben, room, adminRole, memberRole }) => [
    { by: ben, command: { type: 'participant.update', conversationSid: room, participant: 'ben', attributes: '[1]' } },
    { by: anna, command: { type: 'participant.update', conversationSid: room, participant: 'ben', attributes: '[2]' } },
    { by: anna, command: { type: 'participant.update', conversationSid: room, participant: 'ben' }, silent: true },
    { by: anna, command: { type: 'participant.update', conversationSid: room, participant: 'ben', roleSid: adminRole } },
    { by: ben, command: { type: 'participant.update', conversationSid: room, participant: 'anna', roleSid: memberRole } },
  ],
  'participant.remove': ({ anna, ben, carl, room, side, phone }) => [
    { by: carl, command: { type: 'participant.remove', conversationSid: side, participant: phone } },
    { by: ben, command: { type: 'participant.remove', conversationSid: side, participant: 'ben' } },
    { by: anna, command: { type: 'participant.remove', conversationSid: room, participant: 'ben' } },
    { by: carl, command: { type: 'participant.remove', conversationSid: side, participant: 'carl' } },
    { by: anna, command: { type: 'participant.remove', conversationSid: room, participant: 'anna' } },
  ],
  'readHorizon.set': ({ anna, ben, room }) => [
    { by: ben, command: { type: 'readHorizon.set', conversationSid: room, index: 4, advance: true } },
    { by: ben, command: { type: 'readHorizon.set', conversationSid: room, index: 1, advance: true }, silent: true },
    { by: ben, command: { type: 'readHorizon.set', conversationSid: room, index: 0 } },
    { by: anna, command: { type: 'readHorizon.set', conversationSid: room, index: 99 } },
    { by: ben, command: { type: 'readHorizon.set', conversationSid: room, index: null } },
  ],
  'message.send': ({ anna, ben, world, room, side }) => [
    { by: anna, command: { type: 'message.send', conversationSid: room, body: 'hello', attributes: '[1]', key: 'k' } },
    { by: anna, command: { type: 'message.send', conversationSid: room, body: 'hello', key: 'k' }, silent: true },
    { by: ben, command: { type: 'message.send', conversationSid: room, body: null } },
    { by: world.backEnd, command: { type: 'message.send', conversationSid: side, body: 'wakes it' } },
  ],
  'message.update': ({ anna, ben, room }) => [
    { by: ben, command: { type: 'message.update', conversationSid: room, index: 5, body: 'edited' } },
    { by: anna, command: { type: 'message.update', conversationSid: room, index: 5, attributes: '[1]' } },
    { by: anna, command: { type: 'message.update', conversationSid: room, index: 0, body: 'edited', attributes: '[2]' } },
    { by: anna, command: { type: 'message.update', conversationSid: room, index: 0, body: 'edited' }, silent: true },
  ],
  'message.remove': ({ anna, ben, carl, room, side }) => [
    { by: carl, command: { type: 'message.remove', conversationSid: side, index: 0 } },
    { by: ben, command: { type: 'message.remove', conversationSid: room, index: 5 } },
    { by: anna, command: { type: 'message.remove', conversationSid: room, index: 0 } },
    { by: anna, command: { type: 'message.remove', conversationSid: room, index: 4 } },
    { by: anna, command: { type: 'message.remove', conversationSid: room, index: 2 } },
  ],
  // Reachability is off, and of the devices themselves nobody is told.
  'push.register': ({ anna, ben }) => [
    { by: anna, command: { type: 'push.register', channelType: 'apn', registrationId: 'd' }, silent: true },
    { by: ben, command: { type: 'push.register', channelType: 'fcm', registrationId: 'd' }, silent: true },
  ],
  'push.unregister': ({ anna }) => [
    { by: anna, command: { type: 'push.unregister', channelType: 'fcm', registrationId: 'd' }, silent: true },
    { by: anna, command: { type: 'push.unregister', channelType: 'apn', registrationId: 'd' }, silent: true },
  ],
  'user.update': ({ anna, ben, world }) => [
    { by: anna, command: { type: 'user.update', friendlyName: 'Anna', attributes: '[1]' } },
    { by: anna, command: { type: 'user.update', friendlyName: 'Anna' }, silent: true },
    { by: world.backEnd, command: { type: 'user.update', identity: 'ben', friendlyName: 'Ben' } },
    { by: ben, command: { type: 'user.update', friendlyName: null } },
  ],
}

/**
 * The law (after Zulip's verify_action): for every command, what a client has, with the events that it heard folded into it, is
 * what it gets when it fetches afresh; and so it is for a client that comes back from any state in the past.
 *
 * @param open opens an empty store; the suite closes it
 */
export function describeLaw(name: string, open: OpenStore): void {
  describe(`the law on ${name}`, () => {
    test.each(Object.entries<(stage: Stage) => readonly Step<CommandType>[]>(LAW))('%s', async (_, steps) => {
      const { stage, witnesses } = await begin(open)
      for (const { by, command, silent } of steps(stage)) {
        stage.world.pass(1000)
        await by.do(command)
        let heard = 0
        for (const witness of witnesses) heard += await witness.testify()
        if (silent) expect(heard).toBe(0)
        else expect(heard).toBeGreaterThan(0)
      }
      for (const witness of witnesses) await witness.testifyFromThePast()
    })
  })
}

/** A stage with a past that the witnesses have seen from its beginning. */
async function begin(open: OpenStore): Promise<{ stage: Stage; witnesses: Witness[] }> {
  const world = await CoreWorld.begin(open)
  const [anna, ben, carl] = [await world.user('anna'), await world.user('ben'), await world.user('carl')]
  const created = async (by: Person, uniqueName?: string) =>
    (await by.do({ type: 'conversation.create', ...(uniqueName && { uniqueName }) })).conversation.sid
  const [room, side] = [await created(anna), await created(carl, 'side')]
  const witnesses = [await Witness.of(await world.serviceAdmin(), [room])]
  for (const person of [anna, ben, carl]) witnesses.push(await Witness.of(person))
  const conversationSid = room
  let phone = ''
  const send = (by: Person) => () => by.send(room, 'text')
  const past: (() => Promise<unknown>)[] = [
    () => anna.join(room),
    send(anna),
    () => anna.add(room, ben),
    ...[send(anna), send(anna), send(anna), send(ben)],
    () => ben.do({ type: 'readHorizon.set', conversationSid, index: 2 }),
    () => anna.do({ type: 'message.remove', conversationSid, index: 1 }),
    () => anna.do({ type: 'message.remove', conversationSid, index: 3 }),
    send(ben),
    () => anna.do({ type: 'push.register', channelType: 'fcm', registrationId: 'd' }),
    () => carl.join(side),
    () => carl.add(side, anna, ben),
    () => anna.leave(side),
    () => anna.join(side),
    async () => {
      const add = { type: 'participant.addNonChat', conversationSid: side, address: '+15551230002' } as const
      phone = (await carl.do({ ...add, proxyAddress: ADDRESSES.proxyAddress })).participant.sid
    },
    () => carl.send(side, 'also to a phone'),
    () => world.setState(side, 'inactive'),
  ]
  for (const happen of past) {
    world.pass(1000)
    await happen()
    for (const witness of witnesses) await witness.testify()
  }
  const [adminRole, memberRole] = [await world.roleSid('channel admin'), await world.roleSid('channel user')]
  return { stage: { world, anna, ben, carl, room, side, phone, adminRole, memberRole }, witnesses }
}
