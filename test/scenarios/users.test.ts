import { type Client, ConversaError } from '@conversa/client'
import type { Passing } from 'conversa'
import { describe, expect, test } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { Device } from './device.ts'
import { next, record, World } from './world.ts'

/** Somebody who is known and not connected, with the service role of a name. */
async function known({ server }: World, identity: string, roleName = 'service user'): Promise<string> {
  const roles = await server.store.read((reads) => reads.roles(SERVICE_SID))
  const role = roles.values().find(({ friendlyName }) => friendlyName === roleName)
  await server.core.signIn({ serviceSid: SERVICE_SID, identity, roleSid: role?.sid })
  return identity
}

/** Lets everything arrive that the server has sent a client so far. */
async function arrive(client: Client): Promise<void> {
  await client.createConversation()
}

describe('Client.getUser, Client.getSubscribedUsers, Client.userSubscribed, Client.userUnsubscribed', () => {
  test('gives a user, who is subscribed and stays up to date', async () => {
    const world = await World.begin()
    const [alice, bob] = [await world.client('alice'), await world.client('bob')]
    const told = record(alice, { userSubscribed: (user) => user.identity, userUpdated: ({ user }) => user.identity })
    const user = await alice.getUser('bob')
    expect([user.identity, user.friendlyName, user.attributes, user.isSubscribed]).toEqual(['bob', null, {}, true])
    const heard = record(user, { updated: ({ updateReasons }) => updateReasons })
    await bob.user.updateFriendlyName('Bob')
    await bob.user.updateAttributes({ a: 1 })
    await arrive(alice)
    expect(heard.map(([, reasons]) => reasons)).toEqual([['friendlyName'], ['attributes']])
    expect([user.friendlyName, user.attributes]).toEqual(['Bob', { a: 1 }])
    expect(told).toEqual([
      ['userSubscribed', 'bob'],
      ['userUpdated', 'bob'],
      ['userUpdated', 'bob'],
    ])
  })

  test('gives the same object again, also to those who ask at the same time and by the participant', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice', 'bob')
    const [alice] = clients
    const told = record(alice, { userSubscribed: (user) => user.identity })
    const [one, two] = await Promise.all([alice.getUser('bob'), alice.getUser('bob')])
    const participant = await conversations[0].getParticipantByIdentity('bob')
    expect(two).toBe(one)
    expect(await participant.getUser()).toBe(one)
    expect(told).toHaveLength(1)
  })

  test('gives the signed-in user, who needs no subscription', async () => {
    const alice = await (await World.begin()).client('alice')
    const told = record(alice, { userSubscribed: () => true, userUnsubscribed: () => true })
    expect(await alice.getUser('alice')).toBe(alice.user)
    expect(alice.user.isSubscribed).toBe(true)
    await alice.user.unsubscribe()
    expect(alice.user.isSubscribed).toBe(true)
    expect(await alice.getSubscribedUsers()).toEqual([alice.user])
    expect(told).toEqual([])
  })

  test('rejects when there is no such user, and follows nobody', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    await expect(alice.getUser('nobody')).rejects.toMatchObject({ code: 50200 })
    await expect(alice.getUser('')).rejects.toBeInstanceOf(ConversaError)
    expect(await alice.getSubscribedUsers()).toEqual([alice.user])
  })

  test('beyond 100 unsubscribes the one that was subscribed longest', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    for (let at = 0; at <= 100; at++) await known(world, `person ${at}`)
    const lost = record(alice, { userUnsubscribed: (user) => user.identity })
    const users = await Promise.all(Array.from({ length: 100 }, (_, at) => alice.getUser(`person ${at}`)))
    expect(lost).toEqual([])
    const last = await alice.getUser('person 100')
    expect(lost).toEqual([['userUnsubscribed', 'person 0']])
    expect(users[0]?.isSubscribed).toBe(false)
    expect(await alice.getSubscribedUsers()).toEqual([alice.user, ...users.slice(1), last])
  })
})

describe('User.unsubscribe, User.isSubscribed, User.userSubscribed, User.userUnsubscribed', () => {
  test('leaves the object as it is, tells so once, and the next getUser subscribes the same object again', async () => {
    const world = await World.begin()
    const [alice, bob] = [await world.client('alice'), await world.client('bob')]
    const user = await alice.getUser('bob')
    const heard = record(user, {
      updated: ({ updateReasons }) => updateReasons,
      userSubscribed: (each) => each.isSubscribed,
      userUnsubscribed: (each) => each.isSubscribed,
    })
    const told = record(alice, { userUnsubscribed: (each) => each.identity })
    await user.unsubscribe()
    await user.unsubscribe()
    await bob.user.updateFriendlyName('Bob')
    await arrive(alice)
    expect(user.friendlyName).toBeNull()
    expect(await alice.getSubscribedUsers()).toEqual([alice.user])
    expect(await alice.getUser('bob')).toBe(user)
    expect(user.friendlyName).toBe('Bob')
    expect(heard).toEqual([
      ['userUnsubscribed', false],
      ['updated', ['friendlyName']],
      ['userSubscribed', true],
    ])
    expect(told).toEqual([['userUnsubscribed', 'bob']])
  })
})

