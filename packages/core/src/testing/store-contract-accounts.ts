import { describe, expect, onTestFinished, test } from 'vitest'
import type { PushCredentialRecord } from '../records.ts'
import type { Store } from '../store.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'

const [ACCOUNT, OTHER_ACCOUNT] = [sid('AC', 1), sid('AC', 2)]

/** What belongs to accounts as a whole. */
export function storeAccountsContract(open: () => Promise<OpenedStore>): void {
  const opened = async (): Promise<Store> => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }

  const dates = { dateCreated: 1_700_000_000_000, dateUpdated: 1_700_000_000_001 }
  const credential = (number: number, secret: PushCredentialRecord['secret'], accountSid = ACCOUNT): PushCredentialRecord => ({
    sid: sid('CR', number),
    accountSid,
    friendlyName: number === 2 ? null : `c ${number}`,
    secret,
    ...dates,
  })

  describe('push credentials', () => {
    const apn = { type: 'apn', certificate: 'c\n😀', privateKey: 'k', sandbox: true } as const

    test('come back as they were saved last, those of one account in the order of their SIDs', async () => {
      const store = await opened()
      const all = [
        credential(2, { type: 'gcm', apiKey: 'a' }),
        credential(1, { type: 'fcm', secret: 's' }),
        credential(3, { type: 'fcm', secret: 's' }, OTHER_ACCOUNT),
        credential(4, apn),
      ]
      await store.transact([], (tx) => all.map((one) => tx.savePushCredential(one)))
      const changed = credential(1, apn)
      await store.transact([], (tx) => tx.savePushCredential(changed))
      await store.read(async (reads) => {
        expect(await reads.pushCredentials(ACCOUNT, undefined, 9)).toEqual([changed, all[0], all[3]])
        expect(await reads.pushCredentials(ACCOUNT, sid('CR', 1), 1)).toEqual([all[0]])
        expect(await reads.pushCredential(ACCOUNT, sid('CR', 4))).toEqual(all[3])
        expect(await reads.pushCredential(ACCOUNT, sid('CR', 3))).toBeUndefined()
      })
    })

    test('are gone when they were removed, and there again when that fails', async () => {
      const store = await opened()
      await store.transact([], (tx) => tx.savePushCredential(credential(1, apn)))
      const failing = store.transact([], (tx) => {
        tx.removePushCredential(sid('CR', 1))
        throw new Error('of the test')
      })
      await expect(failing).rejects.toThrow('of the test')
      const found = () => store.read((reads) => reads.pushCredential(ACCOUNT, sid('CR', 1)))
      expect(await found()).toEqual(credential(1, apn))
      await store.transact([], (tx) => tx.removePushCredential(sid('CR', 1)))
      expect(await found()).toBeUndefined()
    })
  })
}
