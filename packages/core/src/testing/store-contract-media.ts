import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import type { MediaRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import { conversationRecord, messageRecord, OTHER_SERVICE, SERVICE, serviceRecord, tombstoneOf } from './store-records.ts'

function mediaRecord(number: number, fields: Partial<MediaRecord> = {}): MediaRecord {
  return {
    sid: sid('ME', number),
    serviceSid: SERVICE,
    owner: 'anna',
    state: 'pending',
    size: 100 + number,
    contentType: 'text/plain; charset=utf-8',
    filename: 'Übersicht "1".txt',
    category: 'media',
    digest: `digest ${number}`,
    key: null,
    dateCreated: number,
    message: null,
    ...fields,
  }
}

const conversation = conversationRecord(1)
const inMessage = { state: 'sent', message: { conversationSid: conversation.sid, index: 3 } } as const
const anna = { serviceSid: SERVICE, identity: 'anna' }

/** What a store keeps of files. */
export function storeMediaContract(open: () => Promise<OpenedStore>): void {
  const withStore = async (work: (store: Store) => Promise<void>) => {
    const { store } = await open()
    onTestFinished(() => store.close())
    await store.transact([], (tx) => {
      tx.saveService(serviceRecord())
      tx.saveConversation(conversation)
    })
    await work(store)
  }
  const save = (store: Store, ...records: MediaRecord[]) =>
    store.transact([], (tx) => {
      for (const record of records) tx.saveMedia(record)
    })
  const find = (store: Store, number: number) => store.read((reads) => reads.media(sid('ME', number)))

  describe('files', () => {
    test('are kept with every field, and replaced', () =>
      withStore(async (store) => {
        const full = mediaRecord(1, { ...inMessage, key: 'k', category: 'body', filename: null })
        const bare = mediaRecord(2, { state: 'uploading', digest: '', size: 0 })
        await save(store, full, bare)
        expect(await find(store, 1)).toEqual(full)
        expect(await find(store, 2)).toEqual(bare)
        const later = { ...bare, state: 'pending', size: 7, digest: 'd', contentType: 'image/png', key: 'l' } as const
        await save(store, later)
        expect(await find(store, 2)).toEqual(later)
        await store.transact([], (tx) => tx.removeMedia(bare.sid))
        expect(await find(store, 2)).toBeUndefined()
        expect(await find(store, 3)).toBeUndefined()
      }))

    test('are found by the key of their owner, which is unique', () =>
      withStore(async (store) => {
        const foreign = [mediaRecord(2, { key: 'k', owner: 'ben' }), mediaRecord(3, { key: 'k', serviceSid: OTHER_SERVICE })]
        await save(store, mediaRecord(1, { key: 'k' }), ...foreign)
        expect((await store.read((reads) => reads.mediaByKey(anna, 'k')))?.sid).toBe(sid('ME', 1))
        expect(await store.read((reads) => reads.mediaByKey(anna, 'other'))).toBeUndefined()
        await expect(save(store, mediaRecord(4, { key: 'k' }))).rejects.toThrow()
        expect(await find(store, 4)).toBeUndefined()
        await save(store, mediaRecord(1, { state: 'removed', key: null }), mediaRecord(4, { key: 'k' }))
        expect((await store.read((reads) => reads.mediaByKey(anna, 'k')))?.sid).toBe(sid('ME', 4))
      }))

    test('of one user count while they come in and wait', () =>
      withStore(async (store) => {
        const uncounted = [mediaRecord(1, inMessage), mediaRecord(2, { state: 'removed' }), mediaRecord(3, { owner: 'ben' })]
        await save(store, ...uncounted, mediaRecord(4, { serviceSid: OTHER_SERVICE }))
        expect(await store.read((reads) => reads.unsentMediaBytes(anna))).toBe(0)
        await save(store, mediaRecord(5), mediaRecord(6, { state: 'uploading' }))
        expect(await store.read((reads) => reads.unsentMediaBytes(anna))).toBe(105 + 106)
      }))

    test('are to be collected when they are removed, or late for their state', () =>
      withStore(async (store) => {
        const states = ['uploading', 'pending', 'removed'] as const
        const records = states.flatMap((state, at) =>
          [10, 20].map((date) => mediaRecord(date + at, { state, dateCreated: date })),
        )
        await save(store, ...records, mediaRecord(1, { ...inMessage, dateCreated: 0 }))
        const due = async (uploading: number, pending: number, limit = 10) => {
          const found = await store.read((reads) => reads.mediaToCollect({ uploading, pending }, limit))
          return found.map((record) => `${record.state} ${record.dateCreated}`).sort()
        }
        expect(await due(10, 10)).toEqual(['removed 10', 'removed 20'])
        expect(await due(11, 10)).toEqual(['removed 10', 'removed 20', 'uploading 10'])
        expect(await due(0, 21)).toEqual(['pending 10', 'pending 20', 'removed 10', 'removed 20'])
        expect(await due(99, 99)).toHaveLength(6)
        expect(await due(99, 99, 4)).toHaveLength(4)
      }))

    test('of a removed conversation are removed with it, or soon after', () =>
      withStore(async (store) => {
        const many = Array.from({ length: 1200 }, (_, at) => mediaRecord(at + 1, { ...inMessage, key: `k${at}` }))
        await save(store, ...many, mediaRecord(5000))
        await store.transact([{ conversation: conversation.sid }], (tx) => tx.removeConversation(conversation))
        expect(await find(store, 1)).toMatchObject({ state: 'removed', key: null, message: null })
        const freed = () => store.read((reads) => reads.mediaToCollect({ uploading: 0, pending: 0 }, 5000))
        await expect.poll(async () => (await freed()).length).toBe(1200)
        expect(await find(store, 5000)).toMatchObject({ state: 'pending' })
      }))

    test('and subjects and templates stand in their message, and go with it', () =>
      withStore(async (store) => {
        const { sid: mediaSid, contentType, size, filename, category } = mediaRecord(1)
        const media = [{ sid: mediaSid, contentType, size, filename, category }]
        const content = { sid: sid('HX', 1), variables: { 1: 'ä “b”', name: '😀' } }
        const message = messageRecord(conversation, 0, { subject: 'Re: files', media, content })
        await store.transact([{ conversation: conversation.sid }], (tx) => tx.addMessage(message))
        expect(await store.read((reads) => reads.message(conversation.sid, 0))).toEqual(message)
        await store.transact([{ conversation: conversation.sid }], (tx) => tx.saveMessage(tombstoneOf(message)))
        expect(await store.read((reads) => reads.message(conversation.sid, 0))).toEqual(tombstoneOf(message))
      }))

    test('that were saved by a work that failed were not', () =>
      withStore(async (store) => {
        const failed = store.transact([], (tx) => {
          tx.saveMedia(mediaRecord(1))
          throw new Error('no')
        })
        await expect(failed).rejects.toThrow('no')
        expect(await find(store, 1)).toBeUndefined()
      }))
  })
}
