import { LIMITS } from '@conversa/protocol'
import { expect, onTestFinished, test } from 'vitest'
import type { UserSubscriptions } from '../fan-out/user-subscriptions.ts'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, type OpenStore, type Person, type Recorder, refusalOf } from './core-world.ts'

/** A session that asks for users, and what it hears. */
async function session(person: Person): Promise<{ users: UserSubscriptions; recorder: Recorder }> {
  const recorder = await person.listen()
  return { users: person.world.core.userSubscriptions(person.actor, recorder.attachment), recorder }
}

const get = (users: UserSubscriptions, identity: string) => users.get({ type: 'user.get', identity })
const rename = (person: Person, friendlyName: string) => person.do({ type: 'user.update', friendlyName })

/** Who hears of other users: rest-and-semantics 4.5, G7. */
export function userSubscriptionContract(begin: BeginWorld, open: OpenStore): void {
  test('who asked for a user hears of every change of their profile, as it is then and without a revision', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const { users, recorder } = await session(anna)
    expect(await get(users, 'ben')).toMatchObject({ user: { identity: 'ben', friendlyName: null } })
    world.pass(1000)
    await rename(ben, 'Ben')
    await world.backEnd.do({ type: 'user.update', identity: 'ben', attributes: '[1]' })
    const { user } = await anna.ask({ type: 'user.get', identity: 'ben' })
    expect(recorder.take()).toEqual([
      { type: 'profile.updated', user: { ...user, attributes: '{}' } },
      { type: 'profile.updated', user },
    ])
  })

  test('nothing else of them is heard: not their conversations, not what changes nothing', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const { users, recorder } = await session(anna)
    await get(users, 'ben')
    const conversationSid = await ben.converse()
    await ben.send(conversationSid, 'secret')
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    await ben.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await ben.do({ type: 'user.update', attributes: '{}' })
    await ben.leave(conversationSid)
    expect(recorder.heard).toEqual([])
  })

  test('who did not ask, stopped asking or detached hears nothing', async () => {
    const world = await begin()
    const [anna, ben, carl] = [await world.user('anna'), await world.user('ben'), await world.user('carl')]
    const [asks, stops, detaches] = [await session(anna), await session(anna), await session(carl)]
    const others = [await anna.listen(), await carl.listen()]
    for (const { users } of [asks, stops, detaches]) await get(users, 'ben')
    stops.users.end('ben')
    detaches.recorder.attachment.detach()
    await rename(ben, 'Ben')
    expect(asks.recorder.takeTypes()).toEqual(['profile.updated'])
    for (const recorder of [stops.recorder, detaches.recorder, ...others]) expect(recorder.heard).toEqual([])
  })

  test('of oneself one hears as a user, once', async () => {
    const anna = await (await begin()).user('anna')
    const { users, recorder } = await session(anna)
    await get(users, 'anna')
    await rename(anna, 'Anna')
    expect(recorder.takeTypes()).toEqual(['user.updated'])
  })

  test('who is not there cannot be followed, not even until they come', async () => {
    const world = await begin()
    const { users, recorder } = await session(await world.user('anna'))
    expect(refusalOf(await get(users, 'ben'))).toBe('user-not-found')
    await rename(await world.user('ben'), 'Ben')
    expect(recorder.heard).toEqual([])
  })

  test('a user of the same name in another service is another one', async () => {
    const store = await open()
    onTestFinished(() => store.close())
    const [one, two] = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)]
    const { users, recorder } = await session(await one.user('anna'))
    const [mine, theirs] = [await one.user('ben'), await two.user('ben')]
    await get(users, 'ben')
    await rename(theirs, 'secret')
    expect(recorder.heard).toEqual([])
    await rename(mine, 'Ben')
    expect(recorder.takeTypes()).toEqual(['profile.updated'])
    await two.user('carl')
    expect(refusalOf(await get(users, 'carl'))).toBe('user-not-found')
  })

  test('whoever is told while a question is under way is told what is not older than the answer', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const { users, recorder } = await session(anna)
    const [answer] = await Promise.all([get(users, 'ben'), rename(ben, 'Ben')])
    const asked = 'user' in answer ? answer.user.friendlyName : undefined
    const heard = recorder.take().flatMap((event) => (event.type === 'profile.updated' ? event.user.friendlyName : []))
    expect([asked, ...heard]).toContain('Ben')
    expect(heard).toEqual(['Ben'])
  })

  test('beyond the limit the one that was followed longest makes room, and is named', async () => {
    const world = await begin()
    const { users, recorder } = await session(await world.user('anna'))
    const people: Person[] = []
    for (let at = 0; at <= LIMITS.usersPerSession; at++) people.push(await world.user(`person ${at}`))
    const [first, second, ...rest] = people as [Person, Person, ...Person[]]
    const last = rest.pop() as Person
    for (const { identity } of [first, second, ...rest, first])
      expect(await get(users, identity)).not.toHaveProperty('unsubscribed')
    expect(refusalOf(await get(users, 'nobody'))).toBe('user-not-found')
    await rename(first, 'still heard')
    expect(recorder.takeTypes()).toEqual(['profile.updated'])
    expect(await get(users, last.identity)).toMatchObject({ unsubscribed: first.identity })
    await rename(first, 'not heard')
    expect(recorder.heard).toEqual([])
    for (const person of [second, last]) await rename(person, 'heard')
    expect(recorder.takeTypes()).toEqual(['profile.updated', 'profile.updated'])
    users.end(second.identity)
    expect(await get(users, first.identity)).not.toHaveProperty('unsubscribed')
  })

  test('the last word counts: asking, then stopping, and the other way round', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const { users, recorder } = await session(anna)
    const asking = get(users, 'ben')
    users.end('ben')
    await asking
    await rename(ben, 'not heard')
    expect(recorder.heard).toEqual([])
    const askingTwice = [get(users, 'ben'), get(users, 'ben')]
    await Promise.all(askingTwice)
    await rename(ben, 'heard')
    expect(recorder.takeTypes()).toEqual(['profile.updated'])
  })
}
