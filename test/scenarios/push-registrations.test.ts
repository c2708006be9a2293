import { ConversaError } from '@conversa/client'
import type { PushChannel } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { Device } from './device.ts'
import { World } from './world.ts'

describe('Client.setPushRegistrationId', () => {
  test('registers a device for each channel, and a newer id takes the place of an older one', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    expect(await alice.setPushRegistrationId('fcm', 'phone')).toBeUndefined()
    await alice.setPushRegistrationId('apn', 'watch')
    expect(await world.pushRegistrations('alice')).toEqual(['fcm phone', 'apn watch'])
    await alice.setPushRegistrationId('fcm', 'new-phone')
    await alice.setPushRegistrationId('fcm', 'new-phone')
    expect(await world.pushRegistrations('alice')).toEqual(['apn watch', 'fcm new-phone'])
  })

  test('takes the device from whoever had it', async () => {
    const world = await World.begin()
    await (await world.client('alice')).setPushRegistrationId('fcm', 'phone')
    await (await world.client('bob')).setPushRegistrationId('fcm', 'phone')
    expect([await world.pushRegistrations('alice'), await world.pushRegistrations('bob')]).toEqual([[], ['fcm phone']])
  })

  test('is refused before anything is sent when the channel or the id will not do', async () => {
    const alice = await (await World.begin()).client('alice')
    for (const call of [
      () => alice.setPushRegistrationId('gcm' as PushChannel, 'phone'),
      () => alice.setPushRegistrationId('fcm', ''),
      () => alice.setPushRegistrationId('fcm', undefined as unknown as string),
      () => alice.unsetPushRegistrationId('toString' as PushChannel),
      () => alice.removePushRegistrations(undefined as unknown as PushChannel, 'phone'),
      () => alice.removePushRegistrations('apn', 7 as unknown as string),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(ConversaError)
      await expect(call()).rejects.toMatchObject({ code: 20001 })
    }
    await expect(alice.setPushRegistrationId('fcm', 'x'.repeat(5000))).rejects.toMatchObject({ code: 20001 })
  })

  test('takes a browser by the JSON of its subscription, and nothing else', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    const keys = { p256dh: `B${'a'.repeat(86)}`, auth: 'a'.repeat(22) }
    const right = { endpoint: 'https://push.example.org/1', expirationTime: null, keys }
    await alice.setPushRegistrationId('web', JSON.stringify(right))
    expect(await world.pushRegistrations('alice')).toEqual([`web ${JSON.stringify(right)}`])
    const wrong = [
      'https://push.example.org/1',
      'null',
      ...[
        { ...right, endpoint: 'file:///etc/passwd' },
        { ...right, endpoint: 'https://a:b@push.example.org' },
        { ...right, keys: { ...keys, p256dh: 'short' } },
        { ...right, keys: { p256dh: keys.p256dh } },
        { endpoint: right.endpoint },
      ].map((each) => JSON.stringify(each)),
    ]
    for (const id of wrong) await expect(alice.setPushRegistrationId('web', id)).rejects.toMatchObject({ code: 20001 })
    expect(await world.pushRegistrations('alice')).toHaveLength(1)
  })

  test('that comes without a connection is done with the next one', async () => {
    const world = await World.begin()
    const alice = await Device.ready(world, 'alice')
    let setting: Promise<void> | undefined
    await alice.interrupt(async () => {
      setting = alice.client.setPushRegistrationId('fcm', 'phone')
    })
    await setting
    expect(await world.pushRegistrations('alice')).toEqual(['fcm phone'])
  })

  test('never registers the device under another identity', async () => {
    const world = await World.begin()
    const device = await Device.ready(world, 'alice')
    const { client } = device
    const token = await world.server.token('bob')
    await client.setPushRegistrationId('apn', 'watch')
    let setting: Promise<unknown> | undefined
    await device.interrupt(async () => {
      setting = codeOf(client.setPushRegistrationId('fcm', 'phone'))
      await client.updateToken(token)
    })
    expect(await setting).toBe(51207)
    expect(client.user.identity).toBe('bob')
    await client.unsetPushRegistrationId('apn')
    expect([await world.pushRegistrations('alice'), await world.pushRegistrations('bob')]).toEqual([['apn watch'], []])
    await client.setPushRegistrationId('apn', 'watch')
    expect([await world.pushRegistrations('alice'), await world.pushRegistrations('bob')]).toEqual([[], ['apn watch']])
  })
})

describe('Client.unsetPushRegistrationId', () => {
  test('takes back what this client registered, and nothing else', async () => {
    const world = await World.begin()
    const [one, two] = [await world.client('alice'), await world.client('alice')]
    await one.setPushRegistrationId('fcm', 'phone')
    await two.setPushRegistrationId('fcm', 'tablet')
    await one.unsetPushRegistrationId('apn')
    await one.unsetPushRegistrationId('fcm')
    await one.unsetPushRegistrationId('fcm')
    expect(await world.pushRegistrations('alice')).toEqual(['fcm tablet'])
  })

  test('follows a registration that is still under way', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    await Promise.all([alice.setPushRegistrationId('fcm', 'phone'), alice.unsetPushRegistrationId('fcm')])
    expect(await world.pushRegistrations('alice')).toEqual([])
  })
})

describe('Client.removePushRegistrations', () => {
  test('takes a device away, whichever client registered it, but not from somebody else', async () => {
    const world = await World.begin()
    const [one, two, bob] = [await world.client('alice'), await world.client('alice'), await world.client('bob')]
    await one.setPushRegistrationId('fcm', 'phone')
    await one.setPushRegistrationId('apn', 'watch')
    await bob.removePushRegistrations('fcm', 'phone')
    await two.removePushRegistrations('fcm', 'watch')
    expect(await world.pushRegistrations('alice')).toEqual(['fcm phone', 'apn watch'])
    await two.removePushRegistrations('fcm', 'phone')
    expect(await world.pushRegistrations('alice')).toEqual(['apn watch'])
  })
})

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    ({ code }) => code,
  )
}
