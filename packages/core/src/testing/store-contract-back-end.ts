import { describe, expect, onTestFinished, test } from 'vitest'
import type { ConversationRange, Store, Tx } from '../ports/store.ts'
import type { ConversationRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import {
  conversationRecord,
  OTHER_SERVICE,
  participantRecord,
  roleRecord,
  SERVICE,
  serviceRecord,
  userRecord,
} from './store-records.ts'

/** What only back ends read and remove: lists of a whole service, holders of roles, users and services that go, answers that expire. */
export function storeBackEndContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }
  const write = (store: Store, work: (tx: Tx) => void) => store.transact([], work)

  describe('for back ends', () => {
    test('conversations of a service come newest first, by any filter and from any place', async () => {
      const store = await opened()
      const rows = [
        conversationRecord(1, { dateCreated: 30 }),
        conversationRecord(2, { dateCreated: 10, state: 'closed' }),
        conversationRecord(3, { dateCreated: 20 }),
        conversationRecord(4, { dateCreated: 20, state: 'inactive' }),
        conversationRecord(5, { dateCreated: 25, serviceSid: OTHER_SERVICE }),
      ]
      await write(store, (tx) => rows.map((row) => tx.saveConversation(row)))
      const listed = (range: Partial<ConversationRange>) =>
        store.read(async (reads) =>
          (await reads.conversations(SERVICE, { limit: 9, ...range })).map((row) => Number.parseInt(row.sid.slice(2), 16)),
        )
      expect(await listed({})).toEqual([1, 4, 3, 2])
      expect(await listed({ limit: 2 })).toEqual([1, 4])
      expect(await listed({ after: { dateCreated: 20, sid: sid('CH', 4) } })).toEqual([3, 2])
      expect(await listed({ from: 20, to: 20 })).toEqual([4, 3])
      expect(await listed({ from: 11 })).toEqual([1, 4, 3])
      expect(await listed({ state: 'active' })).toEqual([1, 3])
      expect(await listed({ state: 'inactive', to: 19 })).toEqual([])
    })

    test('conversations of all services are due by their timers, the one that waits longest first', async () => {
      const store = await opened()
      const timers = { inactive: 60, closed: null, since: 100 }
      const rows = [
        conversationRecord(1, { timers: { ...timers, since: 140 } }),
        conversationRecord(2, { timers, serviceSid: OTHER_SERVICE }),
        conversationRecord(3, { timers: { inactive: 20, closed: 100, since: 100 }, state: 'inactive' }),
        conversationRecord(4, { timers: { ...timers, closed: 10 } }),
        conversationRecord(5, { timers, state: 'inactive' }),
        conversationRecord(6, { timers: { ...timers, closed: 10 }, state: 'closed' }),
        conversationRecord(7),
      ]
      await write(store, (tx) => rows.map((row) => tx.saveConversation(row)))
      const due = (by: number, limit = 9) => store.read(async (reads) => await reads.conversationsDue(by, limit))
      expect(await due(109)).toEqual([])
      expect(await due(110)).toEqual([rows[3]])
      expect(await due(1000)).toEqual([rows[3], rows[1], rows[0], rows[2]])
      expect(await due(1000, 2)).toEqual([rows[3], rows[1]])
      const later = { ...(rows[3] as ConversationRecord), timers: { ...timers, since: 9000 } }
      const within = await store.transact([], (tx) => {
        tx.saveConversation(later)
        return tx.conversationsDue(1000, 1)
      })
      expect(within).toEqual([rows[1]])
      expect(await due(9999)).toEqual([rows[1], rows[0], rows[2], later])
    })

    test('a transaction sees in a list what it wrote', async () => {
      const store = await opened()
      const room = conversationRecord(1)
      await write(store, (tx) => tx.saveConversation(room))
      const seen = await store.transact([], (tx) => {
        tx.saveConversation({ ...room, state: 'closed', dateCreated: 5 })
        return tx.conversations(SERVICE, { state: 'closed', limit: 9 })
      })
      expect(seen).toMatchObject([{ state: 'closed', dateCreated: 5 }])
    })

    test('users and services come in the order of their SIDs, each tenant’s and each account’s own', async () => {
      const store = await opened()
      const users = ['c', 'a', 'b'].map((identity, at) => userRecord(identity, { sid: sid('US', at + 1) }))
      const foreign = userRecord('a', { serviceSid: OTHER_SERVICE, sid: sid('US', 9) })
      await write(store, (tx) => {
        for (const user of [...users, foreign]) tx.saveUser(user)
        tx.saveService(serviceRecord())
        tx.saveService({ ...serviceRecord(OTHER_SERVICE), accountSid: sid('AC', 2) })
        tx.saveService(serviceRecord(sid('IS', 3)))
      })
      await store.read(async (reads) => {
        expect(await reads.users(SERVICE, undefined, 2)).toEqual(users.slice(0, 2))
        expect(await reads.users(SERVICE, sid('US', 2), 9)).toEqual(users.slice(2))
        expect(await reads.userBySid(SERVICE, sid('US', 2))).toEqual(users[1])
        expect(await reads.userBySid(SERVICE, foreign.sid)).toBeUndefined()
        expect([await reads.hasUser(foreign.sid), await reads.hasUser(sid('US', 8))]).toEqual([true, false])
        expect((await reads.services(sid('AC', 1), undefined, 9)).map((one) => one.sid)).toEqual([SERVICE, sid('IS', 3)])
        expect(await reads.services(sid('AC', 1), SERVICE, 9)).toHaveLength(1)
      })
    })

    test('what an account has set is kept, in place of what it had set before', async () => {
      const store = await opened()
      const account = {
        sid: sid('AC', 1),
        defaultServiceSid: SERVICE,
        inactive: 60_000,
        closed: null,
        defaultMessagingServiceSid: null,
      }
      const kept = () => store.read(async (reads) => [await reads.account(account.sid), await reads.account(sid('AC', 2))])
      expect(await kept()).toEqual([undefined, undefined])
      await write(store, (tx) => tx.saveAccount(account))
      expect(await kept()).toEqual([account, undefined])
      const later = { ...account, defaultServiceSid: null, closed: 600_000, defaultMessagingServiceSid: `MG${'a'.repeat(32)}` }
      await write(store, (tx) => tx.saveAccount(later))
      expect(await kept()).toEqual([later, undefined])
    })

    test('memberships come in the order of the conversations’ SIDs, whatever is said in them', async () => {
      const store = await opened()
      const rooms = [1, 2, 3].map((number) => conversationRecord(number, { activity: 100 - number }))
      await write(store, (tx) => {
        tx.saveUser(userRecord('anna'))
        for (const [at, room] of rooms.entries()) {
          tx.saveConversation(room)
          tx.saveParticipant(participantRecord(room, at + 1))
        }
      })
      const anna = { serviceSid: SERVICE, identity: 'anna' }
      await store.read(async (reads) => {
        const all = await reads.membershipsBySid(anna, undefined, 9)
        expect(all.map(({ conversation }) => conversation)).toEqual(rooms)
        expect(all.map(({ participant }) => participant.sid)).toEqual([1, 2, 3].map((number) => sid('MB', number)))
        expect(await reads.membershipsBySid(anna, sid('CH', 1), 1)).toEqual(all.slice(1, 2))
        expect(await reads.membershipsBySid({ ...anna, identity: 'ben' }, undefined, 9)).toEqual([])
        expect(await reads.membershipsBefore(anna, undefined, 9)).toEqual(all.toReversed())
        expect(await reads.membershipsBefore(anna, sid('CH', 3), 1)).toEqual(all.slice(1, 2))
        expect(await reads.membershipsBefore(anna, sid('CH', 1), 9)).toEqual([])
        expect(await reads.membershipsBefore({ ...anna, identity: 'ben' }, undefined, 9)).toEqual([])
      })
    })

    test('participations of an address come in the order of the conversations and the participants', async () => {
      const store = await opened()
      const rooms = [1, 2, 3].map((number) => conversationRecord(number, { state: number === 1 ? 'closed' : 'active' }))
      const foreign = conversationRecord(4, { serviceSid: OTHER_SERVICE })
      const bound = (room: ConversationRecord, number: number, proxyAddress = 'proxy', address = 'here') =>
        participantRecord(room, number, { identity: null, binding: { address, proxyAddress, name: null, level: null } })
      const [first, second, third] = rooms as [ConversationRecord, ConversationRecord, ConversationRecord]
      const there = [bound(first, 5), bound(second, 3), bound(second, 4, 'another')]
      const elsewhere = [bound(foreign, 1), bound(third, 2, 'proxy', 'there')]
      await write(store, (tx) => {
        for (const room of [...rooms, foreign]) tx.saveConversation(room)
        for (const participant of [...there, ...elsewhere]) tx.saveParticipant(participant)
      })
      await store.read(async (reads) => {
        const all = await reads.participationsAt(SERVICE, 'here', undefined, 9)
        expect(all.map(({ participant }) => participant)).toEqual(there)
        expect(all.map(({ conversation }) => conversation)).toEqual([first, second, second])
        const after = { conversationSid: second.sid, participantSid: sid('MB', 3) }
        expect(await reads.participationsAt(SERVICE, 'here', after, 9)).toEqual(all.slice(2))
        expect(await reads.participationsAt(SERVICE, 'here', undefined, 2)).toEqual(all.slice(0, 2))
        expect(await reads.participantAt(second.sid, 'here')).toEqual(there[1])
        expect(await reads.participantAt(second.sid, 'here', 'another')).toEqual(there[2])
        expect(await reads.participantAt(second.sid, 'there')).toBeUndefined()
        expect(await reads.participantAt(third.sid, 'there', 'another')).toBeUndefined()
      })
    })

    test('a role is held by users and by participants', async () => {
      const store = await opened()
      const room = conversationRecord(1)
      await write(store, (tx) => {
        tx.saveUser(userRecord('anna', { roleSid: sid('RL', 1) }))
        tx.saveConversation(room)
        tx.saveParticipant(participantRecord(room, 1, { roleSid: sid('RL', 2) }))
      })
      const held = await store.read(async (reads) => {
        const numbers = [1, 2, 3]
        return Promise.all(numbers.map(async (number) => reads.isRoleHeld(SERVICE, sid('RL', number))))
      })
      expect(held).toEqual([true, true, false])
    })

    test('a removed role and a removed service are gone', async () => {
      const store = await opened()
      await write(store, (tx) => {
        tx.saveService(serviceRecord())
        for (const number of [1, 2]) tx.saveRole(roleRecord(number))
      })
      await store.read((reads) => reads.roles(SERVICE))
      await write(store, (tx) => tx.removeRole(roleRecord(1)))
      expect([...(await store.read((reads) => reads.roles(SERVICE))).keys()]).toEqual([sid('RL', 2)])
      await write(store, (tx) => tx.removeService(serviceRecord()))
      expect(await store.read((reads) => reads.roles(SERVICE))).toEqual(new Map())
      expect(await store.read((reads) => reads.service(SERVICE))).toBeUndefined()
    })

    test('a removed user is gone with their log, and leaves their revision to the next of that name', async () => {
      const store = await opened()
      const [anna, key] = [userRecord('anna', { revision: 7 }), { serviceSid: SERVICE, identity: 'anna' }]
      await write(store, (tx) => {
        tx.saveUser(anna)
        tx.logUserEvent(SERVICE, { type: 'user.updated', identity: 'anna', revision: 7, changes: {}, dateUpdated: 1 })
      })
      expect(await store.read((reads) => reads.departedRevision(key))).toBe(0)
      await write(store, (tx) => tx.removeUser({ ...anna, revision: 8 }))
      const next = userRecord('anna', { sid: sid('US', 77), revision: 9 })
      await store.read(async (reads) => {
        expect(await reads.user(key)).toBeUndefined()
        expect(await reads.userBySid(SERVICE, anna.sid)).toBeUndefined()
        expect(await reads.departedRevision(key)).toBe(8)
      })
      await write(store, (tx) => {
        tx.saveUser(next)
        tx.logUserEvent(SERVICE, { type: 'user.updated', identity: 'anna', revision: 9, changes: {}, dateUpdated: 1 })
      })
      await store.read(async (reads) => {
        expect(await reads.userEvents(next, 6, 9)).toBeUndefined()
        expect(await reads.userEvents(next, 8, 9)).toHaveLength(1)
      })
    })

    test('what was removed is there again when the transaction fails', async () => {
      const store = await opened()
      await write(store, (tx) => {
        tx.saveService(serviceRecord())
        tx.saveRole(roleRecord(1))
        tx.saveUser(userRecord('anna'))
      })
      const failing = store.transact([], (tx) => {
        tx.removeUser(userRecord('anna'))
        tx.removeService(serviceRecord())
        throw new Error('of the test')
      })
      await expect(failing).rejects.toThrow('of the test')
      await store.read(async (reads) => {
        expect(await reads.user({ serviceSid: SERVICE, identity: 'anna' })).toEqual(userRecord('anna'))
        expect(await reads.service(SERVICE)).toEqual(serviceRecord())
        expect((await reads.roles(SERVICE)).size).toBe(1)
        expect(await reads.departedRevision({ serviceSid: SERVICE, identity: 'anna' })).toBe(0)
      })
    })

    test('an answer is kept in place of an older one, and forgotten when it has expired', async () => {
      const store = await opened()
      const kept = { fingerprint: 'f', answer: '{}', dateCreated: 1 }
      await write(store, (tx) => {
        tx.keepAnswer('o', 'for ever', kept)
        for (const number of [1, 2, 3]) tx.keepAnswer('o', `until ${number}`, { ...kept, expires: number })
        tx.keepAnswer('o', 'until 3', { ...kept, answer: '[]', expires: 30 })
        tx.forgetAnswers(2, 1)
      })
      const there = () =>
        store.read(async (reads) => {
          const keys = ['for ever', 'until 1', 'until 2', 'until 3']
          return Promise.all(
            keys.map(async (key) => (await reads.answer('o', key))?.expires ?? (await reads.answer('o', key))?.answer),
          )
        })
      expect(await there()).toEqual(['{}', undefined, 2, 30])
      await write(store, (tx) => tx.forgetAnswers(29, 9))
      expect(await there()).toEqual(['{}', undefined, undefined, 30])
    })
  })
}