describe('User.updateFriendlyName, User.updateAttributes', () => {
  test('of somebody else are refused without the permission', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    await world.client('bob')
    const user = await alice.getUser('bob')
    const refused = { code: 50107, detail: { permission: 'editAnyUserInfo' } }
    await expect(user.updateFriendlyName('x')).rejects.toMatchObject(refused)
    await expect(user.updateAttributes({})).rejects.toMatchObject(refused)
  })

  test.each([true, false])('of somebody else show when they settle, subscribed or not: %s', async (isSubscribed) => {
    const world = await World.begin()
    const admin = await world.client(await known(world, 'admin', 'service admin'))
    await world.client('bob')
    const user = await admin.getUser('bob')
    if (!isSubscribed) await user.unsubscribe()
    await user.updateFriendlyName('Bob')
    await user.updateAttributes([1])
    expect([user.friendlyName, user.attributes, user.isSubscribed]).toEqual(['Bob', [1], isSubscribed])
  })
})

describe('a connection that was lost', () => {
  test('is followed by asking for every subscribed user anew, and what changed is told', async () => {
    const world = await World.begin()
    const [device, bob] = [await Device.ready(world, 'alice'), await world.client('bob')]
    const alice = device.client
    const [user, gone] = [await alice.getUser('bob'), await alice.getUser(await known(world, 'carol'))]
    await gone.unsubscribe()
    const updated = next(user, 'updated')
    await device.interrupt(() => bob.user.updateFriendlyName('Bob'))
    expect((await updated).updateReasons).toEqual(['friendlyName'])
    await bob.user.updateAttributes({ a: 1 })
    await arrive(alice)
    expect([user.attributes, user.isSubscribed, gone.isSubscribed]).toEqual([{ a: 1 }, true, false])
  })

  test('and another user who signs in takes over no subscription', async () => {
    const world = await World.begin()
    const [device, bob] = [await Device.ready(world, 'alice'), await world.client('bob')]
    const alice = device.client
    const user = await alice.getUser('bob')
    const told = next(alice, 'userUnsubscribed')
    const token = await world.server.token('carol')
    await device.interrupt(() => alice.updateToken(token))
    expect(await told).toBe(user)
    expect(alice.user.identity).toBe('carol')
    await bob.user.updateFriendlyName('Bob')
    await arrive(alice)
    expect([user.friendlyName, user.isSubscribed, await alice.getSubscribedUsers()]).toEqual([null, false, [alice.user]])
  })
})

describe('an answer about a user', () => {
  /** Somebody's device, and a server whose first answers about users have seen what there was, and come when they are released. */
  async function slowAnswers() {
    const world = await World.begin()
    const { core } = world.server
    const answer = core.answer.bind(core)
    const released = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<void>()
    let isFirst = true
    core.answer = async (actor, query) => {
      const result = await answer(actor, query)
      if (query.type === 'user.get' && isFirst) {
        isFirst = false
        taken.resolve()
        await released.promise
      }
      return result
    }
    const [device, bob] = [await Device.ready(world, 'alice'), await world.client('bob')]
    const user = device.client.getUser('bob')
    await taken.promise
    return { device, bob, user, release: released.resolve }
  }
  const isToldOf = ({ direction, frame }: Passing) =>
    direction === 'down' && (frame?.event as { type?: string } | undefined)?.type === 'profile.updated'

  test('that is overtaken by what was told shows what was told', async () => {
    const { device, bob, user, release } = await slowAnswers()
    const told = device.network.once(isToldOf, 'carry')
    await bob.user.updateFriendlyName('Bob')
    await told
    release()
    expect((await user).friendlyName).toBe('Bob')
  })

  test('that comes by the next connection is newer than what was told on the last one', async () => {
    const { device, bob, user, release } = await slowAnswers()
    const told = device.network.once(isToldOf, 'carry')
    await bob.user.updateFriendlyName('Bob')
    await told
    await arrive(device.client)
    await device.interrupt(() => bob.user.updateFriendlyName('Robert'))
    release()
    expect((await user).friendlyName).toBe('Robert')
  })
})
