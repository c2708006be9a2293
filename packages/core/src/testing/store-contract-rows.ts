import { describe, expect, onTestFinished, test } from 'vitest'
import { SILENT } from '../commands/service-notifications.ts'
import type { Reads, Store, Tx } from '../ports/store.ts'
import type { ConversationRecord, ReceiptRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import {
  conversationRecord,
  messageRecord,
  OTHER_SERVICE,
  participantRecord,
  roleRecord,
  Scribe,
  SERVICE,
  serviceRecord,
  tombstoneOf,
  userRecord,
} from './store-records.ts'

/** JSON texts whose bytes matter. */
const ODD = '{ "a" :\t1e2,"__proto__":{"x":1}, "é":"\\u00e9 😀", "n":"\\u0000" }'
const FAR = Number.MAX_SAFE_INTEGER

/** Rows: kept as they are, unique where they must be, gone when they are removed, and apart from other tenants. */
export function storeRowsContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }
  const write = (store: Store, work: (tx: Tx) => unknown) => store.transact([], work)
  const read = <T>(store: Store, work: (reads: Reads) => T | Promise<T>) => store.read(work)

  describe('rows', () => {
    const room = conversationRecord(1, { participantsCount: 2, nextIndex: 9 })

    test.each([
      ['small', serviceRecord()],
      ['unreachable', { ...serviceRecord(), reachabilityEnabled: false, friendlyName: '' }],
      [
        'that pushes',
        {
          ...serviceRecord(),
          notifications: {
            ...SILENT,
            logEnabled: true,
            newMessage: { ...SILENT.newMessage, template: 'a "b" 😀', withMedia: { enabled: true, template: '' } },
          },
        },
      ],
    ])('a service comes back as it was saved: %s', async (_, service) => {
      const store = await opened()
      expect(await read(store, (reads) => reads.service(SERVICE))).toBeUndefined()
      await write(store, (tx) => tx.saveService(service))
      expect(await read(store, (reads) => reads.service(SERVICE))).toEqual(service)
    })

    test('roles come back as they were saved, by SID', async () => {
      const store = await opened()
      expect(await read(store, (reads) => reads.roles(SERVICE))).toEqual(new Map())
      const roles = [roleRecord(1), roleRecord(2, { type: 'service', permissions: [] })]
      await write(store, (tx) => roles.map((role) => tx.saveRole(role)))
      expect(await read(store, (reads) => reads.roles(SERVICE))).toEqual(new Map(roles.map((role) => [role.sid, role])))
      const changed = roleRecord(1, { permissions: ['deleteAnyMessage'] })
      await write(store, (tx) => tx.saveRole(changed))
      expect((await read(store, (reads) => reads.roles(SERVICE))).get(changed.sid)).toEqual(changed)
    })

    test('a user comes back as they were saved last', async () => {
      const store = await opened()
      const user = userRecord('ann\u0301a 😀 x:y/z')
      for (const saved of [user, { ...user, friendlyName: 'Anna', attributes: ODD, dateUpdated: FAR, revision: FAR }]) {
        await write(store, (tx) => tx.saveUser(saved))
        expect(await read(store, (reads) => reads.user(user))).toEqual(saved)
      }
    })

    test('a conversation comes back as it was saved last', async () => {
      const store = await opened()
      const later = {
        revision: FAR,
        nextIndex: FAR,
        messagesCount: FAR,
        participantsCount: 1000,
        nonChatCount: 50,
        activity: FAR,
        messagingServiceSid: `MG${'a'.repeat(32)}`,
        email: { address: 'us@example.com', name: null },
      }
      const full = { uniqueName: 'ü 😀', friendlyName: '', attributes: ODD, state: 'inactive', stateUpdated: FAR } as const
      const last = { lastMessage: { index: 0, dateCreated: FAR }, dateUpdated: FAR }
      for (const saved of [room, { ...room, ...later, ...full, ...last }, { ...room, state: 'closed' as const }]) {
        await write(store, (tx) => tx.saveConversation(saved))
        expect(await read(store, (reads) => reads.conversation(SERVICE, room.sid))).toEqual(saved)
      }
    })

    test('a participant comes back as they were saved last, by SID and by identity', async () => {
      const store = await opened()
      const participant = participantRecord(room, 1)
      const later = { lastReadMessageIndex: 0, lastReadTimestamp: FAR, notificationLevel: 'muted', attributes: ODD } as const
      await write(store, (tx) => tx.saveUser(userRecord('anna')))
      await write(store, (tx) => tx.saveConversation(room))
      for (const saved of [participant, { ...participant, ...later, roleSid: null, dateUpdated: FAR }, participant]) {
        await write(store, (tx) => tx.saveParticipant(saved))
        expect(await read(store, (reads) => reads.participant(room.sid, saved.sid))).toEqual(saved)
        expect(await read(store, (reads) => reads.participantOf(room.sid, 'anna'))).toEqual(saved)
      }
    })

    test('a participant without an identity is found by SID only', async () => {
      const store = await opened()
      const binding = { address: 'ann@example.com', proxyAddress: 'us@example.com', name: 'Ann 😀', level: 'cc' } as const
      const participant = participantRecord(room, 1, { identity: null, roleSid: null, binding })
      await write(store, (tx) => tx.saveConversation(room))
      const unbound = { ...participant, binding: null, projectedAddress: '+15559990000' }
      const inGroup = { ...participant, binding: { ...binding, proxyAddress: null } }
      for (const [sid, saved] of [
        [participant.sid, inGroup],
        [participant.sid, { ...participant, thread: { first: '<"1">', newest: '<2 😀>' } }],
        [participant.sid, participant],
        ['MB2', unbound],
      ] as const) {
        await write(store, (tx) => tx.saveParticipant({ ...saved, sid }))
        expect(await read(store, (reads) => reads.participant(room.sid, sid))).toEqual({ ...saved, sid })
        const { address, proxyAddress } = saved.binding ?? { address: '', proxyAddress: null }
        const found = await read(store, (reads) => reads.openConversationsOf({ address, proxyAddress }))
        expect(found).toHaveLength(saved.binding ? 1 : 0)
      }
      await write(store, (tx) => tx.removeParticipant({ ...unbound, sid: 'MB2' }))
      expect(await read(store, (reads) => reads.participants(room.sid, undefined, 9))).toEqual([participant])
      await write(store, (tx) => tx.removeParticipant(participant))
      expect(await read(store, (reads) => reads.participant(room.sid, participant.sid))).toBeUndefined()
    })

    test('a participant who is removed is gone, and may come back as another one', async () => {
      const store = await opened()
      const [first, second] = [participantRecord(room, 1, { lastReadMessageIndex: 3 }), participantRecord(room, 2)]
      await write(store, (tx) => {
        tx.saveUser(userRecord('anna'))
        tx.saveConversation(room)
        tx.saveParticipant(first)
      })
      await write(store, (tx) => tx.removeParticipant(first))
      const find = (reads: Reads) => reads.participantOf(room.sid, 'anna')
      expect(await read(store, find)).toBeUndefined()
      expect(await read(store, (reads) => reads.participant(room.sid, first.sid))).toBeUndefined()
      expect(await read(store, (reads) => reads.membershipSids(userRecord('anna')))).toEqual([])
      await write(store, (tx) => tx.saveParticipant(second))
      expect(await read(store, find)).toEqual(second)
      expect(await read(store, (reads) => reads.membershipSids(userRecord('anna')))).toEqual([room.sid])
    })

    test('a message comes back as it was saved last, also as a tombstone', async () => {
      const store = await opened()
      const message = messageRecord(room, 7, { key: 'k', body: 'ü 😀\n\t', attributes: ODD })
      await write(store, (tx) => tx.saveConversation(room))
      await write(store, (tx) => tx.addMessage(message))
      expect(await read(store, (reads) => reads.message(room.sid, 7))).toEqual(message)
      const delivery = { total: 3, sent: 2, delivered: 1, read: 0, failed: 1, undelivered: 0 }
      const edited = { ...message, delivery, body: '', attributes: '[]', lastUpdatedBy: 'ben', dateUpdated: FAR }
      for (const saved of [edited, tombstoneOf(edited)]) {
        await write(store, (tx) => tx.saveMessage(saved))
        expect(await read(store, (reads) => reads.message(room.sid, 7))).toEqual(saved)
        expect(await read(store, (reads) => reads.messageByKey(room.sid, 'anna', 'k'))).toEqual(saved)
      }
      expect(await read(store, (reads) => reads.message(room.sid, 8))).toBeUndefined()
    })

    test('addresses lead to the conversations that are not closed', async () => {
      const store = await opened()
      const pair = { address: '+15551230001', proxyAddress: '+15559990000' }
      const phone = (conversation: ConversationRecord, number: number) =>
        participantRecord(conversation, number, { identity: null, binding: { ...pair, name: null, level: null } })
      const rooms = [1, 2, 3].map((number) => conversationRecord(number, number === 2 ? { serviceSid: OTHER_SERVICE } : {}))
      const [first, second, third] = rooms as [ConversationRecord, ConversationRecord, ConversationRecord]
      await write(store, (tx) => {
        for (const [at, one] of rooms.entries()) {
          tx.saveConversation(one)
          tx.saveParticipant(phone(one, at + 1))
        }
      })
      const found = (addresses = pair) => read(store, (reads) => reads.openConversationsOf(addresses))
      expect(await found()).toEqual(rooms)
      expect(await found({ ...pair, address: pair.proxyAddress })).toEqual([])
      expect(await found({ ...pair, proxyAddress: '+15559990001' })).toEqual([])
      // Within the work too, before anything is written.
      await write(store, async (tx) => {
        tx.saveConversation({ ...first, state: 'closed' })
        expect(await tx.openConversationsOf(pair)).toEqual([second, third])
      })
      await write(store, (tx) => tx.removeConversation(second))
      await write(store, (tx) => tx.saveConversation({ ...third, state: 'inactive' }))
      expect(await found()).toEqual([{ ...third, state: 'inactive' }])
      await write(store, (tx) => tx.removeParticipant(phone(third, 3)))
      expect(await found()).toEqual([])
    })

    test('a message is found by its SID, whether that derives or was brought along', async () => {
      const [room, other] = [conversationRecord(1), conversationRecord(2)]
      const brought = messageRecord(room, 1, { sid: sid('IM', 77) })
      const store = await opened()
      await write(store, (tx) => {
        tx.saveConversation(room)
        tx.saveConversation(other)
        tx.addMessage(messageRecord(room, 0))
        tx.addMessage(brought)
      })
      await write(store, (tx) => tx.saveMessage({ ...brought, body: 'edited' }))
      const find = (messageSid: string, within = room) =>
        read(store, async (reads) => (await reads.messageBySid(within.sid, messageSid))?.body)
      expect(await find(brought.sid)).toBe('edited')
      expect(await find(brought.sid, other)).toBeUndefined()
      expect(await find(messageRecord(room, 0).sid)).toBe('message 0')
      expect(await read(store, (reads) => reads.hasConversation(room.sid))).toBe(true)
      expect(await read(store, (reads) => reads.hasConversation(sid('CH', 9)))).toBe(false)
      // What would derive for the index is not its SID.
      expect(await find(messageRecord(room, 1).sid)).toBeUndefined()
    })

    test('a receipt comes back as it was saved last, and goes with its message', async () => {
      const store = await opened()
      const receipt = (number: number, fields: Partial<ReceiptRecord> = {}): ReceiptRecord => ({
        sid: sid('DY', number),
        conversationSid: room.sid,
        index: 7,
        participantSid: sid('MB', number),
        channelMessageSid: 'SM1',
        status: 'queued',
        errorCode: null,
        dateCreated: 1,
        dateUpdated: 2,
        ...fields,
      })
      const of = (index: number) => read(store, (reads) => reads.receipts(room.sid, index))
      await write(store, (tx) => tx.saveConversation(room))
      const later = { status: 'failed', errorCode: FAR, channelMessageSid: 'ü 😀', dateUpdated: FAR } as const
      await write(store, (tx) => [receipt(2), receipt(1), receipt(3, { index: 8 })].map((one) => tx.saveReceipt(one)))
      expect(await of(7)).toEqual([receipt(1), receipt(2)])
      await write(store, (tx) => tx.saveReceipt(receipt(1, later)))
      expect(await of(7)).toEqual([receipt(1, later), receipt(2)])
      await write(store, (tx) => tx.removeReceipts(room.sid, 7))
      expect(await of(7)).toEqual([])
      expect(await of(8)).toEqual([receipt(3, { index: 8 })])
    })

    test('an answer comes back to its owner only', async () => {
      const store = await opened()
      const answer = { fingerprint: 'print', answer: ODD, dateCreated: FAR }
      await write(store, (tx) => tx.keepAnswer('anna', 'key', answer))
      expect(await read(store, (reads) => reads.answer('anna', 'key'))).toEqual(answer)
      expect(await read(store, (reads) => reads.answer('ben', 'key'))).toBeUndefined()
      expect(await read(store, (reads) => reads.answer('anna', 'Key'))).toBeUndefined()
      expect(await read(store, (reads) => reads.mayOwnAnswers('anna'))).toBe(true)
    })

    test('an absent conversation has nothing in it', async () => {
      const store = await opened()
      const none = sid('CH', 9)
      const found = await read(store, async (reads) => [
        await reads.conversation(SERVICE, none),
        await reads.participant(none, sid('MB', 1)),
        await reads.participantOf(none, 'anna'),
        await reads.message(none, 0),
        await reads.messageByKey(none, 'anna', 'k'),
        await reads.conversationEvents(room, 0, 10),
        await reads.userEvents(userRecord('nobody'), 0, 10),
      ])
      expect(found).toEqual(found.map(() => undefined))
      expect(await read(store, (reads) => reads.participants(none, undefined, 9))).toEqual([])
      expect(await read(store, (reads) => reads.messages(none, { from: 0, direction: 'forward', limit: 9 }))).toEqual([])
      expect(await read(store, (reads) => reads.receipts(none, 0))).toEqual([])
      expect(await read(store, (reads) => reads.tombstonesAbove(none, 0))).toBe(0)
      expect(await read(store, (reads) => reads.memberships(userRecord('nobody'), undefined, 9))).toEqual([])
      expect(await read(store, (reads) => reads.membershipSids(userRecord('nobody')))).toEqual([])
    })
  })

  describe('what is unique', () => {
    const team = conversationRecord(1, { uniqueName: 'team' })
    const other = conversationRecord(2)
    const byName = (store: Store, name: string) => read(store, (reads) => reads.conversationByName(SERVICE, name))

    test('a name belongs to one conversation of a service', async () => {
      const store = await opened()
      await write(store, (tx) => [team, other].map((one) => tx.saveConversation(one)))
      const named = { ...other, uniqueName: 'team' }
      await expect(write(store, (tx) => tx.saveConversation(named))).rejects.toThrow()
      await expect(write(store, (tx) => tx.saveConversation(conversationRecord(3, { uniqueName: 'team' })))).rejects.toThrow()
      expect(await byName(store, 'team')).toEqual(team)
      expect(await read(store, (reads) => reads.conversation(SERVICE, other.sid))).toEqual(other)
      await write(store, (tx) => tx.saveConversation(conversationRecord(4, { uniqueName: 'team', serviceSid: OTHER_SERVICE })))
      expect(await byName(store, 'team')).toEqual(team)
    })

    test('the work that takes a taken name fails, and not the group around it', async () => {
      const store = await opened()
      const works = [team, conversationRecord(2, { uniqueName: 'team' }), conversationRecord(3, { uniqueName: 'free' })]
      const settled = await Promise.allSettled(works.map((one) => write(store, (tx) => tx.saveConversation(one))))
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await byName(store, 'team')).toEqual(team)
      expect(await read(store, (reads) => reads.conversation(SERVICE, sid('CH', 2)))).toBeUndefined()
    })

    test('a name is free when it was given up, changed or its conversation is gone', async () => {
      const store = await opened()
      await write(store, (tx) => tx.saveConversation(team))
      await write(store, (tx) => {
        tx.saveConversation({ ...team, uniqueName: 'squad' })
        tx.saveConversation({ ...other, uniqueName: 'team' })
      })
      expect(await byName(store, 'team')).toEqual({ ...other, uniqueName: 'team' })
      expect(await byName(store, 'squad')).toEqual({ ...team, uniqueName: 'squad' })
      await write(store, (tx) => {
        tx.saveConversation({ ...team, uniqueName: null })
        tx.removeConversation({ ...other, uniqueName: 'team' })
      })
      expect([await byName(store, 'team'), await byName(store, 'squad')]).toEqual([undefined, undefined])
      const next = conversationRecord(3, { uniqueName: 'team' })
      await write(store, (tx) => tx.saveConversation(next))
      expect(await byName(store, 'team')).toEqual(next)
    })

    test('names and identities are told apart by case and by their bytes', async () => {
      const store = await opened()
      const names = ['team', 'Team', 'te\u0301am', 't\u00e9am', ' team', 'team ']
      const rooms = names.map((uniqueName, at) => conversationRecord(at, { uniqueName }))
      const users = names.map((identity) => userRecord(identity))
      await write(store, (tx) => {
        for (const one of rooms) tx.saveConversation(one)
        for (const user of users) tx.saveUser(user)
      })
      for (const [at, name] of names.entries()) {
        expect(await byName(store, name)).toEqual(rooms[at])
        expect(await read(store, (reads) => reads.user({ serviceSid: SERVICE, identity: name }))).toEqual(users[at])
      }
    })

    test('a key belongs to one message of a conversation and an author', async () => {
      const store = await opened()
      const message = messageRecord(team, 0, { key: 'k' })
      await write(store, (tx) => {
        tx.saveConversation(team)
        tx.saveConversation(other)
        tx.addMessage(message)
        tx.addMessage(messageRecord(team, 1, { key: 'k', author: 'ben' }))
        tx.addMessage(messageRecord(team, 2))
        tx.addMessage(messageRecord(team, 3))
        tx.addMessage(messageRecord(other, 0, { key: 'k' }))
      })
      const again = messageRecord(team, 4, { key: 'k' })
      await expect(write(store, (tx) => tx.addMessage(again))).rejects.toThrow()
      await write(store, (tx) => tx.saveMessage(tombstoneOf(message)))
      await expect(write(store, (tx) => tx.addMessage(again))).rejects.toThrow()
      const found = await read(store, async (reads) => [
        await reads.messageByKey(team.sid, 'anna', 'k'),
        await reads.messageByKey(team.sid, 'ben', 'k'),
        await reads.messageByKey(other.sid, 'anna', 'k'),
        await reads.messageByKey(other.sid, 'ben', 'k'),
      ])
      expect(found.map((one) => one && [one.conversationSid, one.index])).toEqual([
        [team.sid, 0],
        [team.sid, 1],
        [other.sid, 0],
        undefined,
      ])
      expect(await read(store, (reads) => reads.message(team.sid, 4))).toBeUndefined()
    })

    test('an index belongs to one message of a conversation', async () => {
      const store = await opened()
      await write(store, (tx) => {
        tx.saveConversation(team)
        tx.saveConversation(other)
        tx.addMessage(messageRecord(team, 0))
        tx.addMessage(messageRecord(other, 0))
      })
      await expect(write(store, (tx) => tx.addMessage(messageRecord(team, 0, { body: 'again' })))).rejects.toThrow()
      expect((await read(store, (reads) => reads.message(team.sid, 0)))?.body).toBe('message 0')
    })
  })

  describe('a conversation that is removed', () => {
    test('leaves nothing behind, and a new one of its name begins empty', async () => {
      const store = await opened()
      const scribe = new Scribe(store, conversationRecord(1, { uniqueName: 'team' }))
      await scribe.created()
      await scribe.sent({ key: 'k' })
      await scribe.sent()
      await scribe.removed(1)
      const { conversation } = scribe
      await write(store, (tx) => {
        tx.saveUser(userRecord('anna'))
        tx.saveParticipant(participantRecord(conversation, 1))
      })
      await write(store, (tx) => tx.removeConversation(conversation))
      const contents = (number: number) =>
        read(store, async (reads) => ({
          participant: await reads.participantOf(sid('CH', number), 'anna'),
          bySid: await reads.participant(sid('CH', number), sid('MB', 1)),
          participants: await reads.participants(sid('CH', number), undefined, 9),
          message: await reads.message(sid('CH', number), 0),
          messages: await reads.messages(sid('CH', number), { from: 0, direction: 'forward', limit: 9 }),
          byKey: await reads.messageByKey(sid('CH', number), 'anna', 'k'),
          tombstones: await reads.tombstonesAbove(sid('CH', number), -1),
          memberships: await reads.memberships(userRecord('anna'), undefined, 9),
          membershipSids: await reads.membershipSids(userRecord('anna')),
        }))
      const nothing = {
        participant: undefined,
        bySid: undefined,
        participants: [],
        message: undefined,
        messages: [],
        byKey: undefined,
        tombstones: 0,
        memberships: [],
        membershipSids: [],
      }
      expect(await read(store, (reads) => reads.conversation(SERVICE, conversation.sid))).toBeUndefined()
      expect(await read(store, (reads) => reads.conversationByName(SERVICE, 'team'))).toBeUndefined()
      expect(await contents(1)).toEqual(nothing)
      const next = new Scribe(store, conversationRecord(2, { uniqueName: 'team' }))
      await next.created()
      expect(await read(store, (reads) => reads.conversationByName(SERVICE, 'team'))).toEqual(next.conversation)
      expect(await contents(2)).toEqual(nothing)
      expect(await read(store, (reads) => reads.conversationEvents(next.conversation, 0, 9))).toEqual(next.log)
      await next.sent({ key: 'k' })
      expect((await contents(2)).byKey?.index).toBe(0)
    })

    test('can be made and removed within one group', async () => {
      const store = await opened()
      const rooms = [1, 2, 3].map((number) => conversationRecord(number, { uniqueName: 'team' }))
      await Promise.all(
        rooms.flatMap((room) => [
          write(store, (tx) => tx.saveConversation(room)),
          write(store, (tx) => tx.addMessage(messageRecord(room, 0))),
          write(store, (tx) => tx.removeConversation(room)),
        ]),
      )
      for (const room of rooms) expect(await read(store, (reads) => reads.conversation(SERVICE, room.sid))).toBeUndefined()
    })
  })

  test('services in one store do not see each other', async () => {
    const store = await opened()
    const services = [SERVICE, OTHER_SERVICE]
    const rooms = services.map((serviceSid, at) => conversationRecord(at + 1, { serviceSid, uniqueName: 'team' }))
    await write(store, (tx) => {
      for (const [at, serviceSid] of services.entries()) {
        const room = rooms[at]!
        tx.saveService(serviceRecord(serviceSid))
        tx.saveRole(roleRecord(at + 1, { serviceSid }))
        tx.saveUser(userRecord('anna', { serviceSid, friendlyName: serviceSid }))
        tx.saveConversation(room)
        tx.saveParticipant(participantRecord(room, 1, { attributes: `"${serviceSid}"` }))
        tx.logUserEvent(serviceSid, {
          type: 'membership.removed',
          identity: 'anna',
          revision: 1,
          conversationSid: serviceSid,
          reason: 'left',
        })
      }
    })
    for (const [at, serviceSid] of services.entries()) {
      const anna = { serviceSid, identity: 'anna' }
      const room = rooms[at]!
      const foreign = rooms[1 - at]!
      await read(store, async (reads) => {
        expect([...(await reads.roles(serviceSid)).keys()]).toEqual([sid('RL', at + 1)])
        expect(await reads.conversation(serviceSid, foreign.sid)).toBeUndefined()
        expect(await reads.conversationByName(serviceSid, 'team')).toEqual(room)
        expect((await reads.participantOf(room.sid, 'anna'))?.attributes).toBe(`"${serviceSid}"`)
        expect(await reads.membershipSids(anna)).toEqual([room.sid])
        expect((await reads.memberships(anna, undefined, 9)).map(({ conversation }) => conversation)).toEqual([room])
        const user = await reads.user(anna)
        expect(user?.friendlyName).toBe(serviceSid)
        const events = user && (await reads.userEvents(user, 0, 9))
        expect(events?.map((event) => 'conversationSid' in event && event.conversationSid)).toEqual([serviceSid])
      })
    }
  })
}
