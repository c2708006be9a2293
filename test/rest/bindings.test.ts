import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { next, World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'

/** Alice with a phone and a watch, Bob with a phone, and a service as a back end sees it. */
async function stage() {
  const world = await World.begin()
  await world.configure(SERVICE_SID, { reachabilityEnabled: true })
  const [alice, bob] = [await world.client('alice'), await world.client('bob')]
  await alice.setPushRegistrationId('fcm', 'phone')
  await alice.setPushRegistrationId('apn', 'watch')
  await bob.setPushRegistrationId('fcm', 'bobs-phone')
  const { v1 } = backEndOf(world.server).conversations
  return { world, alice, bob, v1, there: v1.services(SERVICE_SID) }
}

describe('Binding.list', () => {
  test('shows the devices that clients registered, by user and by kind, over several pages', async () => {
    const { v1, there } = await stage()
    const endpoints = async (options: object) => (await there.bindings.list(options)).map(({ endpoint }) => endpoint).sort()
    expect(await endpoints({ pageSize: 1 })).toEqual(['bobs-phone', 'phone', 'watch'])
    expect(await endpoints({ identity: ['alice'] })).toEqual(['phone', 'watch'])
    expect(await endpoints({ identity: ['alice', 'bob'], bindingType: ['FCM', 'gcm'], pageSize: 1 })).toEqual([
      'bobs-phone',
      'phone',
    ])
    expect(await endpoints({ bindingType: ['twilsock'] })).toEqual([])
    expect(await v1.services(OTHER_SERVICE_SID).bindings.list()).toEqual([])
  })
})

describe('Binding.fetch', () => {
  test('gives every field, and says what is not there', async () => {
    const { world, v1, there } = await stage()
    const [{ sid } = { sid: '' }] = await there.bindings.list({ identity: ['bob'] })
    const found = await there.bindings(sid).fetch()
    const url = `${world.server.url}/v1/Services/${SERVICE_SID}/Bindings/${sid}`
    expect(found).toMatchObject({
      sid,
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      credentialSid: null,
      endpoint: 'bobs-phone',
      identity: 'bob',
      bindingType: 'fcm',
      messageTypes: ['new_message', 'added_to_conversation', 'removed_from_conversation'],
      url,
    })
    expect(sid).toMatch(/^BS[0-9a-f]{32}$/)
    const elsewhere = v1.services(OTHER_SERVICE_SID).bindings(sid)
    for (const absent of [elsewhere.fetch(), elsewhere.remove(), there.bindings(`BS${'0'.repeat(32)}`).fetch()]) {
      expect(await refusalOf(absent)).toMatchObject({ code: 20404, status: 404 })
    }
  })
})

describe('Binding.fetch', () => {
  test('says what is pushed to the device with: the newest credential of its kind', async () => {
    const { v1, there } = await stage()
    const shown = async () => (await there.bindings.list()).map(({ endpoint, credentialSid }) => [endpoint, credentialSid])
    const older = await v1.credentials.create({ type: 'fcm', secret: 'old' })
    await v1.credentials.create({ type: 'gcm', apiKey: 'another kind' })
    expect(await shown()).toEqual([
      ['phone', older.sid],
      ['watch', null],
      ['bobs-phone', older.sid],
    ])
    const newer = await v1.credentials.create({ type: 'fcm', secret: 'new' })
    const [{ sid } = { sid: '' }] = await there.bindings.list({ identity: ['bob'] })
    expect(await there.bindings(sid).fetch()).toMatchObject({ credentialSid: newer.sid })
    await v1.credentials(newer.sid).remove()
    expect(await there.bindings(sid).fetch()).toMatchObject({ credentialSid: older.sid })
    await v1.credentials(older.sid).remove()
    expect(await there.bindings(sid).fetch()).toMatchObject({ credentialSid: null })
  })
})

describe('Binding.delete', () => {
  test('takes a device away, and with the last one a user stops to be notifiable', async () => {
    const { alice, there } = await stage()
    const user = await alice.getUser('bob')
    expect(user.isNotifiable).toBe(true)
    const [{ sid } = { sid: '' }] = await there.bindings.list({ identity: ['bob'] })
    const heard = next(user, 'updated', ({ updateReasons }) => updateReasons.includes('reachabilityNotifiable'))
    expect(await there.bindings(sid).remove()).toBe(true)
    await heard
    expect(user.isNotifiable).toBe(false)
    expect(await there.users('bob').fetch()).toMatchObject({ isNotifiable: false, isOnline: true })
    expect(await refusalOf(there.bindings(sid).remove())).toMatchObject({ code: 20404, status: 404 })
    expect(await there.bindings.list()).toHaveLength(2)
  })
})
