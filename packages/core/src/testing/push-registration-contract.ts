import { LIMITS, type PushChannel } from '@conversa/protocol'
import { expect, onTestFinished, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, type OpenStore, type Person, refusalOf } from './core-world.ts'

const register = async (person: Person, registrationId: string, channelType: PushChannel = 'fcm') =>
  (await person.do({ type: 'push.register', channelType, registrationId })).registration
const unregister = (person: Person, registrationId: string, channelType: PushChannel = 'fcm') =>
  person.do({ type: 'push.unregister', channelType, registrationId })
const listed = async (person: Person) => (await person.ask({ type: 'push.list' })).registrations
const idsOf = async (person: Person) => (await listed(person)).map(({ registrationId }) => registrationId)

/** Where users can be reached by push: rest-and-semantics 3.12 and 4.2. */
export function pushRegistrationContract(begin: BeginWorld, open: OpenStore): void {
  test('what was registered is listed, the longest ago first, and dated anew when it is registered again', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    expect(await listed(anna)).toEqual([])
    const first = await register(anna, 'phone')
    expect(first).toMatchObject({ channelType: 'fcm', registrationId: 'phone', dateCreated: world.now, dateUpdated: world.now })
    world.pass(1000)
    const other = await register(anna, 'phone', 'apn')
    expect(await listed(anna)).toEqual([first, other])
    world.pass(1000)
    const again = await register(anna, 'phone')
    expect(again).toEqual({ ...first, dateUpdated: world.now })
    expect(await listed(anna)).toEqual([other, again])
  })

  test('what was unregistered is gone, and to unregister what is not there is fine', async () => {
    const anna = await (await begin()).user('anna')
    await register(anna, 'phone')
    await register(anna, 'tablet')
    await unregister(anna, 'phone', 'apn')
    await unregister(anna, 'phone')
    await unregister(anna, 'phone')
    expect(await idsOf(anna)).toEqual(['tablet'])
  })

  test('a device belongs to who registered it last, and nobody else can take it away', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const hers = await register(anna, 'phone')
    const his = await register(ben, 'phone')
    expect(his.sid).not.toBe(hers.sid)
    await unregister(anna, 'phone')
    expect([await idsOf(anna), await idsOf(ben)]).toEqual([[], ['phone']])
    await Promise.all([register(anna, 'phone'), register(ben, 'phone'), register(anna, 'phone')])
    expect([...(await idsOf(anna)), ...(await idsOf(ben))]).toEqual(['phone'])
  })

  test('a device of another service is another one, and is not seen', async () => {
    const store = await open()
    onTestFinished(() => store.close())
    const [one, two] = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)]
    const [mine, theirs] = [await one.user('anna'), await two.user('anna')]
    await register(mine, 'phone')
    expect(await idsOf(theirs)).toEqual([])
    await register(theirs, 'phone')
    await unregister(theirs, 'phone')
    expect([await idsOf(mine), await idsOf(theirs)]).toEqual([['phone'], []])
  })

  test('beyond 50 the one that was registered longest ago goes', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const ids = Array.from({ length: LIMITS.pushRegistrationsPerUser }, (_, at) => `device-${at}`)
    for (const id of ids) {
      world.pass(1)
      await register(anna, id)
    }
    world.pass(1)
    await register(anna, 'device-0')
    expect(await idsOf(anna)).toHaveLength(LIMITS.pushRegistrationsPerUser)
    world.pass(1)
    await register(anna, 'new')
    expect(await idsOf(anna)).toEqual([...ids.slice(2), 'device-0', 'new'])
  })

  test('the answer to a repeated key is the first one', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const command = { type: 'push.register', channelType: 'fcm', registrationId: 'phone', key: 'k' } as const
    const first = await anna.do(command)
    await register(ben, 'phone')
    expect(await anna.do(command)).toEqual(first)
    expect([await idsOf(anna), await idsOf(ben)]).toEqual([[], ['phone']])
  })

  test('a back end is nobody who could be reached', async () => {
    const { backEnd } = await begin()
    const named = { channelType: 'fcm', registrationId: 'phone' } as const
    expect(refusalOf(await backEnd.try({ type: 'push.register', ...named }))).toBe('user-not-found')
    expect(refusalOf(await backEnd.try({ type: 'push.unregister', ...named }))).toBe('user-not-found')
    expect(refusalOf(await backEnd.tryToAsk({ type: 'push.list' }))).toBe('user-not-found')
  })
}
