import type { Client } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { Device } from './device.ts'
import { HandClock } from './hand-clock.ts'
import { next, record, World } from './world.ts'

/** Lets the service tell who is online, or not. */
async function tell(world: World, reachabilityEnabled = true): Promise<void> {
  await world.configure(SERVICE_SID, { reachabilityEnabled })
}

/** Settles when the server has noticed that only some connections are left. */
async function connectionsAre(world: World, count: number): Promise<void> {
  await expect.poll(() => world.server.metric('conversa_connections')).toBe(count)
}

/** Lets everything arrive that the server has sent a client so far. */
async function arrive(client: Client): Promise<void> {
  await client.createConversation()
}

const reachabilityOf = ({ isOnline, isNotifiable }: Client['user']) => [isOnline, isNotifiable]

describe('Client.reachabilityEnabled', () => {
  test('is false, and nobody is online or offline, unless the service tells it', async () => {
    const world = await World.begin()
    const { clients } = await world.room('alice', 'bob')
    const [alice] = clients
    const bob = await alice.getUser('bob')
    expect([alice.reachabilityEnabled, ...reachabilityOf(alice.user), ...reachabilityOf(bob)]).toEqual([
      false,
      ...[null, null],
      ...[null, null],
    ])
  })

  test('follows the setting of the service', async () => {
    const world = await World.begin()
    const { clients } = await world.room('alice', 'bob')
    const [alice] = clients
    const bob = await alice.getUser('bob')
    for (const [isTold, expected] of [
      [true, [true, false]],
      [false, [null, null]],
    ] as const) {
      const told = next(bob, 'updated')
      await tell(world, isTold)
      expect((await told).updateReasons).toEqual(['reachabilityOnline', 'reachabilityNotifiable'])
      await arrive(alice)
      expect([alice.reachabilityEnabled, reachabilityOf(bob), reachabilityOf(alice.user)]).toEqual([isTold, expected, expected])
    }
    await tell(world)
    expect((await world.client('carol')).reachabilityEnabled).toBe(true)
  })
})

describe('User.isOnline', () => {
  test('is told when somebody comes, and some time after they went', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    await tell(world)
    const alice = await world.client('alice')
    await world.server.core.signIn({ serviceSid: SERVICE_SID, identity: 'bob' })
    const user = await alice.getUser('bob')
    const told = record(alice, { userUpdated: ({ updateReasons }) => updateReasons })
    expect(user.isOnline).toBe(false)
    const came = next(user, 'updated')
    const bob = await world.client('bob')
    await came
    expect([user.isOnline, bob.user.isOnline]).toEqual([true, true])
    const went = next(user, 'updated')
    await bob.shutdown()
    await connectionsAre(world, 1)
    clock.advance(2000)
    await went
    expect(user.isOnline).toBe(false)
    expect(told).toEqual([
      ['userUpdated', ['reachabilityOnline']],
      ['userUpdated', ['reachabilityOnline']],
    ])
  })

  test('does not flicker when somebody reconnects', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    await tell(world)
    const [alice, bob] = [await world.client('alice'), await Device.ready(world, 'bob')]
    const user = await alice.getUser('bob')
    const told = record(user, { updated: ({ updateReasons }) => updateReasons })
    await bob.interrupt(async () => {
      await connectionsAre(world, 1)
      clock.advance(1999)
    })
    clock.advance(10_000)
    await arrive(alice)
    expect([user.isOnline, told]).toEqual([true, []])
    const went = next(user, 'updated')
    bob.network.partition()
    await connectionsAre(world, 1)
    clock.advance(2000)
    await went
    expect([user.isOnline, told]).toEqual([false, [['updated', ['reachabilityOnline']]]])
  })

  test('is known again after the own connection was lost', async () => {
    const world = await World.begin()
    await tell(world)
    const [alice, bob] = [await Device.ready(world, 'alice'), await world.client('bob')]
    const user = await alice.client.getUser('bob')
    const told = next(user, 'updated')
    await alice.interrupt(() => bob.setPushRegistrationId('fcm', 'phone'))
    expect((await told).updateReasons).toEqual(['reachabilityNotifiable'])
    expect(reachabilityOf(user)).toEqual([true, true])
  })
})

describe('User.isNotifiable', () => {
  test('follows the push registrations, also of the signed-in user', async () => {
    const world = await World.begin()
    await tell(world)
    const [alice, bob] = [await world.client('alice'), await world.client('bob')]
    const user = await alice.getUser('bob')
    expect([user.isNotifiable, bob.user.isNotifiable]).toEqual([false, false])
    for (const isNotifiable of [true, false]) {
      const told = [next(user, 'updated'), next(bob.user, 'updated')]
      if (isNotifiable) await bob.setPushRegistrationId('fcm', 'phone')
      else await bob.unsetPushRegistrationId('fcm')
      for (const { updateReasons } of await Promise.all(told)) expect(updateReasons).toEqual(['reachabilityNotifiable'])
      expect([user.isNotifiable, bob.user.isNotifiable]).toEqual([isNotifiable, isNotifiable])
    }
  })
})

describe('secrecy', () => {
  test('who did not ask and who is in another service hears nothing of whoever comes, goes and registers', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    for (const sid of [SERVICE_SID, OTHER_SERVICE_SID]) await world.configure(sid, { reachabilityEnabled: true })
    const { server } = world
    const [stranger, foreign] = [await server.signIn('stranger'), await server.signIn('anna', OTHER_SERVICE_SID)]
    await server.core.signIn({ serviceSid: OTHER_SERVICE_SID, identity: 'bob' })
    await foreign.ask({ type: 'user.get', identity: 'bob' })
    const witness = await world.client('witness')
    const heard: unknown[] = []
    for (const raw of [stranger, foreign]) raw.onEvent = (event) => heard.push(event)
    const bob = await world.client('bob')
    const user = await witness.getUser('bob')
    await bob.setPushRegistrationId('fcm', 'phone')
    await bob.user.updateFriendlyName('secret')
    const went = next(user, 'updated', () => user.isOnline === false)
    await bob.shutdown()
    await connectionsAre(world, 3)
    clock.advance(2000)
    await went
    for (const raw of [stranger, foreign]) await raw.ask({ type: 'session.ping' })
    expect(heard).toEqual([])
  })

  test('a back end that asks is told as well', async () => {
    const world = await World.begin()
    await tell(world)
    await world.client('bob')
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    expect(await world.server.core.answer(backEnd, { type: 'user.get', identity: 'bob' })).toMatchObject({
      reachability: { online: true, notifiable: false },
    })
  })
})
