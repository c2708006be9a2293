import { describe, expect, onTestFinished, test } from 'vitest'
import type { Reads, Scope, Store, Tx } from '../ports/store.ts'
import type { ConversationRecord } from '../records/records.ts'
import type { OpenedStore } from './store-contract.ts'
import {
  conversationRecord,
  messageRecord,
  participantRecord,
  roleRecord,
  SERVICE,
  serviceRecord,
  tombstoneOf,
  userRecord,
} from './store-records.ts'

const failure = new Error('this work fails on purpose')

const scope = ({ sid }: ConversationRecord): Scope[] => [{ conversation: sid }]

/** Transactions: whole or not at all, one after another, read only when committed. */
export function storeTransactionContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }
  const room = conversationRecord(1, { uniqueName: 'team', friendlyName: 'Team' })
  const find = (reads: Reads, { sid }: ConversationRecord = room) => reads.conversation(SERVICE, sid)

  describe('transact', () => {
    test('keeps what the work wrote and returns what it returned', async () => {
      const store = await opened()
      const returned = await store.transact(scope(room), (tx) => {
        tx.saveConversation(room)
        return 'done'
      })
      expect(returned).toBe('done')
      expect(await store.read((reads) => find(reads))).toEqual(room)
    })

    test('lets a work read what it wrote itself', async () => {
      const store = await opened()
      const seen = await store.transact(scope(room), async (tx) => {
        writeEverything(tx, room)
        return everythingOf(tx, room)
      })
      expect(seen).toEqual(await store.read((reads) => everythingOf(reads, room)))
      expect(seen.message).toEqual(messageRecord(room, 0, { key: 'k0' }))
    })

    test('lets a work read what an earlier work of the same group wrote', async () => {
      const store = await opened()
      const first = store.transact(scope(room), (tx) => writeEverything(tx, room))
      const second = store.transact(scope(room), (tx) => everythingOf(tx, room))
      await first
      expect(await second).toEqual(await store.read((reads) => everythingOf(reads, room)))
    })

    test('runs the works of one scope one after another', async () => {
      const store = await opened()
      await store.transact(scope(room), (tx) => tx.saveConversation(room))
      const count = async (tx: Tx): Promise<number> => {
        const before = (await find(tx)) as ConversationRecord
        await tx.service(SERVICE)
        tx.saveConversation({ ...before, revision: before.revision + 1 })
        return before.revision
      }
      const seen = await Promise.all(Array.from({ length: 50 }, () => store.transact(scope(room), count)))
      expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at + 1))
      expect((await store.read((reads) => find(reads)))?.revision).toBe(51)
    })

    test('settles its promises in the order of the commits, also beyond the size of a group', async () => {
      const store = await opened()
      const settled: number[] = []
      const works = Array.from({ length: 3000 }, async (_, at) => {
        await store.transact([], () => at % 1000 === 500 && Promise.reject(failure)).catch(() => {})
        settled.push(at)
      })
      await Promise.all(works)
      expect(settled).toEqual(Array.from({ length: 3000 }, (_, at) => at))
    })

    test('tells the error of a work that throws, and goes on', async () => {
      const store = await opened()
      await expect(store.transact([], () => Promise.reject(failure))).rejects.toBe(failure)
      await expect(
        store.transact([], () => {
          throw failure
        }),
      ).rejects.toBe(failure)
      expect(await store.transact([], () => 1)).toBe(1)
      expect(await store.writable()).toBe(true)
    })

    test('keeps nothing of a work that throws', async () => {
      const store = await opened()
      const before = await store.read((reads) => everythingOf(reads, room))
      const work = store.transact(scope(room), (tx) => {
        writeEverything(tx, room)
        throw failure
      })
      await expect(work).rejects.toBe(failure)
      expect(await store.read((reads) => everythingOf(reads, room))).toEqual(before)
      await store.transact(scope(room), (tx) => writeEverything(tx, room))
      expect((await store.read((reads) => everythingOf(reads, room))).messages).toHaveLength(1)
    })

    test('puts back everything that a work changed or removed before it threw', async () => {
      const store = await opened()
      await store.transact(scope(room), (tx) => writeEverything(tx, room))
      const before = await store.read((reads) => everythingOf(reads, room))
      for (const change of [changeEverything, removeEverything]) {
        const work = store.transact(scope(room), async (tx) => {
          await change(tx, room)
          expect(await everythingOf(tx, room)).not.toEqual(before)
          throw failure
        })
        await expect(work).rejects.toBe(failure)
        expect(await store.read((reads) => everythingOf(reads, room))).toEqual(before)
        expect(await store.transact([], (tx) => everythingOf(tx, room))).toEqual(before)
      }
    })

    test('lets the neighbours of a work that throws succeed, each with what it should see', async () => {
      const store = await opened()
      await store.transact(scope(room), (tx) => tx.saveConversation(room))
      const rename = (friendlyName: string, fails: boolean) =>
        store.transact(scope(room), async (tx) => {
          const before = (await find(tx)) as ConversationRecord
          tx.saveConversation({ ...before, friendlyName, revision: before.revision + 1 })
          tx.saveUser(userRecord(friendlyName))
          if (fails) throw failure
          return before.friendlyName
        })
      const madeByWhatFailed = async (tx: Tx) => (await tx.user({ serviceSid: SERVICE, identity: 'four' }))?.identity
      const works = [
        rename('one', false),
        rename('two', true),
        rename('three', false),
        rename('four', true),
        store.transact(scope(room), madeByWhatFailed),
      ]
      expect(await Promise.allSettled(works)).toEqual([
        { status: 'fulfilled', value: 'Team' },
        { status: 'rejected', reason: failure },
        { status: 'fulfilled', value: 'one' },
        { status: 'rejected', reason: failure },
        { status: 'fulfilled', value: undefined },
      ])
      expect(await store.read((reads) => find(reads))).toEqual({ ...room, friendlyName: 'three', revision: 3 })
      const users = await store.read(async (reads) => [
        await reads.user({ serviceSid: SERVICE, identity: 'one' }),
        await reads.user({ serviceSid: SERVICE, identity: 'two' }),
        await reads.user({ serviceSid: SERVICE, identity: 'three' }),
      ])
      expect(users.map((user) => user?.identity)).toEqual(['one', undefined, 'three'])
    })
  })

  describe('read', () => {
    test('sees nothing of a work before it is committed', async () => {
      const store = await opened()
      const other = conversationRecord(2)
      const reads: Promise<readonly unknown[]>[] = []
      const begin = () => reads.push(store.read(async (from) => [await find(from, room), await find(from, other)]))
      begin()
      await store.transact(scope(room), async (tx) => {
        begin()
        tx.saveConversation(room)
        begin()
        await tx.service(SERVICE)
        tx.saveConversation(other)
        begin()
      })
      begin()
      const seen = await Promise.all(reads)
      expect(seen[0]).toEqual([undefined, undefined])
      expect(seen.at(-1)).toEqual([room, other])
      for (const [one, two] of seen) expect(one === undefined).toBe(two === undefined)
    })

    test('sees nothing of a work that throws, at no moment', async () => {
      const store = await opened()
      await store.transact(scope(room), (tx) => tx.saveConversation(room))
      const changed = { ...room, friendlyName: 'never', uniqueName: 'never' }
      const reads: Promise<unknown>[] = []
      const begin = () => {
        reads.push(store.read((from) => find(from)))
        reads.push(store.read((from) => from.conversationByName(SERVICE, 'team')))
      }
      const work = store.transact(scope(room), async (tx) => {
        tx.saveConversation(changed)
        begin()
        await find(tx)
        begin()
        throw failure
      })
      await expect(work).rejects.toBe(failure)
      begin()
      for (const seen of await Promise.all(reads)) expect(seen).toEqual(room)
    })

    test('sees one state from its beginning to its end', async () => {
      const store = await opened()
      await store.transact(scope(room), (tx) => tx.saveConversation(room))
      const bump = async (tx: Tx) => {
        const before = (await find(tx)) as ConversationRecord
        tx.saveConversation({ ...before, revision: before.revision + 1 })
      }
      const look = async (reads: Reads) => {
        const seen = new Set<number | undefined>()
        for (let turn = 0; turn < 20; turn++) seen.add((await find(reads))?.revision)
        return seen.size
      }
      const sizes: Promise<number>[] = []
      for (let turn = 0; turn < 20; turn++) {
        const written = store.transact(scope(room), bump)
        sizes.push(store.read(look))
        await written
      }
      expect(new Set(await Promise.all(sizes))).toEqual(new Set([1]))
    })

    test('sees what was committed before it began', async () => {
      const store = await opened()
      for (let turn = 1; turn <= 20; turn++) {
        await store.transact(scope(room), (tx) => tx.saveConversation({ ...room, revision: turn }))
        expect((await store.read((reads) => find(reads)))?.revision).toBe(turn)
      }
    })

    test('tells the error of a work that throws, and goes on', async () => {
      const store = await opened()
      await expect(store.read(() => Promise.reject(failure))).rejects.toBe(failure)
      expect(await store.read(() => 1)).toBe(1)
    })
  })

  test('finishes what was begun before it closes', async () => {
    const { store } = await open()
    const works = Array.from({ length: 10 }, (_, at) => store.transact([], () => at))
    await store.close()
    expect(await Promise.all(works)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
}

const person = { serviceSid: SERVICE, identity: 'anna' }

function writeEverything(tx: Tx, room: ConversationRecord): void {
  const { sid: conversationSid } = room
  tx.saveService(serviceRecord())
  tx.saveRole(roleRecord(2))
  tx.saveUser(userRecord('anna'))
  tx.saveConversation(room)
  tx.saveParticipant(participantRecord(room, 1))
  tx.addMessage(messageRecord(room, 0, { key: 'k0' }))
  tx.logConversationEvent({ type: 'participant.left', conversationSid, revision: 1, participantSid: 'MB9', identity: 'ben' })
  tx.logUserEvent(SERVICE, { type: 'membership.removed', identity: 'anna', revision: 1, conversationSid, reason: 'left' })
  tx.keepAnswer('owner', 'key', { fingerprint: 'print', answer: '{}', dateCreated: 1 })
}

function changeEverything(tx: Tx, room: ConversationRecord): void {
  tx.saveService({ ...serviceRecord(), friendlyName: 'changed' })
  tx.saveRole(roleRecord(2, { permissions: [] }))
  tx.saveRole(roleRecord(3))
  tx.saveUser(userRecord('anna', { friendlyName: 'Anna', revision: 2 }))
  tx.saveUser(userRecord('ben'))
  tx.saveConversation({ ...room, uniqueName: 'changed', revision: 3, nextIndex: 2 })
  tx.saveConversation(conversationRecord(2, { uniqueName: 'team' }))
  tx.saveParticipant(participantRecord(room, 1, { lastReadMessageIndex: 0 }))
  tx.saveParticipant(participantRecord(room, 2, { identity: 'ben' }))
  tx.saveMessage(messageRecord(room, 0, { key: 'k0', body: 'changed' }))
  tx.addMessage(messageRecord(room, 1, { key: 'k1' }))
  tx.keepAnswer('owner', 'other key', { fingerprint: 'print', answer: '{}', dateCreated: 1 })
}

async function removeEverything(tx: Tx, room: ConversationRecord): Promise<void> {
  tx.saveMessage(tombstoneOf(messageRecord(room, 0, { key: 'k0' })))
  tx.removeParticipant(participantRecord(room, 1))
  tx.removeConversation(room)
}

/** All that can be read about a conversation and whoever is in it. */
async function everythingOf(reads: Reads, room: ConversationRecord) {
  const { sid: conversationSid } = room
  const user = await reads.user(person)
  const found = await reads.conversation(SERVICE, conversationSid)
  return {
    service: await reads.service(SERVICE),
    roles: await reads.roles(SERVICE),
    user,
    ben: await reads.user({ ...person, identity: 'ben' }),
    conversation: found,
    named: await reads.conversationByName(SERVICE, 'team'),
    renamed: await reads.conversationByName(SERVICE, 'changed'),
    participant: await reads.participantOf(conversationSid, 'anna'),
    participants: await reads.participants(conversationSid, undefined, 10),
    message: await reads.message(conversationSid, 0),
    messages: await reads.messages(conversationSid, { from: 0, direction: 'forward', limit: 10 }),
    first: await reads.messageByKey(conversationSid, 'anna', 'k0'),
    second: await reads.messageByKey(conversationSid, 'anna', 'k1'),
    tombstones: found && (await reads.tombstonesAbove(conversationSid, -1)),
    memberships: await reads.memberships(person, undefined, 10),
    membershipsOfBen: await reads.membershipSids({ ...person, identity: 'ben' }),
    membershipSids: await reads.membershipSids(person),
    events: found && (await reads.conversationEvents({ ...found, revision: 2 }, 0, 10)),
    userEvents: user && (await reads.userEvents({ ...user, revision: 1 }, 0, 10)),
    answer: await reads.answer('owner', 'key'),
    otherAnswer: await reads.answer('owner', 'other key'),
  }
}
