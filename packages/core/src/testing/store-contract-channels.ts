import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import type { ChannelPartRecord, OptOutAnswerRecord, OptOutRecord, ReceiptRecord } from '../records/records.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import { conversationRecord, participantRecord, SERVICE, serviceRecord } from './store-records.ts'

const ROOM = conversationRecord(1)
const PAIR = { proxyAddress: '+15559990000', address: '+15551230001' } as const

const phone = (number: number) => {
  const binding = { ...PAIR, address: `+1555123000${number}`, name: null, level: null }
  return participantRecord(ROOM, number, { identity: null, binding })
}

const receipt = (fields: Partial<ReceiptRecord> = {}): ReceiptRecord => ({
  sid: sid('DY', 1),
  conversationSid: ROOM.sid,
  index: 7,
  participantSid: sid('MB', 1),
  channelMessageSid: 'SM1',
  status: 'sent',
  errorCode: null,
  dateCreated: 1,
  dateUpdated: 2,
  ...fields,
})

/** What a store keeps for channels. */
export function storeChannelsContract(open: () => Promise<OpenedStore>): void {
  const begin = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    await store.transact([], (tx) => {
      tx.saveService(serviceRecord())
      tx.saveConversation(ROOM)
    })
    return store
  }

  describe('those outside of the app', () => {
    test('are found among all who are in a conversation', async () => {
      const store = await begin()
      const group = { ...phone(4), binding: { ...PAIR, proxyAddress: null, name: null, level: null } }
      await store.transact([], (tx) => {
        for (const one of [phone(3), participantRecord(ROOM, 2), phone(1), group]) tx.saveParticipant(one)
      })
      const found = () => store.read((reads) => reads.nonChatParticipants(ROOM.sid))
      expect(await found()).toEqual([phone(1), phone(3), group])
      await store.transact([], (tx) => tx.removeParticipant(phone(1)))
      expect(await found()).toEqual([phone(3), group])
      expect(await store.read((reads) => reads.nonChatParticipants(sid('CH', 9)))).toEqual([])
    })
  })

  describe('a receipt', () => {
    test('is found by what its message is called on its channel, until its conversation is gone', async () => {
      const store = await begin()
      const called = (name: string) => store.read((reads) => reads.receiptCalled(name))
      await store.transact([], (tx) => {
        tx.saveReceipt(receipt({ channelMessageSid: 'before' }))
        tx.saveReceipt(receipt({ index: 8, sid: sid('DY', 2), channelMessageSid: 'SM2' }))
      })
      await store.transact([], (tx) => tx.saveReceipt(receipt()))
      expect(await called('SM1')).toEqual({ conversation: ROOM, receipt: receipt() })
      expect((await called('SM2'))?.receipt.index).toBe(8)
      expect(await called('before')).toBeUndefined()
      await store.transact([], (tx) => tx.removeConversation(ROOM))
      expect(await called('SM1')).toBeUndefined()
      expect(await store.read((reads) => reads.service(SERVICE))).toBeDefined()
    })
  })

  describe('parts of a message that is not whole yet', () => {
    test('are of one adapter, in order, until the message is whole or they are old', async () => {
      const store = await begin()
      const part = (message: string, number: number, dateCreated: number, adapter = 'sms'): ChannelPartRecord => ({
        adapter,
        message,
        number,
        content: `{"é": ${number}}`,
        dateCreated,
      })
      const found = (adapter = 'sms') => store.read((reads) => reads.channelParts(adapter))
      const [late, early, other] = [part('a', 2, 5), part('b', 9, 3), part('a', 1, 4, 'other')]
      await store.transact([], (tx) => {
        for (const one of [late, part('b', 1, 9), early, other, part('a', 1, 8)]) tx.saveChannelPart(one)
      })
      await store.transact([], (tx) => tx.saveChannelPart(part('a', 1, 7)))
      expect(await found()).toEqual([part('b', 1, 9), early, part('a', 1, 7), late])
      await store.transact([], (tx) => tx.removeChannelParts('sms', 'b'))
      expect(await found()).toEqual([part('a', 1, 7), late])
      await store.transact([], (tx) => tx.removeOldChannelParts(7))
      expect([await found(), await found('other')]).toEqual([[part('a', 1, 7)], []])
    })
  })

  describe('an opt-out', () => {
    test('is of one account and one pair of addresses, and can be taken back', async () => {
      const store = await begin()
      const [account, other] = [sid('AC', 1), sid('AC', 2)]
      const record: OptOutRecord = { accountSid: account, ...PAIR, dateCreated: 5 }
      const found = (accountSid: string, pair = PAIR as { proxyAddress: string; address: string }) =>
        store.read((reads) => reads.optOut(accountSid, pair))
      expect(await found(account)).toBeUndefined()
      await store.transact([], (tx) => tx.saveOptOut(record))
      await store.transact([], (tx) => tx.saveOptOut({ ...record, dateCreated: 6 }))
      expect(await found(account)).toEqual({ ...record, dateCreated: 6 })
      expect(await found(other)).toBeUndefined()
      expect(await found(account, { ...PAIR, proxyAddress: '+15559990001' })).toBeUndefined()
      expect(await found(account, { ...PAIR, address: '+15551230002' })).toBeUndefined()
      await store.transact([], (tx) => tx.removeOptOut(account, PAIR))
      expect(await found(account)).toBeUndefined()
    })

    test('is in a list of its account, by our address and then by theirs', async () => {
      const store = await begin()
      const [account, other] = [sid('AC', 1), sid('AC', 2)]
      const pairs = ['1 a', '1 b', '2 B', '2 a', '21 a'].map((text) => text.split(' ') as [string, string])
      const records = pairs.map(([proxyAddress, address], at) => ({
        accountSid: account,
        proxyAddress,
        address,
        dateCreated: at,
      }))
      await store.transact([], (tx) => {
        for (const record of records.toReversed()) tx.saveOptOut(record)
        tx.saveOptOut({ accountSid: other, proxyAddress: '1', address: 'z', dateCreated: 9 })
      })
      const page = (after: number | undefined, limit: number, of = account) =>
        store.read((reads) => reads.optOuts(of, after === undefined ? undefined : records[after], limit))
      expect(await page(undefined, 10)).toEqual(records)
      expect(await page(undefined, 2)).toEqual(records.slice(0, 2))
      expect(await page(1, 2)).toEqual(records.slice(2, 4))
      expect(await page(4, 2)).toEqual([])
      expect(await page(undefined, 10, other)).toHaveLength(1)
    })
  })

  describe('that a word was answered', () => {
    test('is kept for one account, one pair of addresses and one word, until it is old', async () => {
      const store = await begin()
      const answer = (fields: Partial<OptOutAnswerRecord>): OptOutAnswerRecord => ({
        accountSid: sid('AC', 1),
        ...PAIR,
        word: 'out',
        dateCreated: 5,
        ...fields,
      })
      const found = (one: OptOutAnswerRecord) => store.read((reads) => reads.optOutAnswer(one.accountSid, one, one.word))
      const [first, again] = [answer({}), answer({ dateCreated: 7 })]
      const others = [
        answer({ accountSid: sid('AC', 2), dateCreated: 6 }),
        answer({ address: '+15551230002' }),
        answer({ proxyAddress: '+15559990001' }),
        answer({ word: 'help' }),
      ]
      await store.transact([], (tx) => tx.saveOptOutAnswer(first))
      expect(await Promise.all([first, ...others].map(found))).toEqual([first, undefined, undefined, undefined, undefined])
      await store.transact([], (tx) => {
        for (const one of [again, ...others]) tx.saveOptOutAnswer(one)
      })
      expect(await Promise.all([first, ...others].map(found))).toEqual([again, ...others])
      await store.transact([], (tx) => tx.removeOldOptOutAnswers(5))
      expect(await Promise.all([first, ...others].map(found))).toEqual([again, others[0], undefined, undefined, undefined])
    })
  })
}
