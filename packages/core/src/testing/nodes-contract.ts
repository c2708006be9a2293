import type { Event } from '@conversa/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AnyCommand, AnyCommandType } from '../commands/back-end-command.ts'
import type { Bus, Notice } from '../ports/bus.ts'
import type { Awaitable, Reads, Scope, Store, Tx } from '../ports/store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CoreWorld, type Person, type Recorder, sid } from './core-world.ts'

/** Stores of two nodes that share what they keep, and what carries their messages. */
export interface OpenedNodes {
  readonly stores: readonly [Store, Store]
  readonly buses: readonly [Bus, Bus] | readonly [undefined, undefined]
}

/** Two nodes, each a world on the same store. */
class Pair {
  readonly one: CoreWorld
  readonly two: CoreWorld

  constructor(one: CoreWorld, two: CoreWorld) {
    this.one = one
    this.two = two
  }

  static async begin(open: () => Promise<OpenedNodes>): Promise<Pair> {
    const { stores, buses } = await open()
    onTestFinished(async () => {
      for (const bus of buses) await bus?.close()
      for (const store of new Set(stores)) await store.close()
    })
    const one = await CoreWorld.on(stores[0], 1, { node: 1, bus: buses[0] })
    return new Pair(one, await CoreWorld.on(stores[1], 1, { node: 2, bus: buses[1] }))
  }

  /** Both nodes look at what was committed, as they do every second. */
  async look(): Promise<void> {
    await Promise.all([this.one.core.lookAtNodes(), this.two.core.lookAtNodes()])
  }

  /** Waits until a condition holds, looking as nodes do. */
  async until(condition: () => unknown): Promise<void> {
    const looked = async () => {
      await this.look()
      return condition()
    }
    await expect.poll(looked, { timeout: 30_000 }).toBeTruthy()
  }
}

/** A store that a test lets be away, and tells its node what it wants. */
class Controlled implements Store {
  readonly epoch: string
  readonly #store: Store
  /** What the node finds at its next looks; undefined when some notices may be missing. */
  readonly notices: (readonly Notice[] | undefined)[] = []
  /** How many events of conversations each reading of a log gave. */
  readonly eventsRead: number[] = []
  isAway = false
  /** Called when it was looked up in which conversations somebody is, or a log was read; the answer waits for what it returns. */
  answering: (found: 'memberships' | 'log') => Promise<void> = async () => {}

  constructor(store: Store) {
    this.#store = store
    this.epoch = store.epoch
  }

  readonly feed = { poll: async () => (this.notices.length > 0 ? this.notices.shift() : []) }

