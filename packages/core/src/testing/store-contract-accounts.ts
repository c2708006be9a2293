import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import type { AddressConfigurationRecord, ContentTemplateRecord, PushCredentialRecord } from '../records/records.ts'
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

  describe('address configurations', () => {
    const configuration = (number: number, fields: Partial<AddressConfigurationRecord> = {}): AddressConfigurationRecord => ({
      sid: sid('IG', number),
      accountSid: ACCOUNT,
      type: 'sms',
      address: `+1555000000${number}`,
      addressCountry: null,
      friendlyName: `c ${number}`,
      autoCreation: { enabled: false, serviceSid: null, target: { type: 'default' } },
      ...dates,
      ...fields,
    })
    const webhook = { type: 'webhook', url: 'http://a/', method: 'GET', filters: ['onMessageAdded'] } as const

    test('come back as they were saved last, by SID, by address, and by their channel', async () => {
      const store = await opened()
      const mail = { type: 'email', address: 'us@example.com', addressCountry: 'GB', friendlyName: null } as const
      const all = [
        configuration(2),
        configuration(1, mail),
        configuration(3, { accountSid: OTHER_ACCOUNT, address: mail.address }),
      ]
      await store.transact([], (tx) => all.map((one) => tx.saveAddressConfiguration(one)))
      const autoCreation = { enabled: true, serviceSid: sid('IS', 1), target: webhook }
      const changed = configuration(2, { friendlyName: null, autoCreation, dateUpdated: 9 })
      await store.transact([], (tx) => tx.saveAddressConfiguration(changed))
      await store.read(async (reads) => {
        expect(await reads.addressConfiguration(ACCOUNT, sid('IG', 2))).toEqual(changed)
        expect(await reads.addressConfiguration(ACCOUNT, sid('IG', 3))).toBeUndefined()
        expect(await reads.addressConfigurationOf(ACCOUNT, mail.address)).toEqual(all[1])
        expect(await reads.addressConfigurationOf(OTHER_ACCOUNT, mail.address)).toEqual(all[2])
        expect(await reads.addressConfigurationOf(ACCOUNT, 'nobody')).toBeUndefined()
        expect(await reads.addressConfigurations(ACCOUNT, { limit: 9 })).toEqual([all[1], changed])
        expect(await reads.addressConfigurations(ACCOUNT, { after: sid('IG', 1), limit: 9 })).toEqual([changed])
        expect(await reads.addressConfigurations(ACCOUNT, { type: 'email', limit: 9 })).toEqual([all[1]])
        expect(await reads.addressConfigurations(ACCOUNT, { limit: 1 })).toEqual([all[1]])
      })
    })

    test('have an address once, until it is removed', async () => {
      const store = await opened()
      const [first, second] = [configuration(1), configuration(2, { address: configuration(1).address })]
      await store.transact([], (tx) => tx.saveAddressConfiguration(first))
      await expect(store.transact([], (tx) => tx.saveAddressConfiguration(second))).rejects.toThrow()
      await store.transact([], (tx) => {
        tx.removeAddressConfiguration(first.sid)
        tx.saveAddressConfiguration(second)
      })
      expect(await store.read((reads) => reads.addressConfigurationOf(ACCOUNT, first.address))).toEqual(second)
    })
  })

  describe('content templates', () => {
    const template = (number: number, fields: Partial<ContentTemplateRecord> = {}): ContentTemplateRecord => ({
      sid: sid('HX', number),
      accountSid: ACCOUNT,
      friendlyName: `t ${number}`,
      language: 'en',
      variables: { 1: 'you "😀"' },
      types: { 'twilio/text': { body: 'Hello {{1}}\n' } },
      approval: null,
      ...dates,
      ...fields,
    })

    test('come back as they were saved last, those of one account in the order of their SIDs', async () => {
      const store = await opened()
      const all = [template(2), template(1, { variables: {} }), template(3, { accountSid: OTHER_ACCOUNT }), template(4)]
      await store.transact([], (tx) => all.map((one) => tx.saveContentTemplate(one)))
      const changed = template(1, { approval: { name: 'a_b', category: 'UTILITY' }, dateUpdated: 9 })
      await store.transact([], (tx) => tx.saveContentTemplate(changed))
      await store.read(async (reads) => {
        expect(await reads.contentTemplates(ACCOUNT, undefined, 9)).toEqual([changed, all[0], all[3]])
        expect(await reads.contentTemplates(ACCOUNT, sid('HX', 1), 1)).toEqual([all[0]])
        expect(await reads.contentTemplate(ACCOUNT, sid('HX', 4))).toEqual(all[3])
        expect(await reads.contentTemplate(ACCOUNT, sid('HX', 3))).toBeUndefined()
      })
    })

    test('are gone when they were removed, and there again when that fails', async () => {
      const store = await opened()
      await store.transact([], (tx) => tx.saveContentTemplate(template(1)))
      const failing = store.transact([], (tx) => {
        tx.removeContentTemplate(sid('HX', 1))
        throw new Error('of the test')
      })
      await expect(failing).rejects.toThrow('of the test')
      const found = () => store.read((reads) => reads.contentTemplate(ACCOUNT, sid('HX', 1)))
      expect(await found()).toEqual(template(1))
      await store.transact([], (tx) => tx.removeContentTemplate(sid('HX', 1)))
      expect(await found()).toBeUndefined()
    })
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
