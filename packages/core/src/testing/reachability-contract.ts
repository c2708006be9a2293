import { expect, onTestFinished, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, type OpenStore, type Person, Recorder } from './core-world.ts'

/** A session that follows users, and hears how they can be reached. */
async function follower(person: Person, ...identities: string[]): Promise<Recorder> {
  const recorder = await person.listen()
  const users = person.world.core.userSubscriptions(person.actor, recorder.attachment)
  for (const identity of identities) await users.get({ type: 'user.get', identity })
  return recorder
}

/** What was told of reachability since this was asked last, after everything under way is done. */
async function told(recorder: Recorder): Promise<unknown[]> {
  await recorder.person.world.core.settled()
  const events = recorder.take()
  return events.flatMap((event) => (event.type === 'reachability.updated' ? [[event.identity, event.reachability]] : []))
}

const enable = (world: CoreWorld, reachabilityEnabled = true) =>
  world.submit({ about: {}, command: () => ({ type: 'service.update', reachabilityEnabled }) })
const reachabilityOf = async (asker: Person, identity: string) => (await asker.ask({ type: 'user.get', identity })).reachability
const device = { channelType: 'fcm', registrationId: 'phone' } as const
const register = (person: Person) => person.do({ type: 'push.register', ...device })
const unregister = (person: Person) => person.do({ type: 'push.unregister', ...device })

const offline = { online: false, notifiable: false }
const online = { online: true, notifiable: false }

/** Who is online, and who can be reached by push: rest-and-semantics 3.12. */
export function reachabilityContract(begin: BeginWorld, open: OpenStore): void {
  const stage = async () => {
    const world = await begin()
    await enable(world)
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    return { world, anna, ben, hers: await follower(anna, 'ben') }
  }

  test('is not told where the service does not say so', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const hers = await follower(anna, 'ben')
    const his = await ben.listen()
    await register(ben)
    expect(await reachabilityOf(anna, 'ben')).toBeNull()
    expect((await world.core.catchUpUser(ben.actor, undefined)).reachability).toBeNull()
    his.attachment.detach()
    world.pass(10_000)
    expect([await told(hers), his.heard]).toEqual([[], []])
  })

  test('a user is online from the first session to a while after the last one', async () => {
    const { world, anna, ben, hers } = await stage()
    expect(await reachabilityOf(anna, 'ben')).toEqual(offline)
    const [one, two] = [await ben.listen(), await ben.listen()]
    expect(await told(hers)).toEqual([['ben', online]])
    expect(await reachabilityOf(anna, 'ben')).toEqual(online)
    one.attachment.detach()
    one.attachment.detach()
    world.pass(10_000)
    expect(await told(hers)).toEqual([])
    two.attachment.detach()
    world.pass(1999)
    expect([await told(hers), await reachabilityOf(anna, 'ben')]).toEqual([[], online])
    world.pass(1)
    expect([await told(hers), await reachabilityOf(anna, 'ben')]).toEqual([[['ben', offline]], offline])
  })

  test('whoever reconnects in time does not flicker, however often', async () => {
    const { world, ben, hers } = await stage()
    let his = await ben.listen()
    await told(hers)
    for (let times = 0; times < 3; times++) {
      his.attachment.detach()
      world.pass(1500)
      his = await ben.listen()
      world.pass(1500)
    }
    expect(await told(hers)).toEqual([])
    his.attachment.detach()
    world.pass(2000)
    expect(await told(hers)).toEqual([['ben', offline]])
  })

  test('a user is notifiable from the first push registration to the last one, and their own devices are told too', async () => {
    const { world, anna, ben, hers } = await stage()
    const his = await ben.listen()
    for (const recorder of [hers, his]) await told(recorder)
    await register(ben)
    const both = { online: true, notifiable: true }
    expect([await told(hers), await told(his)]).toEqual([[['ben', both]], [['ben', both]]])
    expect((await world.core.catchUpUser(ben.actor, undefined)).reachability).toEqual(both)
    await register(ben)
    await ben.do({ type: 'push.register', channelType: 'apn', registrationId: 'phone' })
    await unregister(ben)
    expect([await told(hers), await reachabilityOf(anna, 'ben')]).toEqual([[], both])
    await ben.do({ type: 'push.unregister', channelType: 'apn', registrationId: 'phone' })
    expect([await told(hers), await told(his)]).toEqual([[['ben', online]], [['ben', online]]])
  })

  test('a device that moves to another user is told of both', async () => {
    const { world, ben, hers } = await stage()
    const both = await follower(await world.user('dora'), 'anna', 'ben')
    await register(ben)
    expect(await told(hers)).toEqual([['ben', { online: false, notifiable: true }]])
    await told(both)
    await register(await world.user('anna'))
    expect(new Set(await told(both))).toEqual(
      new Set([
        ['ben', offline],
        ['anna', { online: true, notifiable: true }],
      ]),
    )
  })

  test('only who follows a user hears, and only in their service', async () => {
    const store = await open()
    onTestFinished(() => store.close())
    const [one, two] = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)]
    for (const world of [one, two]) await enable(world)
    const stranger = await (await one.user('stranger')).listen()
    const stopped = await follower(await one.user('stopped'), 'ben')
    stopped.attachment.unfollow('ben')
    await two.user('ben')
    const foreign = await follower(await two.user('anna'), 'ben')
    const ben = await one.user('ben')
    const his = await ben.listen()
    await register(ben)
    his.attachment.detach()
    one.pass(2000)
    for (const recorder of [stranger, stopped, foreign]) expect(await told(recorder)).toEqual([])
    expect(await reachabilityOf(await two.user('anna'), 'ben')).toEqual(offline)
  })

  test('the switch is told to everybody whom it concerns, and to no other service', async () => {
    const store = await open()
    onTestFinished(() => store.close())
    const [one, two] = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)]
    await one.user('ben')
    const hers = await follower(await one.user('anna'), 'ben')
    const foreign = await (await two.user('anna')).listen()
    await enable(one)
    expect(new Map((await told(hers)) as [string, object][])).toEqual(new Map(Object.entries({ anna: online, ben: offline })))
    await enable(one, false)
    expect(new Map((await told(hers)) as [string, null][])).toEqual(new Map(Object.entries({ anna: null, ben: null })))
    expect(await told(foreign)).toEqual([])
    expect((await one.core.service(one.serviceSid))?.reachabilityEnabled).toBe(false)
  })

  test('what happens at the same moment ends with what is so', async () => {
    const { world, anna, ben, hers } = await stage()
    const sessions = await Promise.all([ben.listen(), ben.listen(), register(ben), unregister(ben), register(ben)])
    for (const one of sessions) if (one instanceof Recorder) one.attachment.detach()
    world.pass(2000)
    const last = (await told(hers)).at(-1)
    expect(last).toEqual(['ben', { online: false, notifiable: true }])
    expect(await reachabilityOf(anna, 'ben')).toEqual({ online: false, notifiable: true })
  })
}
