import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, FOREIGN_SERVICE_SID, OTHER_SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'

const stage = async () => {
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  return { world, v1, addresses: v1.addressConfigurations }
}

const SMS = { type: 'sms', address: '+37256123457' } as const
const FLOW = `FW${'1'.repeat(32)}`
const WEBHOOK = {
  'autoCreation.enabled': true,
  'autoCreation.type': 'webhook' as const,
  'autoCreation.webhookUrl': 'https://example.com/hook',
  'autoCreation.webhookMethod': 'get' as const,
  'autoCreation.webhookFilters': ['onParticipantAdded', 'onMessageAdded'],
}

describe('AddressConfiguration.create', () => {
  test('shows what was set, and creates nothing by itself unless it is enabled', async () => {
    const { world, addresses } = await stage()
    const made = await addresses.create({ ...SMS, friendlyName: 'Main', addressCountry: 'ee' })
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      ...SMS,
      friendlyName: 'Main',
      addressCountry: 'EE',
      autoCreation: { enabled: false, type: 'default', conversation_service_sid: null },
      url: `${world.server.url}/v1/Configuration/Addresses/${made.sid}`,
    })
    expect(made.sid).toMatch(/^IG[0-9a-f]{32}$/)
  })

  test.each([
    ['sms', '72345'],
    ['whatsapp', 'whatsapp:+37256123457'],
    ['messenger', 'messenger:1234'],
    ['gbm', 'gbm:agent'],
    ['rcs', 'rcs:agent'],
    ['apple', 'apple:business'],
    ['email', 'us@example.com'],
    ['chat', 'support'],
  ] as const)('takes an address of type %s: %s', async (type, address) => {
    const { addresses } = await stage()
    const made = await addresses.create({ type, address })
    expect(made).toMatchObject({ type, address })
    expect(await refusalOf(addresses.create({ type, address: `${address} ` }))).toMatchObject({ code: 50407, status: 400 })
  })

  test('keeps what fits the target of new conversations', async () => {
    const { addresses } = await stage()
    const webhook = await addresses.create({ ...SMS, ...WEBHOOK, 'autoCreation.conversationServiceSid': OTHER_SERVICE_SID })
    expect(webhook.autoCreation).toEqual({
      enabled: true,
      type: 'webhook',
      conversation_service_sid: OTHER_SERVICE_SID,
      webhook_url: 'https://example.com/hook',
      webhook_method: 'GET',
      webhook_filters: ['onParticipantAdded', 'onMessageAdded'],
    })
    const studio = await addresses.create({
      type: 'email',
      address: 'US@Example.com',
      'autoCreation.type': 'studio',
      'autoCreation.studioFlowSid': FLOW,
      'autoCreation.studioRetryCount': 3,
    })
    expect(studio).toMatchObject({
      address: 'us@example.com',
      autoCreation: { enabled: false, type: 'studio', studio_flow_sid: FLOW, studio_retry_count: 3 },
    })
  })

  test('refuses with the documented codes', async () => {
    const { world, addresses } = await stage()
    await addresses.create(SMS)
    const other = { type: 'sms', address: '+37256123458' } as const
    const codes = []
    for (const fields of [
      SMS,
      { ...other, address: '' },
      { ...other, address: 'nonsense' },
      { ...other, type: 'whatsapp' },
      { ...other, type: 'fax' },
      { ...other, friendlyName: 'x'.repeat(257) },
      { ...other, addressCountry: 'Estonia' },
      { ...other, ...WEBHOOK, 'autoCreation.webhookUrl': undefined },
      { ...other, ...WEBHOOK, 'autoCreation.webhookUrl': 'ftp://a' },
      { ...other, ...WEBHOOK, 'autoCreation.webhookMethod': 'put' },
      { ...other, ...WEBHOOK, 'autoCreation.webhookFilters': [] },
      { ...other, ...WEBHOOK, 'autoCreation.webhookFilters': ['onMessageAdd'] },
      { ...other, 'autoCreation.type': 'studio' },
      { ...other, 'autoCreation.type': 'studio', 'autoCreation.studioFlowSid': 'x' },
      { ...other, 'autoCreation.type': 'studio', 'autoCreation.studioFlowSid': FLOW, 'autoCreation.studioRetryCount': 11 },
      { ...other, 'autoCreation.conversationServiceSid': FOREIGN_SERVICE_SID },
    ]) {
      const { code, status } = await refusalOf(addresses.create(fields as unknown as typeof SMS))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [51311, 409],
      ...[50407, 50407, 50407, 20001, 50003, 20001].map((code) => [code, 400]),
      ...[50369, 50054, 50055, 50370, 50365, 50367, 50367, 20001, 20001].map((code) => [code, 400]),
    ])
    expect(await addresses.list()).toHaveLength(1)
    // Another account may have the same address.
    const theirs = backEndOf(world.server, ACCOUNTS[1]).conversations.v1.addressConfigurations
    expect(await theirs.create(SMS)).toMatchObject(SMS)
  })
})

