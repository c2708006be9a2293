import type { PushChannel } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { PushProblem } from '../push/push-courier.ts'
import type { PushAnswer, PushRequest } from '../push/push-sender.ts'
import { CoreWorld, type OpenStore, type Person, sid } from './core-world.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** A service that carries pushes: it keeps what it was handed, and answers as a test says. */
class WorldPushes {
  readonly tried: PushRequest[] = []
  readonly problems: PushProblem[] = []
  answer: (request: PushRequest) => PushAnswer = () => ({ outcome: 'arrived' })

  readonly send = async (request: PushRequest): Promise<PushAnswer> => {
    this.tried.push(request)
    return this.answer(request)
  }

  makeKeys = () => ({ publicKey: 'public', privateKey: 'private' })
  readonly logged = () => {}
  readonly troubled = (problem: PushProblem) => void this.problems.push(problem)
  readonly close = () => {}

  /** What was handed over since this was asked last: to which device, and what it says. */
  take(): [string, string][] {
    return this.tried.splice(0).map(({ registrationId, notice }) => [registrationId, notice.body])
  }
}

/** Who is told of what by push, and when: rest-and-semantics 3.12. */
export function pushContract(open: OpenStore): void {
  const stage = async (options: { readonly toConnected?: boolean } = {}) => {
    const pushes = new WorldPushes()
    const world = await CoreWorld.begin(open, { push: Object.assign(pushes, options) })
    const rule = { enabled: true }
    await world.submit({
      about: {},
      command: () => ({
        type: 'serviceNotifications.update',
        notifications: { newMessage: { ...rule, withMedia: {} }, addedToConversation: rule, removedFromConversation: rule },
      }),
    })
    const credential = (channel: 'fcm' | 'apn') => ({ type: 'pushCredential.create', secret: secretOf(channel) }) as const
    for (const channel of ['fcm', 'apn'] as const) await world.submit({ about: {}, command: () => credential(channel) })
    const [anna, ben, cleo] = [await world.user('anna'), await world.user('ben'), await world.user('cleo')]
    for (const each of [anna, ben, cleo]) await register(each, `${each.identity}s`)
    const conversationSid = await anna.converse({ friendlyName: 'Lunch' })
    await anna.add(conversationSid, ben, cleo)
    await world.core.settled()
    pushes.take()
    const say = async (body: string, by = anna) => {
      await by.send(conversationSid, body)
      await world.core.settled()
    }
    /** Lets time pass, and what is due then come to its end. */
    const pass = async (milliseconds: number) => {
      world.pass(milliseconds)
      await world.core.settled()
    }
    const left = async () => [(await world.core.outboxCounts('notice')).waiting, (await world.core.outboxCounts('push')).waiting]
    return { world, pushes, anna, ben, cleo, conversationSid, say, pass, left }
  }

  test('a message goes to all others who are not connected and have not muted it, whatever is their device', async () => {
    const { pushes, ben, cleo, conversationSid, say, left } = await stage()
    await register(ben, 'bens-watch', 'apn')
    await cleo.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await say('hello')
    expect(pushes.tried.map(({ channelType, secret }) => [channelType, secret.type]).sort()).toEqual([
      ['apn', 'apn'],
      ['fcm', 'fcm'],
    ])
    expect(pushes.tried[0]?.notice).toMatchObject({
      type: 'new_message',
      badge: null,
      conversationTitle: 'Lunch',
      conversationSid,
    })
    expect(pushes.take().sort()).toEqual([
      ['bens', 'Lunch;anna: hello'],
      ['bens-watch', 'Lunch;anna: hello'],
    ])
    expect(await left()).toEqual([0, 0])
  })

  describe('who is connected', () => {
    test('is looked at a minute later, once: who is gone and has not read is told then', async () => {
      const { pushes, ben, cleo, conversationSid, say, pass, left } = await stage()
      const [his, hers] = [await ben.listen(), await cleo.listen()]
      await say('one')
      await say('two')
      expect(pushes.take()).toEqual([])
      await cleo.do({ type: 'readHorizon.set', conversationSid, index: 0 })
      his.attachment.detach()
      hers.attachment.detach()
      await pass(MINUTE)
      expect(pushes.take().sort()).toEqual([
        ['bens', 'Lunch;anna: one'],
        ['bens', 'Lunch;anna: two'],
        ['cleos', 'Lunch;anna: two'],
      ])
      await pass(DAY)
      expect([pushes.take(), await left()]).toEqual([[], [0, 0]])
    })

    test('is not told as long as they are, whatever they have read', async () => {
      const { pushes, ben, cleo, say, pass, left } = await stage()
      await Promise.all([ben.listen(), cleo.listen()])
      await say('hello')
      await pass(MINUTE)
      expect([pushes.take(), await left()]).toEqual([[], [0, 0]])
    })

    test('is told at once where the operator wants it', async () => {
      const { pushes, ben, cleo, say } = await stage({ toConnected: true })
      await Promise.all([ben.listen(), cleo.listen()])
      await say('hello')
      expect(
        pushes
          .take()
          .map(([device]) => device)
          .sort(),
      ).toEqual(['bens', 'cleos'])
    })
  })

  test('who is added or removed by somebody else is told, and who comes and goes by themselves is not', async () => {
    const { world, pushes, anna, ben, conversationSid } = await stage()
    const dora = await world.user('dora')
    await register(dora, 'doras')
    await anna.add(conversationSid, dora)
    await world.core.settled()
    await world.backEnd.do({ type: 'participant.remove', conversationSid, participant: 'dora' })
    await ben.leave(conversationSid)
    await dora.converse()
    await world.core.settled()
    expect(pushes.take()).toEqual([
      ['doras', 'You have been added to the conversation Lunch by anna'],
      ['doras', 'system has removed you from the conversation Lunch'],
    ])
  })

  test('a push waits as long as the service wants, arrives once, and each device keeps its order', async () => {
    const { pushes, say, pass, left } = await stage()
    pushes.answer = ({ registrationId }) =>
      registrationId === 'bens' ? { outcome: 'later', after: 5 * MINUTE } : { outcome: 'arrived' }
    await say('one')
    await say('two')
    expect(pushes.take().filter(([device]) => device === 'bens')).toHaveLength(1)
    await pass(4 * MINUTE)
    expect(pushes.take()).toEqual([])
    pushes.answer = () => ({ outcome: 'arrived' })
    await pass(MINUTE)
    expect(pushes.take()).toEqual([
      ['bens', 'Lunch;anna: one'],
      ['bens', 'Lunch;anna: two'],
    ])
    expect(await left()).toEqual([0, 0])
  })

  test('a push is given up after a day, and one that the service will never take at once', async () => {
    const { pushes, say, pass, left } = await stage()
    pushes.answer = () => ({ outcome: 'later', after: DAY + 1 })
    await say('hello')
    await pass(DAY + 1)
    expect([pushes.take().length, await left()]).toEqual([2, [0, 0]])
    pushes.answer = () => ({ outcome: 'refused', reason: 'too much' })
    await say('again')
    expect([pushes.take().length, await left()]).toEqual([2, [0, 0]])
    expect(pushes.problems.map(({ reason }) => reason)).toEqual(['too much', 'too much'])
  })

  test('what is read or gone before its turn is not told, and neither is who is gone', async () => {
    const { pushes, anna, ben, cleo, conversationSid, say, pass, left } = await stage()
    pushes.answer = () => ({ outcome: 'later', after: MINUTE })
    await say('one')
    await say('two')
    pushes.take()
    pushes.answer = () => ({ outcome: 'arrived' })
    await anna.do({ type: 'message.remove', conversationSid, index: 0 })
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 1 })
    await cleo.leave(conversationSid)
    await pass(MINUTE)
    expect([pushes.take(), await left()]).toEqual([[], [0, 0]])
  })

  test('a device that is gone is forgotten, and a device that somebody else has by now is not theirs', async () => {
    const { pushes, ben, cleo, say, pass } = await stage()
    pushes.answer = ({ registrationId }) =>
      registrationId === 'bens' ? { outcome: 'gone' } : { outcome: 'later', after: MINUTE }
    await say('hello')
    expect((await ben.ask({ type: 'push.list' })).registrations).toEqual([])
    expect((await cleo.ask({ type: 'push.list' })).registrations).toHaveLength(1)
    await register(ben, 'cleos')
    pushes.take()
    pushes.answer = () => ({ outcome: 'arrived' })
    await pass(MINUTE)
    expect(pushes.take()).toEqual([])
  })

  test('a credential that is not taken harms no device, and is complained of once for each push', async () => {
    const { pushes, ben, say, pass, left } = await stage()
    pushes.answer = () => ({ outcome: 'denied', reason: 'no' })
    await say('hello')
    await pass(MINUTE)
    expect(pushes.problems).toEqual([
      { accountSid: sid('AC', 1), channelType: 'fcm', reason: 'no' },
      { accountSid: sid('AC', 1), channelType: 'fcm', reason: 'no' },
    ])
    expect((await ben.ask({ type: 'push.list' })).registrations).toHaveLength(1)
    pushes.take()
    pushes.answer = () => ({ outcome: 'arrived' })
    await pass(DAY / 2)
    expect([pushes.take().length, await left()]).toEqual([2, [0, 0]])
  })

  test('keys for browsers are the same for everybody who asks at once', async () => {
    const { world, pushes } = await stage()
    let made = 0
    pushes.makeKeys = () => ({ publicKey: `key ${++made}`, privateKey: 'private' })
    const keys = await Promise.all(Array.from({ length: 5 }, () => world.core.webPushKey(world.serviceSid)))
    expect(new Set(keys)).toEqual(new Set(['key 1']))
    expect(await world.core.webPushKey(sid('IS', 9))).toMatchObject({ name: 'resource-not-found' })
  })
}

const secretOf = (type: 'fcm' | 'apn') => ({ type, secret: 's', certificate: 'c', privateKey: 'k' })

function register(person: Person, registrationId: string, channelType: PushChannel = 'fcm'): Promise<unknown> {
  return person.do({ type: 'push.register', channelType, registrationId })
}
