import type { UserEvent } from '@conversa/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import type { UserRecord } from '../records/records.ts'
import type { DurableStore, OpenedStore } from './store-contract.ts'
import {
  conversationRecord,
  messageRecord,
  participantRecord,
  roleRecord,
  Scribe,
  SERVICE,
  serviceRecord,
  userRecord,
} from './store-records.ts'

/** Logs: the exact delta from every revision, or none. */
export function storeLogContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }

  describe('the log of a conversation', () => {
    test('gives the exact delta from every revision', async () => {
      const store = await opened()
      const [{ conversation, log }, other] = [await eventful(store), await eventful(store, 2)]
      expect(conversation.revision).toBe(12)
      for (let after = 0; after <= 12; after++) {
        const delta = await store.read((reads) => reads.conversationEvents(conversation, after, 100))
        expect(delta).toEqual(log.slice(after))
      }
      expect(await store.read((reads) => reads.conversationEvents(other.conversation, 0, 100))).toEqual(other.log)
    })

    test('gives the first ones, up to the limit, from every revision', async () => {
      const store = await opened()
      const { conversation, log } = await eventful(store)
      const delta = (after: number, limit: number) => store.read((reads) => reads.conversationEvents(conversation, after, limit))
      for (let after = 0; after <= 12; after++) {
        for (const limit of [0, 1, 2, 4, 11]) expect(await delta(after, limit)).toEqual(log.slice(after, after + limit))
      }
    })

    test('gives none where an entry is missing, and none of the future', async () => {
      const store = await opened()
      const imported = conversationRecord(1, { revision: 7, nextIndex: 3, messagesCount: 3 })
      await store.transact([], (tx) => {
        tx.saveConversation(imported)
        for (const index of [0, 1, 2]) tx.addMessage(messageRecord(imported, index, { revision: index + 4 }))
      })
      const delta = (after: number) => store.read((reads) => reads.conversationEvents(imported, after, 100))
      expect(await delta(0)).toBeUndefined()
      expect(await delta(3)).toBeUndefined()
      expect(await delta(7)).toEqual([])
      expect(await delta(8)).toBeUndefined()
    })

    test('is read within a group as it will be', async () => {
      const store = await opened()
      const scribe = await eventful(store)
      const works = [scribe.renamed('four')]
      const seen = store.transact([{ conversation: scribe.conversation.sid }], async (tx) => {
        const conversation = await tx.conversation(SERVICE, scribe.conversation.sid)
        return conversation && tx.conversationEvents(conversation, 10, 100)
      })
      await Promise.all(works)
      expect(await seen).toEqual(scribe.log.slice(10))
    })
  })

  describe('the log of a user', () => {
    const logged = async () => {
      const store = await opened()
      const user = userRecord('anna', { revision: 5 })
      const events = [1, 2, 3, 4, 5].map(
        (revision): UserEvent => ({
          type: 'user.updated',
          identity: 'anna',
          revision,
          changes: { friendlyName: `${revision}` },
          dateUpdated: 1,
        }),
      )
      await store.transact([], (tx) => {
        for (const one of [user, userRecord('ben', { revision: 1 })]) tx.saveUser(one)
        for (const event of events) tx.logUserEvent(SERVICE, event)
        tx.logUserEvent(SERVICE, { type: 'user.updated', identity: 'ben', revision: 1, changes: {}, dateUpdated: 1 })
      })
      const delta = (after: number, limit: number, of: UserRecord = user) =>
        store.read((reads) => reads.userEvents(of, after, limit))
      return { events, user, delta }
    }

    test('gives the exact delta from every revision', async () => {
      const { events, delta } = await logged()
      for (let after = 0; after <= 5; after++) expect(await delta(after, 100)).toEqual(events.slice(after))
    })

    test('gives the first ones, up to the limit', async () => {
      const { events, delta } = await logged()
      expect(await delta(2, 3)).toEqual(events.slice(2))
      expect(await delta(1, 3)).toEqual(events.slice(1, 4))
      expect(await delta(6, 3)).toBeUndefined()
    })

    test('gives none where an entry is missing', async () => {
      const { user, delta } = await logged()
      expect(await delta(0, 100, { ...user, revision: 6 })).toBeUndefined()
    })
  })
}

/** What an earlier process kept. */
export function storeDurabilityContract(open: () => Promise<DurableStore>): void {
  test('everything is there after the store was opened again', async () => {
    const { store, reopen } = await open()
    const scribe = await eventful(store)
    await store.transact([], (tx) => {
      tx.saveService(serviceRecord())
      tx.saveRole(roleRecord(2))
      tx.saveUser(userRecord('anna'))
      tx.saveParticipant(participantRecord(scribe.conversation, 1, { lastReadMessageIndex: 2 }))
      tx.keepAnswer('anna', 'key', { fingerprint: 'print', answer: '{}', dateCreated: 1 })
      tx.logUserEvent(SERVICE, { type: 'user.updated', identity: 'anna', revision: 1, changes: {}, dateUpdated: 1 })
    })
    const look = (from: Store) =>
      from.read(async (reads) => ({
        epoch: from.epoch,
        service: await reads.service(SERVICE),
        roles: await reads.roles(SERVICE),
        user: await reads.user(userRecord('anna')),
        userEvents: await reads.userEvents(userRecord('anna'), 0, 9),
        conversation: await reads.conversation(SERVICE, scribe.conversation.sid),
        participants: await reads.participants(scribe.conversation.sid, undefined, 9),
        messages: await reads.messages(scribe.conversation.sid, { from: 0, direction: 'forward', limit: 9 }),
        tombstones: await reads.tombstonesAbove(scribe.conversation.sid, -1),
        byKey: await reads.messageByKey(scribe.conversation.sid, 'anna', 'k'),
        events: await reads.conversationEvents(scribe.conversation, 0, 99),
        memberships: await reads.memberships(userRecord('anna'), undefined, 9),
        answer: await reads.answer('anna', 'key'),
      }))
    const before = await look(store)
    expect(before.events).toEqual(scribe.log)
    await store.close()
    const again = await reopen()
    onTestFinished(() => again.close())
    expect(await look(again)).toEqual(before)
    const next = new Scribe(again, conversationRecord(2))
    await next.created()
    expect(await again.read((reads) => reads.conversationEvents(next.conversation, 0, 9))).toEqual(next.log)
  })
}

/** Twelve revisions in which messages, other changes and removals alternate. */
async function eventful(store: Store, number = 1): Promise<Scribe> {
  const scribe = new Scribe(store, conversationRecord(number))
  await scribe.created()
  await scribe.sent({ key: 'k' })
  await scribe.renamed('one')
  await scribe.sent()
  await scribe.sent()
  await scribe.removed(1)
  await scribe.renamed('two')
  await scribe.renamed('three')
  await scribe.sent()
  await scribe.removed(0)
  await scribe.removed(3)
  await scribe.sent()
  return scribe
}
