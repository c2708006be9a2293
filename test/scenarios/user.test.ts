import { describe, expect, test } from 'vitest'
import { next, record, World } from './world.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

describe('User.identity, User.friendlyName, User.attributes', () => {
  test('are nameless and empty at first, and what they made of them for everybody', async () => {
    const world = await World.begin()
    const [alice, bob] = [await world.client('alice'), await world.client('bob')]
    expect(alice.user).toMatchObject({ identity: 'alice', friendlyName: null, attributes: {} })
    await alice.user.updateFriendlyName('Alice')
    await alice.user.updateAttributes({ avatar: 'a.png' })
    expect(await bob.getUser('alice')).toMatchObject({
      identity: 'alice',
      friendlyName: 'Alice',
      attributes: { avatar: 'a.png' },
    })
  })
})

describe('User.updateFriendlyName', () => {
  test('renames, null removes the name, and it resolves to the user', async () => {
    const { user } = await (await World.begin()).client('alice')
    expect(await user.updateFriendlyName('Alice')).toBe(user)
    expect(user.friendlyName).toBe('Alice')
    await user.updateFriendlyName(null)
    expect(user.friendlyName).toBeNull()
  })

  test('is refused for others without the permission, when it is too long, and when it is no text', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    await world.client('bob')
    expect(await codeOf((await alice.getUser('bob')).updateFriendlyName('x'))).toBe(50107)
    expect(await codeOf(alice.user.updateFriendlyName('x'.repeat(257)))).toBe(50003)
    expect(await codeOf(alice.user.updateFriendlyName(undefined as never))).toBe(20001)
  })
})

describe('User.updateAttributes', () => {
  test('replaces them as a whole, and resolves to the user', async () => {
    const { user } = await (await World.begin()).client('alice')
    for (const value of [{ a: 1 }, { b: 2 }, [1], 'text', null]) {
      expect(await user.updateAttributes(value)).toBe(user)
      expect(user.attributes).toEqual(value)
    }
    expect(await codeOf(user.updateAttributes(undefined))).toBe(20001)
    expect(user.attributes).toBeNull()
  })
})

describe('User.updated', () => {
  test('is told once per change, with the user and every reason', async () => {
    const world = await World.begin()
    const [one, two] = [await world.client('alice'), await world.client('alice')]
    const told = record(two.user, { updated: ({ user, updateReasons }) => [user === two.user, updateReasons] })
    const last = next(two.user, 'updated', ({ user }) => user.attributes === 7)
    await one.user.updateFriendlyName('Alice')
    await one.user.updateFriendlyName('Alice')
    await one.user.updateAttributes(7)
    await last
    expect(told).toEqual([
      ['updated', [true, ['friendlyName']]],
      ['updated', [true, ['attributes']]],
    ])
  })
})