  async read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    if (this.isAway) throw new StoreUnavailable('it does not answer')
    let wanted: 'memberships' | 'log' | undefined
    const found = await this.#store.read((reads) => work(this.#observed(reads, (what) => (wanted = what))))
    if (wanted) await this.answering(wanted)
    return found
  }

  /** @param wants called when the one or the other is read */
  #observed(reads: Reads, wants: (what: 'memberships' | 'log') => void): Reads {
    const conversationEvents: Reads['conversationEvents'] = async (...range) => {
      wants('log')
      const events = await reads.conversationEvents(...range)
      this.eventsRead.push(events?.length ?? 0)
      return events
    }
    const membershipRevisions: Reads['membershipRevisions'] = (key) => {
      wants('memberships')
      return reads.membershipRevisions(key)
    }
    return new Proxy(reads, {
      get: (target, name) => {
        if (name === 'conversationEvents') return conversationEvents
        if (name === 'membershipRevisions') return membershipRevisions
        const member = Reflect.get(target, name, target)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  transact<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
    return this.#store.transact(scopes, work)
  }

  writable(): Promise<boolean> {
    return this.#store.writable()
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

const revisionsIn = (events: readonly Event[], conversationSid: string) =>
  events.flatMap((event) =>
    'revision' in event &&
    'conversationSid' in event &&
    !event.type.startsWith('membership.') &&
    event.conversationSid === conversationSid
      ? [event.revision]
      : [],
  )

const bodies = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === 'message.added' ? [event.message.body] : []))

const typesOf = (recorder: Recorder) => recorder.heard.map(({ type }) => type)

/**
 * What several nodes on one store do together.
 *
 * @param open opens two empty stores that share what they keep; the suite closes them
 */
export function describeNodes(name: string, open: () => Promise<OpenedNodes>): void {
  describe(`nodes on ${name}`, () => {
    /** Anna on the first node, Ben on the second one, in a conversation, both listening. */
    const room = async () => {
      const pair = await Pair.begin(open)
      const anna = await pair.one.user('anna')
      const ben = await pair.two.user('ben')
      const conversationSid = await anna.converse()
      await anna.add(conversationSid, ben)
      return { pair, anna, ben, conversationSid, hers: await anna.listen(), his: await ben.listen() }
    }

    test('what is said on one is heard on the other, once and in order', async () => {
      const { pair, anna, ben, conversationSid, hers, his } = await room()
      await anna.send(conversationSid, 'from one')
      await pair.until(() => bodies(his.heard).length === 1)
      await ben.send(conversationSid, 'from two')
      await pair.until(() => bodies(hers.heard).length === 2)
      for (const heard of [hers.heard, his.heard]) expect(bodies(heard)).toEqual(['from one', 'from two'])
    })

    test('everybody hears the same order, whatever is said at once on both', async () => {
      const { pair, anna, ben, conversationSid, hers, his } = await room()
      const { revision } = await anna.view(conversationSid)
      const sends = Array.from({ length: 40 }, (_, at) => [anna, ben].map((one) => one.send(conversationSid, `${at}`)))
      await Promise.all(sends.flat())
      await pair.until(() => [hers, his].every(({ heard }) => bodies(heard).length >= 80))
      await pair.look()
      const expected = Array.from({ length: 80 }, (_, at) => revision + at + 1)
      for (const { heard } of [hers, his]) expect(revisionsIn(heard, conversationSid)).toEqual(expected)
      expect(bodies(hers.heard)).toEqual(bodies(his.heard))
    })

    test('whoever is added elsewhere hears all that is said from then on', async () => {
      const { pair, anna, ben, conversationSid, his } = await room()
      const carl = await pair.two.user('carl')
      const heard = await carl.listen()
      const sends = Promise.all(Array.from({ length: 20 }, (_, at) => ben.send(conversationSid, `before or after ${at}`)))
      await anna.add(conversationSid, carl)
      const last = Promise.all(Array.from({ length: 20 }, (_, at) => anna.send(conversationSid, `after ${at}`)))
      await Promise.all([sends, last])
      await pair.until(() => bodies(his.heard).length === 40)
      await pair.until(() => revisionsIn(heard.heard, conversationSid).at(-1) === revisionsIn(his.heard, conversationSid).at(-1))
      const added = heard.heard.find((event) => event.type === 'membership.added')
      const from = added?.type === 'membership.added' ? added.conversation.revision : 0
      const now = (await anna.view(conversationSid)).revision
      const after = revisionsIn(heard.heard, conversationSid).filter((revision) => revision > from)
      expect(after).toEqual(Array.from({ length: now - from }, (_, at) => from + at + 1))
    })

    test('whoever is removed elsewhere hears nothing after their removal', async () => {
      const { pair, anna, conversationSid, his } = await room()
      await anna.send(conversationSid, 'for both')
      // The log of the conversation and that of the user have no order between them.
      await pair.until(() => bodies(his.heard).length === 1)
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
      await anna.send(conversationSid, 'for her alone')
      await pair.until(() => typesOf(his).includes('membership.removed'))
      await pair.look()
      expect(bodies(his.heard)).toEqual(['for both'])
      expect(await pair.two.core.conversationLog(his.person.actor, conversationSid, { after: 0, limit: 9 })).toBeUndefined()
    })

    test('whoever watches from outside hears what happens elsewhere, and that it ends', async () => {
      const { pair, anna, conversationSid, his } = await room()
      const admin = await pair.two.serviceAdmin()
      const watcher = await admin.listen()
      await pair.two.core.watch(admin.actor, { type: 'conversation.get', conversationSid }, watcher.attachment)
      await anna.send(conversationSid, 'seen')
      await pair.until(() => bodies(watcher.heard).length === 1)
      await anna.do({ type: 'conversation.delete', conversationSid })
      await pair.until(() => typesOf(watcher).includes('conversation.deleted'))
      await pair.until(() => typesOf(his).includes('membership.removed'))
    })

    test('a user who signs in on both is one user', async () => {
      const pair = await Pair.begin(open)
      const users = await Promise.all([pair.one, pair.two].map((world) => world.user('dora')))
      const found = await Promise.all(users.map((one: Person) => one.ask({ type: 'user.get', identity: 'dora' })))
      expect(found[0]).toEqual(found[1])
    })

    test('a key that comes to both at once is carried out once', async () => {
      const { anna, ben, conversationSid, pair } = await room()
      const other = await pair.two.user('anna')
      const sends = [anna, other, anna, other].map((one) => one.send(conversationSid, 'once', 'k'))
      expect(new Set((await Promise.all(sends)).map(({ index }) => index)).size).toBe(1)
      const creations = [anna, other].map((one) => one.do({ type: 'conversation.create', friendlyName: 'x', key: 'c' }))
      const [first, second] = await Promise.all(creations)
      expect(second).toEqual(first)
      expect(await ben.messages(conversationSid)).toHaveLength(1)
    })

    test('what one refused the other does not carry out later: what lay in its sockets is refused too', async () => {
      const { anna, ben, conversationSid, pair } = await room()
      const other = await pair.one.user('ben')
      const send = { type: 'message.send', conversationSid, body: 'late', attributes: '{}', key: 'k' } as const
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
      expect(await other.try(send, { isRepeated: true })).toMatchObject({ name: 'not-a-participant' })
      await anna.add(conversationSid, ben)
      await ben.do({ ...send, key: 'l' })
      expect(await ben.try(send)).toMatchObject({ name: 'not-a-participant' })
      expect(await anna.messages(conversationSid)).toHaveLength(1)
    })

    test('settings of which each changes another part at once keep both', async () => {
      const { one, two } = await Pair.begin(open)
      const unset = { newMessage: { withMedia: {} }, addedToConversation: {}, removedFromConversation: {} }
      const update = (world: CoreWorld, command: AnyCommand<AnyCommandType>) =>
        world.submit<AnyCommandType, object>({ about: {}, command: () => command })
      for (let round = 1; round <= 10; round++) {
        const [template, sound, url] = [`template ${round}`, `sound ${round}`, `https://${round}.example/`]
        const added = { ...unset, addedToConversation: { template } }
        await Promise.all([
          update(one, { type: 'serviceNotifications.update', notifications: added }),
          update(two, { type: 'serviceNotifications.update', notifications: { ...unset, newMessage: { sound, withMedia: {} } } }),
          update(one, { type: 'service.update', reachabilityEnabled: round % 2 === 1 }),
          update(two, { type: 'account.update', timers: {}, defaultMessagingServiceSid: sid('MG', round) }),
          update(one, { type: 'account.update', timers: { closed: 600_000 * round } }),
          ...(['account', 'service'] as const).flatMap((level) => [
            update(one, { type: 'webhooks.update', level, preUrl: url }),
            update(two, { type: 'webhooks.update', level, postUrl: url }),
          ]),
        ])
        const found = await one.store.read(async (reads) => ({
          service: await reads.service(one.serviceSid),
          account: await reads.account(sid('AC', 1)),
          webhooks: [await reads.webhook(sid('AC', 1)), await reads.webhook(one.serviceSid)],
        }))
        expect(found).toMatchObject({
          service: {
            reachabilityEnabled: round % 2 === 1,
            notifications: { newMessage: { sound }, addedToConversation: { template } },
          },
          account: { closed: 600_000 * round, defaultMessagingServiceSid: sid('MG', round) },
          webhooks: [
            { preUrl: url, postUrl: url },
            { preUrl: url, postUrl: url },
          ],
        })
      }
    })

    test('profiles that change elsewhere are told to those who follow them', async () => {
      const { pair, anna, ben } = await room()
      const recorder = await anna.listen()
      await pair.one.core.userSubscriptions(anna.actor, recorder.attachment).get({ type: 'user.get', identity: 'ben' })
      await ben.do({ type: 'user.update', friendlyName: 'Ben B.' })
      const names = () => recorder.heard.flatMap((event) => (event.type === 'profile.updated' ? [event.user.friendlyName] : []))
      await pair.until(() => names().includes('Ben B.'))
    })

    /** Anna on a node that tells nobody; Ben, who is with her in a conversation, on one that hears what the test tells it. */
    async function controlledRoom() {
      const { stores, buses } = await open()
      onTestFinished(async () => {
        for (const bus of buses) await bus?.close()
        for (const one of new Set(stores)) await one.close()
      })
      const store = new Controlled(stores[1])
      const one = await CoreWorld.on(stores[0], 1, { node: 1 })
      const two = await CoreWorld.on(store, 1, { node: 2 })
      const [anna, ben] = [await one.user('anna'), await two.user('ben')]
      const conversationSid = await anna.converse()
      await anna.add(conversationSid, ben)
      const tell = async (notice: Notice) => {
        store.notices.push([notice])
        await two.core.lookAtNodes()
      }
      const tellOfRoom = async () =>
        tell({ about: 'conversation', conversationSid, revision: (await anna.view(conversationSid)).revision })
      const tellOfBen = async () => {
        const { serviceSid, identity } = ben.actor
        const user = await one.store.read((reads) => reads.user({ serviceSid, identity }))
        await tell({ about: 'user', serviceSid, identity, revision: user?.revision ?? 0 })
      }
      return { one, two, store, anna, ben, conversationSid, his: await ben.listen(), tellOfRoom, tellOfBen }
    }

    describe('a node that has not read yet how somebody left, and knows already that they are back', () => {
      /** By Carl the node follows the conversation, of whose events it has heard nothing since. */
      async function begin(somebody: 'ben' | 'admin') {
        const room = await controlledRoom()
        const { two, anna, conversationSid, tellOfRoom } = room
        const [carl, admin] = [await two.user('carl'), await two.serviceAdmin()]
        await anna.add(conversationSid, carl, admin)
        const theirs = await carl.listen()
        await anna.do({ type: 'participant.remove', conversationSid, participant: somebody })
        const say = async () => {
          await anna.send(conversationSid, 'heard')
          await tellOfRoom()
          await expect.poll(() => bodies(theirs.heard)).toEqual(['heard'])
        }
        return { ...room, admin, say }
      }

      test('tells those of it who are told so while they listen', async () => {
        const { anna, ben, conversationSid, his, say, tellOfBen } = await begin('ben')
        await anna.add(conversationSid, ben)
        await tellOfBen()
        await expect.poll(() => typesOf(his)).toContain('membership.added')
        await say()
        expect(bodies(his.heard)).toEqual(['heard'])
      })

      test('tells those of it who begin to listen', async () => {
        const { two, anna, conversationSid, admin, say } = await begin('admin')
        await anna.add(conversationSid, admin)
        const heard = await (await two.user('admin')).listen()
        await say()
        expect(bodies(heard.heard)).toEqual(['heard'])
      })

      test('tells those of it who watch it from outside', async () => {
        const { two, conversationSid, admin, say } = await begin('admin')
        const watcher = await admin.listen()
        await two.core.watch(admin.actor, { type: 'conversation.get', conversationSid }, watcher.attachment)
        await say()
        expect(bodies(watcher.heard)).toEqual(['heard'])
      })

      test('lets nobody hear anything who left again', async () => {
        const { anna, ben, conversationSid, his, say, tellOfBen } = await begin('ben')
        await anna.add(conversationSid, ben)
        await tellOfBen()
        await expect.poll(() => typesOf(his)).toContain('membership.added')
        await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
        await say()
        expect(bodies(his.heard)).toEqual([])
      })
    })

    test('who is added elsewhere hears what was said at once, which their node heard of before it knew of them', async () => {
      const { anna, ben, conversationSid, his, tellOfRoom, tellOfBen } = await controlledRoom()
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
      await tellOfBen()
      await expect.poll(() => typesOf(his)).toContain('membership.removed')
      await anna.add(conversationSid, ben)
      await anna.send(conversationSid, 'at once')
      await tellOfRoom()
      await tellOfBen()
      await expect.poll(() => bodies(his.heard)).toEqual(['at once'])
    })

    test('who is back hears on, although their node was still reading how they had left', async () => {
      const { store, anna, ben, conversationSid, his, tellOfRoom, tellOfBen } = await controlledRoom()
      const [reads, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      store.answering = async (found) => {
        if (found !== 'log') return
        reads.resolve()
        await answer.promise
      }
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
      await tellOfRoom()
      await reads.promise
      store.answering = async () => {}
      await tellOfBen()
      await expect.poll(() => typesOf(his)).toContain('membership.removed')
      await anna.add(conversationSid, ben)
      await tellOfBen()
      await expect.poll(() => typesOf(his)).toContain('membership.added')
      answer.resolve()
      await anna.send(conversationSid, 'heard')
      await tellOfRoom()
      await expect.poll(() => bodies(his.heard)).toEqual(['heard'])
    })

    test('who comes hears what is said while their conversations are looked up', async () => {
      const { two, store, anna } = await controlledRoom()
      const carl = await two.user('carl')
      const [looksUp, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      // One that nobody there is in.
      const conversationSid = await anna.converse()
      await anna.add(conversationSid, carl)
      store.answering = () => {
        looksUp.resolve()
        return answer.promise
      }
      const listening = carl.listen()
      await looksUp.promise
      await anna.send(conversationSid, 'meanwhile')
      const { revision } = await anna.view(conversationSid)
      store.notices.push([{ about: 'conversation', conversationSid, revision }])
      await two.core.lookAtNodes()
      answer.resolve()
      const { heard } = await listening
      await expect.poll(() => bodies(heard)).toEqual(['meanwhile'])
    })

    test('a node reads of a log what others wrote, and not what it wrote itself', async () => {
      const { store, anna, ben, conversationSid, his } = await controlledRoom()
      for (const body of ['first', 'second']) await anna.send(conversationSid, body)
      await ben.send(conversationSid, 'third')
      await expect.poll(() => bodies(his.heard)).toEqual(['first', 'second', 'third'])
      expect(store.eventsRead).toEqual([2])
    })

    test('a node that could not look for too long hears all that it missed, as soon as it can', async () => {
      const { one, two, store, anna, ben, conversationSid, his } = await controlledRoom()
      await two.core.userSubscriptions(ben.actor, his.attachment).get({ type: 'user.get', identity: 'anna' })
      await anna.send(conversationSid, 'missed')
      await anna.do({ type: 'user.update', friendlyName: 'Anna A.' })
      await one.submit({ about: {}, command: () => ({ type: 'service.update', reachabilityEnabled: true }) })
      store.isAway = true
      store.notices.push(undefined)
      await expect(two.core.lookAtNodes()).rejects.toThrow()
      expect(his.heard).toEqual([])
      store.isAway = false
      await two.core.lookAtNodes()
      const names = () => his.heard.flatMap((event) => (event.type === 'profile.updated' ? [event.user.friendlyName] : []))
      await expect.poll(() => bodies(his.heard)).toEqual(['missed'])
      await expect.poll(names).toEqual(['Anna A.'])
      await expect.poll(() => typesOf(his)).toContain('reachability.updated')
    })
  })
}