describe('AddressConfiguration.fetch', () => {
  test('finds it by SID and by the address itself, those of the account alone', async () => {
    const { world, addresses } = await stage()
    const { sid } = await addresses.create({ type: 'whatsapp', address: 'whatsapp:+37256123457' })
    await addresses.create({ type: 'email', address: 'us@example.com' })
    expect(await addresses(sid).fetch()).toMatchObject({ sid })
    expect(await addresses('whatsapp:+37256123457').fetch()).toMatchObject({ sid })
    expect(await addresses('US@example.com').fetch()).toMatchObject({ address: 'us@example.com' })
    expect(await refusalOf(addresses('+37256123457').fetch())).toMatchObject({ code: 20404, status: 404 })
    const theirs = backEndOf(world.server, ACCOUNTS[1]).conversations.v1.addressConfigurations
    for (const name of [sid, 'us@example.com']) {
      expect(await refusalOf(theirs(name).fetch())).toMatchObject({ code: 20404, status: 404 })
      expect(await refusalOf(theirs(name).remove())).toMatchObject({ code: 20404, status: 404 })
    }
  })
})

describe('AddressConfiguration.update', () => {
  test('changes what is given and leaves the rest; another target needs what is its own', async () => {
    const { addresses } = await stage()
    const { sid } = await addresses.create({ ...SMS, ...WEBHOOK, friendlyName: 'Main' })
    const changed = await addresses(SMS.address).update({ 'autoCreation.enabled': false, friendlyName: '' })
    expect(changed).toMatchObject({
      sid,
      friendlyName: null,
      autoCreation: { enabled: false, type: 'webhook', webhook_url: 'https://example.com/hook', webhook_method: 'GET' },
    })
    const named = await addresses(sid).update({ 'autoCreation.conversationServiceSid': OTHER_SERVICE_SID })
    expect(named.autoCreation).toMatchObject({ conversation_service_sid: OTHER_SERVICE_SID })
    expect(await refusalOf(addresses(sid).update({ 'autoCreation.type': 'studio' }))).toMatchObject({ code: 50367 })
    const studio = { 'autoCreation.type': 'studio', 'autoCreation.studioFlowSid': FLOW } as const
    const moved = await addresses(sid).update({ ...studio, 'autoCreation.conversationServiceSid': '' })
    expect(moved.autoCreation).toEqual({
      enabled: false,
      type: 'studio',
      conversation_service_sid: null,
      studio_flow_sid: FLOW,
      studio_retry_count: 0,
    })
    expect(await addresses(sid).update({ 'autoCreation.type': 'default' })).toMatchObject({
      autoCreation: { enabled: false, type: 'default', conversation_service_sid: null },
    })
  })
})

describe('AddressConfiguration.delete', () => {
  test('frees the address, by SID or by the address', async () => {
    const { addresses } = await stage()
    const { sid } = await addresses.create(SMS)
    expect(await addresses(sid).remove()).toBe(true)
    expect(await refusalOf(addresses(sid).remove())).toMatchObject({ code: 20404, status: 404 })
    await addresses.create(SMS)
    expect(await addresses(SMS.address).remove()).toBe(true)
    expect(await addresses.list()).toEqual([])
  })
})

describe('AddressConfiguration.list', () => {
  test('gives all of them over several pages, or those of one type', async () => {
    const { addresses } = await stage()
    const sids = []
    for (const end of [1, 2, 3]) sids.push((await addresses.create({ type: 'sms', address: `+3725612345${end}` })).sid)
    const { sid: mail } = await addresses.create({ type: 'email', address: 'us@example.com' })
    expect((await addresses.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual([...sids, mail])
    expect((await addresses.list({ type: 'sms', pageSize: 1 })).map(({ sid }) => sid)).toEqual(sids)
    expect((await addresses.list({ type: 'email' })).map(({ sid }) => sid)).toEqual([mail])
  })
})
