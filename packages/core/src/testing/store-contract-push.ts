import { describe, expect, onTestFinished, test } from 'vitest'
import type { PushRegistrationRange, Store } from '../ports/store.ts'
import type { DeviceCursor } from '../records/outbox-entry.ts'
import type { ParticipantRecord, PushRegistrationRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import { conversationRecord, OTHER_SERVICE, participantRecord, SERVICE } from './store-records.ts'

function registrationRecord(number: number, fields: Partial<PushRegistrationRecord> = {}): PushRegistrationRecord {
  return {
    sid: sid('BS', number),
    serviceSid: SERVICE,
    identity: 'anna',
    channelType: 'fcm',
    registrationId: `device ${number}`,
    credentialSid: null,
    dateCreated: number,
    dateUpdated: number,
    ...fields,
  }
}

const anna = { serviceSid: SERVICE, identity: 'anna' }

/** What a store keeps of push registrations. */
export function storePushContract(open: () => Promise<OpenedStore>): void {
  const begin = async () => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }
  const save = (store: Store, ...records: PushRegistrationRecord[]) =>
    store.transact([], (tx) => {
      for (const record of records) tx.savePushRegistration(record)
    })
  const find = (store: Store, { serviceSid, channelType, registrationId }: PushRegistrationRecord) =>
    store.read((reads) => reads.pushRegistration(serviceSid, channelType, registrationId))

  describe('push registrations', () => {
    test('are kept with every field, found by their id, dated anew and removed', async () => {
      const store = await begin()
      const [one, other] = [registrationRecord(1), registrationRecord(2, { registrationId: 'device 1', channelType: 'apn' })]
      await save(store, one, other)
      expect([await find(store, one), await find(store, other)]).toEqual([one, other])
      expect(await find(store, registrationRecord(1, { serviceSid: OTHER_SERVICE }))).toBeUndefined()
      const later = { ...one, credentialSid: sid('CR', 1), dateUpdated: 99 }
      await save(store, later)
      expect(await find(store, one)).toEqual(later)
      await store.transact([], (tx) => tx.removePushRegistration(one.sid))
      expect([await find(store, one), await find(store, other)]).toEqual([undefined, other])
    })

    test('of a service are found by SID, and listed in the order of SIDs by user and channel', async () => {
      const store = await begin()
      const rows = [
        registrationRecord(2),
        registrationRecord(1, { channelType: 'apn' }),
        registrationRecord(3, { identity: 'ben' }),
        registrationRecord(4, { identity: '["anna"]' }),
      ] as const
      const foreign = registrationRecord(5, { serviceSid: OTHER_SERVICE })
      await save(store, ...rows, foreign)
      const list = async (range: Partial<PushRegistrationRange>) => {
        const found = await store.read((reads) => reads.servicePushRegistrations(SERVICE, { limit: 9, ...range }))
        return found.map((record) => Number(record.sid.slice(2)))
      }
      expect(await list({})).toEqual([1, 2, 3, 4])
      expect(await list({ after: sid('BS', 1), limit: 2 })).toEqual([2, 3])
      expect(await list({ identities: ['anna', 'nobody'] })).toEqual([1, 2])
      expect(await list({ identities: [] })).toEqual([])
      expect(await list({ channelTypes: ['fcm', 'gcm'], identities: ['anna', 'ben'] })).toEqual([2, 3])
      const bySid = (number: number) => store.read((reads) => reads.pushRegistrationBySid(SERVICE, sid('BS', number)))
      expect([await bySid(1), await bySid(5)]).toEqual([rows[1], undefined])
    })

    test('of one user are listed, the one that was registered longest ago first', async () => {
      const store = await begin()
      const own = [registrationRecord(3, { dateUpdated: 20 }), registrationRecord(1, { dateUpdated: 30 }), registrationRecord(2)]
      const foreign = [registrationRecord(4, { identity: 'ben' }), registrationRecord(5, { serviceSid: OTHER_SERVICE })]
      await save(store, ...own, ...foreign)
      const list = async (limit: number) => {
        const found = await store.read((reads) => reads.pushRegistrations(anna, limit))
        return found.map((record) => record.sid)
      }
      expect(await list(10)).toEqual([sid('BS', 2), sid('BS', 3), sid('BS', 1)])
      expect(await list(2)).toEqual([sid('BS', 2), sid('BS', 3)])
    })

    test('of all who take part in a conversation are listed with them, page by page', async () => {
      const store = await begin()
      const conversation = conversationRecord(1, { sid: sid('CH', 1) })
      const of = (number: number, fields: Partial<ParticipantRecord>) => participantRecord(conversation, number, fields)
      const people = [
        of(1, { identity: 'anna', notificationLevel: 'muted' }),
        of(2, { identity: null, binding: { address: '+1', proxyAddress: '+2', name: null, level: null } }),
        of(3, { identity: 'ben', lastReadMessageIndex: 7 }),
        of(4, { identity: 'cleo' }),
      ] as const
      const elsewhere = conversationRecord(2, { sid: sid('CH', 2) })
      await store.transact([], (tx) => {
        tx.saveConversation(conversation)
        tx.saveConversation(elsewhere)
        for (const one of people) tx.saveParticipant(one)
        tx.saveParticipant(participantRecord(elsewhere, 5, { identity: 'dora' }))
      })
      const devices = [
        registrationRecord(4),
        registrationRecord(2),
        registrationRecord(3, { identity: 'ben' }),
        registrationRecord(1, { identity: 'ben', channelType: 'web' }),
        registrationRecord(5, { identity: 'dora' }),
        registrationRecord(6, { serviceSid: OTHER_SERVICE }),
      ] as const
      await save(store, ...devices)
      const list = (after: DeviceCursor | undefined, limit: number) =>
        store.read((reads) => reads.conversationDevices(conversation, after, limit))
      const rows = [
        { participant: people[0], registration: devices[1] },
        { participant: people[0], registration: devices[0] },
        { participant: people[2], registration: devices[3] },
        { participant: people[2], registration: devices[2] },
      ]
      expect(await list(undefined, 9)).toEqual(rows)
      expect(await list(undefined, 1)).toEqual(rows.slice(0, 1))
      expect(await list({ participantSid: sid('MB', 1), registrationSid: sid('BS', 2) }, 2)).toEqual(rows.slice(1, 3))
      expect(await list({ participantSid: sid('MB', 3), registrationSid: sid('BS', 3) }, 9)).toEqual([])
    })

    test('have an id that is unique in their service, and free again when it is removed', async () => {
      const store = await begin()
      const one = registrationRecord(1)
      const namesake = registrationRecord(2, { registrationId: one.registrationId, identity: 'ben' })
      await save(store, one, registrationRecord(3, { registrationId: one.registrationId, serviceSid: OTHER_SERVICE }))
      await expect(save(store, namesake)).rejects.toThrow()
      expect(await find(store, one)).toEqual(one)
      await store.transact([], (tx) => {
        tx.removePushRegistration(one.sid)
        tx.savePushRegistration(namesake)
      })
      expect(await find(store, one)).toEqual(namesake)
    })

    test('that a failed work changed are as they were', async () => {
      const store = await begin()
      const one = registrationRecord(1)
      await save(store, one)
      const failed = store.transact([], (tx) => {
        tx.removePushRegistration(one.sid)
        tx.savePushRegistration(registrationRecord(2))
        throw new Error('no')
      })
      await expect(failed).rejects.toThrow('no')
      expect(await store.read((reads) => reads.pushRegistrations(anna, 10))).toEqual([one])
    })
  })
}
