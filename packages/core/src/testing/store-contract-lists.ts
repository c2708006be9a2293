import type { ListCursor } from '@conversa/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { MessageRange, Reads, Store } from '../ports/store.ts'
import type { ConversationRecord, MessageRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import { conversationRecord, messageRecord, participantRecord, SERVICE, tombstoneOf, userRecord } from './store-records.ts'

const anna = { serviceSid: SERVICE, identity: 'anna' }

/** Lists: their order, their pages and their ends. */
export function storeListContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }

  test('participants come in the order of their SIDs, after any of them', async () => {
    const store = await opened()
    const [room, other] = [conversationRecord(1), conversationRecord(2)]
    const numbers = [5, 3, 0xff, 1, 4]
    await store.transact([], (tx) => {
      tx.saveConversation(room)
      tx.saveConversation(other)
      for (const number of numbers) {
        tx.saveUser(userRecord(`u${number}`))
        tx.saveParticipant(participantRecord(room, number, { identity: `u${number}` }))
      }
      tx.saveParticipant(participantRecord(other, 2, { identity: 'u5' }))
    })
    const page = async (after: number | undefined, limit: number) => {
      const cursor = after === undefined ? undefined : sid('MB', after)
      const rows = await store.read((reads) => reads.participants(room.sid, cursor, limit))
      return rows.map((row) => Number.parseInt(row.sid.slice(2), 16))
    }
    expect(await page(undefined, 9)).toEqual([1, 3, 4, 5, 0xff])
    expect(await page(undefined, 2)).toEqual([1, 3])
    expect(await page(3, 2)).toEqual([4, 5])
    expect(await page(2, 9)).toEqual([3, 4, 5, 0xff])
    expect(await page(0xff, 9)).toEqual([])
  })

  describe('messages', () => {
    /** 0 to 9, of which 2, 3, 7 and 9 are tombstones; beside it a conversation with others. */
    const written = async () => {
      const store = await opened()
      const [room, other] = [conversationRecord(1), conversationRecord(2)]
      await store.transact([], (tx) => {
        tx.saveConversation(room)
        tx.saveConversation(other)
        for (let index = 0; index < 10; index++) {
          tx.addMessage(messageRecord(room, index))
          tx.addMessage(messageRecord(other, index))
        }
      })
      await store.transact([], (tx) => {
        for (const index of [2, 3, 7, 9]) tx.saveMessage(tombstoneOf(messageRecord(room, index)))
        tx.saveMessage(tombstoneOf(messageRecord(other, 5)))
      })
      return { store, room }
    }
    const FAR = Number.MAX_SAFE_INTEGER

    test.each<{ range: MessageRange; indexes: number[] }>([
      { range: { from: 0, direction: 'forward', limit: 3 }, indexes: [0, 1, 4] },
      { range: { from: 0, direction: 'forward', limit: 100 }, indexes: [0, 1, 4, 5, 6, 8] },
      { range: { from: 4, direction: 'forward', limit: 2 }, indexes: [4, 5] },
      { range: { from: 2, direction: 'forward', limit: 2 }, indexes: [4, 5] },
      { range: { from: 9, direction: 'forward', limit: 2 }, indexes: [] },
      { range: { from: FAR, direction: 'forward', limit: 2 }, indexes: [] },
      { range: { from: FAR, direction: 'backwards', limit: 3 }, indexes: [8, 6, 5] },
      { range: { from: FAR, direction: 'backwards', limit: 100 }, indexes: [8, 6, 5, 4, 1, 0] },
      { range: { from: 6, direction: 'backwards', limit: 2 }, indexes: [6, 5] },
      { range: { from: 3, direction: 'backwards', limit: 2 }, indexes: [1, 0] },
      { range: { from: 0, direction: 'backwards', limit: 2 }, indexes: [0] },
      { range: { from: 8, direction: 'backwards', limit: 1 }, indexes: [8] },
    ])('$range.direction from $range.from, $range.limit at most: $indexes', async ({ range, indexes }) => {
      const { store, room } = await written()
      const rows = await store.read((reads) => reads.messages(room.sid, range))
      expect(rows.map(({ index }) => index)).toEqual(indexes)
      expect(rows).toEqual(indexes.map((index) => messageRecord(room, index)))
    })

    test('a tombstone is found by its index', async () => {
      const { store, room } = await written()
      const find = (index: number) => store.read((reads) => reads.message(room.sid, index))
      expect(await find(7)).toEqual(tombstoneOf(messageRecord(room, 7)))
      expect(await find(8)).toEqual(messageRecord(room, 8))
    })

    test.each([
      [-1, 4],
      [1, 4],
      [2, 3],
      [3, 2],
      [6, 2],
      [7, 1],
      [8, 1],
      [9, 0],
      [100, 0],
    ])('above %i there are %i tombstones', async (index, count) => {
      const { store, room } = await written()
      expect(await store.read((reads) => reads.tombstonesAbove(room.sid, index))).toBe(count)
    })
  })

  describe('memberships', () => {
    /** Activities by the number of the conversation; three of them share one. */
    const activities = [30, 10, 20, 20, 20, 40]
    const rooms = activities.map((activity, number) => conversationRecord(number, { activity }))
    /** Newest activity first, and within one activity the later SID. */
    const sorted = [5, 0, 4, 3, 2, 1]

    const joined = async () => {
      const store = await opened()
      await store.transact([], (tx) => {
        tx.saveUser(userRecord('anna'))
        tx.saveUser(userRecord('ben'))
        for (const room of rooms) {
          tx.saveConversation(room)
          tx.saveParticipant(participantRecord(room, 1))
        }
        tx.saveConversation(conversationRecord(9, { activity: 25 }))
        tx.saveParticipant(participantRecord(conversationRecord(9), 2, { identity: 'ben' }))
      })
      return store
    }
    const cursorOf = (room: ConversationRecord): ListCursor => ({ activity: room.activity, conversationSid: room.sid })
    const page = async (store: Store, after: ListCursor | undefined, limit: number) => {
      const rows = await store.read((reads) => reads.memberships(anna, after, limit))
      for (const { conversation, participant } of rows) expect(participant).toEqual(participantRecord(conversation, 1))
      return rows.map(({ conversation }) => Number.parseInt(conversation.sid.slice(2), 16))
    }

    test('come newest activity first', async () => {
      expect(await page(await joined(), undefined, 9)).toEqual(sorted)
    })

    test.each([1, 2, 3, 4, 5, 6])('come in pages of %i without a gap or a double', async (limit) => {
      const store = await joined()
      const seen: number[] = []
      for (let after: ListCursor | undefined; ; ) {
        const numbers = await page(store, after, limit)
        if (numbers.length === 0) break
        seen.push(...numbers)
        after = cursorOf(rooms[numbers.at(-1)!]!)
      }
      expect(seen).toEqual(sorted)
    })

    test('go on from a place whose conversation has moved away', async () => {
      const store = await joined()
      const place = cursorOf(rooms[4]!)
      await store.transact([], (tx) => tx.saveConversation({ ...rooms[4]!, activity: 50 }))
      expect(await page(store, place, 9)).toEqual([3, 2, 1])
      expect(await page(store, undefined, 2)).toEqual([4, 5])
    })

    test('follow what changes within a group', async () => {
      const store = await joined()
      const moved = { ...rooms[1]!, activity: 99, revision: 2 }
      const seen = await store.transact([], async (tx) => {
        tx.saveConversation(moved)
        tx.removeParticipant(participantRecord(rooms[0]!, 1))
        return tx.memberships(anna, undefined, 3)
      })
      expect(seen.map(({ conversation }) => conversation)).toEqual([moved, rooms[5], rooms[4]])
      expect(await page(store, undefined, 9)).toEqual([1, 5, 4, 3, 2])
    })

    test('are known by SID', async () => {
      const store = await joined()
      const sids = () => store.read(async (reads) => [...(await reads.membershipSids(anna))].sort())
      expect(await sids()).toEqual(rooms.map((room) => room.sid))
      await store.transact([], (tx) => tx.removeConversation(rooms[3]!))
      await store.transact([], (tx) => tx.removeParticipant(participantRecord(rooms[0]!, 1)))
      expect(await sids()).toEqual([1, 2, 4, 5].map((number) => rooms[number]!.sid))
    })

    test('are known with the revisions that they are at, also within a group', async () => {
      const store = await joined()
      const revisions = async (reads: Reads) => {
        const known = [...(await reads.membershipRevisions(anna))]
        return known.sort((a, b) => (a.conversationSid < b.conversationSid ? -1 : 1))
      }
      const expected = rooms.map(({ sid, revision }) => ({ conversationSid: sid, revision }))
      expect(await store.read(revisions)).toEqual(expected)
      const raised = { conversationSid: rooms[2]!.sid, revision: rooms[2]!.revision + 5 }
      const now = [...expected.slice(0, 2), raised, ...expected.slice(4)]
      const seen = await store.transact([], (tx) => {
        tx.saveConversation({ ...rooms[2]!, revision: raised.revision })
        tx.removeParticipant(participantRecord(rooms[3]!, 1))
        return revisions(tx)
      })
      expect(seen).toEqual(now)
      expect(await store.read(revisions)).toEqual(now)
      expect(await store.read((reads) => reads.membershipRevisions({ ...anna, identity: 'nobody' }))).toEqual([])
    })
  })

  test('a conversation keeps its last changes when many others pass by in the same group', async () => {
    const store = await opened()
    const room = conversationRecord(0)
    await store.transact([], (tx) => tx.saveConversation(room))
    const changed: ConversationRecord = { ...room, revision: 2, nextIndex: 1, messagesCount: 1 }
    const message: MessageRecord = messageRecord(room, 0, { revision: 2 })
    const first = store.transact([], (tx) => {
      tx.addMessage(message)
      tx.saveConversation(changed)
    })
    // More than a store keeps in memory.
    const passing = store.transact([], (tx) => {
      for (let number = 1; number <= 21_000; number++) tx.saveConversation(conversationRecord(number))
    })
    const seen = store.transact([], (tx) => tx.conversation(SERVICE, room.sid))
    await Promise.all([first, passing])
    expect(await seen).toEqual(changed)
    expect(await store.read((reads) => reads.conversation(SERVICE, room.sid))).toEqual(changed)
  })
}
