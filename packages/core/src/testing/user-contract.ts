import { describe, expect, test } from 'vitest'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { refusalOf, sid } from './core-world.ts'

/** Users: rest-and-semantics 3.2, 3.6 and 3.7. */
export function userContract(begin: BeginWorld): void {
  describe('signing in', () => {
    test('makes a user on first sight, and finds them afterwards', async () => {
      const world = await begin()
      const grant = { serviceSid: world.serviceSid, identity: 'anna' }
      const made = await world.core.signIn(grant)
      world.pass(1000)
      expect(await world.core.signIn({ ...grant, roleSid: await world.roleSid('service admin') })).toEqual(made)
      expect(made).toMatchObject({ identity: 'anna', friendlyName: null, attributes: '{}', revision: 1 })
      expect(made).toMatchObject({ roleSid: await world.roleSid('service user') })
    })

    test('makes one user however many devices come at once', async () => {
      const world = await begin()
      const grant = { serviceSid: world.serviceSid, identity: 'anna' }
      const users = await Promise.all([1, 2, 3, 4].map(() => world.core.signIn(grant)))
      expect(new Set(users.map((user) => (user instanceof Refusal ? 'refused' : user.sid))).size).toBe(1)
      expect(users.map((user) => (user instanceof Refusal ? 0 : user.revision))).toEqual([1, 1, 1, 1])
    })

    test('gives the role of the token when it is one of the service', async () => {
      const world = await begin()
      const [admin, channel] = [await world.roleSid('service admin'), await world.roleSid('channel admin')]
      const roleOf = async (identity: string, roleSid: string) => {
        const user = await world.core.signIn({ serviceSid: world.serviceSid, identity, roleSid })
        return user instanceof Refusal ? undefined : user.roleSid
      }
      const usual = await world.roleSid('service user')
      expect(await roleOf('a', admin)).toBe(admin)
      expect(await roleOf('b', channel)).toBe(usual)
      expect(await roleOf('c', sid('RL', 99))).toBe(usual)
    })

    test.each([
      ['x'.repeat(257), 'identity-too-long'],
      [sid('US', 1), 'identity-looks-like-sid'],
      ['system', 'identity-reserved'],
    ])('refuses the identity %s', async (identity, error) => {
      const world = await begin()
      expect(refusalOf(await world.core.signIn({ serviceSid: world.serviceSid, identity }))).toBe(error)
    })

    test('tells names that only look alike apart, and keeps each as it came (reliability B16)', async () => {
      const world = await begin()
      const alike = ['zo\u00eb', 'zoe\u0308', 'zo\u0435', 'zoe', 'Zoe', 'zoe ', 'zo\u200be', '\u202ezoe']
      for (const identity of alike) {
        await world.user(identity)
        const person = await world.user('anna')
        const conversationSid = await person.converse({ uniqueName: identity })
        expect((await person.ask({ type: 'user.get', identity })).user.identity).toBe(identity)
        const found = await person.ask({ type: 'conversation.get', uniqueName: identity })
        expect(found.conversation).toMatchObject({ sid: conversationSid, uniqueName: identity })
      }
      const sids = await Promise.all(alike.map((identity) => world.core.signIn({ serviceSid: world.serviceSid, identity })))
      expect(new Set(sids.map((user) => (user instanceof Refusal ? '' : user.sid))).size).toBe(alike.length)
    })

    test('refuses a service that does not exist', async () => {
      const world = await begin()
      const answer = await world.core.signIn({ serviceSid: sid('IS', 99), identity: 'anna' })
      expect(refusalOf(answer)).toBe('token-service-unknown')
    })

    test('is told to whoever listens already', async () => {
      const world = await begin()
      const deliver = ({ type }: { type: string }) => void recorder.heard.push(type)
      const recorder = { heard: [] as string[], deliver, lost: () => {} }
      await world.core.attach({ serviceSid: world.serviceSid, identity: 'anna' }, recorder)
      await world.user('anna')
      await world.user('anna')
      expect(recorder.heard).toEqual(['user.created'])
    })
  })

  test('a profile is the own one unless an identity is given', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const before = (await anna.ask({ type: 'user.get', identity: 'anna' })).user
    world.pass(1000)
    await anna.do({ type: 'user.update', friendlyName: 'Anna', attributes: '{"a": 1}' })
    const { user } = await (await world.user('ben')).ask({ type: 'user.get', identity: 'anna' })
    expect(user).toEqual({ ...before, friendlyName: 'Anna', attributes: '{"a": 1}', dateUpdated: world.now })
    await anna.do({ type: 'user.update', identity: 'anna', friendlyName: '' })
    expect((await anna.ask({ type: 'user.get', identity: 'anna' })).user).toEqual({ ...user, friendlyName: null })
  })

  test('an update that changes nothing is not told, another one to all devices', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    await anna.do({ type: 'user.update', friendlyName: 'Anna' })
    const devices = [await anna.listen(), await anna.listen()]
    await anna.do({ type: 'user.update', friendlyName: 'Anna', attributes: '{}' })
    await anna.do({ type: 'user.update' })
    for (const device of devices) expect(device.heard).toEqual([])
    await world.backEnd.do({ type: 'user.update', identity: 'anna', attributes: '[1]' })
    for (const device of devices) expect(device.take()).toMatchObject([{ type: 'user.updated', changes: { attributes: '[1]' } }])
  })

  test('what a client may not set is not set', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const before = (await anna.ask({ type: 'user.get', identity: 'anna' })).user
    const smuggled = { roleSid: await world.roleSid('service admin'), sid: sid('US', 9), dateCreated: 1, revision: 77 }
    await anna.do({ type: 'user.update', friendlyName: 'Anna', ...smuggled } as { type: 'user.update' })
    expect((await anna.ask({ type: 'user.get', identity: 'anna' })).user).toEqual({ ...before, friendlyName: 'Anna' })
  })

  test('a name may have 256 characters', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    await anna.do({ type: 'user.update', friendlyName: 'x'.repeat(256) })
    expect(refusalOf(await anna.try({ type: 'user.update', friendlyName: 'x'.repeat(257) }))).toBe('friendly-name-too-long')
    expect((await anna.ask({ type: 'user.get', identity: 'anna' })).user.friendlyName).toHaveLength(256)
  })

  test('who is not there cannot be found or changed', async () => {
    const world = await begin()
    const admin = await world.serviceAdmin()
    expect(refusalOf(await admin.tryToAsk({ type: 'user.get', identity: 'nobody' }))).toBe('user-not-found')
    for (const person of [admin, world.backEnd]) {
      expect(refusalOf(await person.try({ type: 'user.update', identity: 'nobody', friendlyName: 'x' }))).toBe('user-not-found')
    }
    expect(refusalOf(await world.backEnd.try({ type: 'user.update', friendlyName: 'x' }))).toBe('user-not-found')
  })
}
