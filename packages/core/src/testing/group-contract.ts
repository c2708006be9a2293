import { describe, expect, test } from 'vitest'
import type { Rebinding } from '../commands/back-end-command.ts'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, Refused } from './core-world.ts'
import { Witness } from './law.ts'

const [OURS, FIRST, SECOND, THIRD] = ['+15559990000', '+15551230001', '+15551230002', '+15551230003'] as const

type Member = { readonly identity?: string; readonly address?: string; readonly projectedAddress?: string }

/** Groups of phones: rest-and-semantics 1.4, 3.4, 3.7 and 50434 to 50444. */
export function groupContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    return { world, conversationSid: await opened(world) }
  }
  const opened = async (world: CoreWorld) => {
    const { conversation } = await world.backEnd.do({ type: 'conversation.create' })
    return conversation.sid
  }
  const adding = (world: CoreWorld, conversationSid: string, member: Member) =>
    world.submit<'participant.addToGroup', { readonly participant: { readonly sid: string } }>({
      about: {},
      command: () => ({ type: 'participant.addToGroup', conversationSid, ...member }),
      show: (result) => () => result,
    })
  const add = async (world: CoreWorld, conversationSid: string, ...members: Member[]) => {
    const sids: string[] = []
    for (const member of members) sids.push((await adding(world, conversationSid, member)).participant.sid)
    return sids
  }
  const refused = async (attempt: Promise<unknown>): Promise<unknown> => {
    try {
      return await attempt
    } catch (error) {
      if (error instanceof Refused) return error.refusal.name
      throw error
    }
  }
  const rebinding = (
    world: CoreWorld,
    conversationSid: string,
    participant: string,
    rebound: Rebinding,
    address: string | undefined = undefined,
  ) =>
    world.submit({
      about: {},
      command: () => ({ type: 'participant.rebind', conversationSid, participant, rebinding: rebound, address: address ?? '' }),
    })
  const rowOf = (world: CoreWorld, conversationSid: string, sid: string) =>
    world.store.read((reads) => reads.participant(conversationSid, sid))
  const pair = { address: THIRD, proxyAddress: OURS } as const

  test('is who takes part by an address without a proxy, and who is seen by a number of ours', async () => {
    const { world, conversationSid } = await room()
    const anna = await world.user('anna')
    const sids = await add(
      world,
      conversationSid,
      { identity: 'anna', projectedAddress: OURS },
      { address: FIRST },
      { projectedAddress: '+15559990001' },
    )
    const rows = await Promise.all(sids.map((sid) => rowOf(world, conversationSid, sid)))
    expect(rows).toMatchObject([
      { identity: 'anna', binding: null, projectedAddress: OURS },
      { identity: null, binding: { address: FIRST, proxyAddress: null }, projectedAddress: null },
      { identity: null, binding: null, projectedAddress: '+15559990001' },
    ])
    expect(await world.conversation(conversationSid)).toMatchObject({ participantsCount: 3, nonChatCount: 1 })
    expect((await anna.ask({ type: 'participant.list', conversationSid })).participants).toMatchObject([
      { identity: 'anna', binding: null },
      { binding: { type: 'sms', address: FIRST, proxyAddress: null } },
      { identity: null, binding: null },
    ])
    const { sid } = await anna.send(conversationSid, 'to all')
    const message = await world.store.read((reads) => reads.message(conversationSid, 0))
    expect(message).toMatchObject({ sid, delivery: { total: 1 } })
  })

  test.each<[string, Member]>([
    ['projected-address-missing', {}],
    ['projected-address-missing', { identity: 'anna' }],
    ['address-invalid', { address: 'nonsense' }],
    ['address-invalid', { address: 'ann@example.com' }],
    ['proxy-address-invalid', { projectedAddress: 'nonsense' }],
    ['parameter-invalid', { identity: 'anna', address: FIRST }],
    ['identity-looks-like-sid', { identity: `US${'0'.repeat(32)}`, projectedAddress: OURS }],
  ])('%s: %j', async (refusal, member) => {
    const { world, conversationSid } = await room()
    expect(await refused(adding(world, conversationSid, member))).toBe(refusal)
    expect(await world.conversation(conversationSid)).toMatchObject({ participantsCount: 0 })
  })

  describe('everybody in it', () => {
    test('needs an address: nobody is in it by identity alone, whoever comes first', async () => {
      const { world, conversationSid } = await room()
      await add(world, conversationSid, { address: FIRST })
      const alone = { type: 'participant.add', conversationSid, identity: 'anna' } as const
      const answer = await world.backEnd.try(alone)
      expect(answer instanceof Refusal && answer.name).toBe('projected-address-missing')
      const other = await opened(world)
      await world.backEnd.do({ ...alone, conversationSid: other })
      expect(await refused(adding(world, other, { address: FIRST }))).toBe('group-impossible')
    })

    test('is in it once, also with a proxy, and one of ten at most', async () => {
      const { world, conversationSid } = await room()
      const phones = Array.from({ length: 8 }, (_, at) => ({ address: `+1555123010${at}` }))
      await add(world, conversationSid, { identity: 'anna', projectedAddress: OURS }, ...phones)
      const [phone] = phones as [{ address: string }]
      expect(await refused(adding(world, conversationSid, phone))).toBe('group-participant-exists')
      const again = await world.backEnd.try({ type: 'participant.addNonChat', conversationSid, ...phone, proxyAddress: OURS })
      expect(again instanceof Refusal && again.name).toBe('group-participant-exists')
      const anna = { identity: 'anna', projectedAddress: '+15559990001' }
      expect(await refused(adding(world, conversationSid, anna))).toBe('participant-exists')
      await world.backEnd.do({ type: 'participant.addNonChat', conversationSid, ...pair })
      expect(await refused(adding(world, conversationSid, { address: FIRST }))).toBe('group-full')
    })

    test('says what is said: a back end speaks for one of them', async () => {
      const { world, conversationSid } = await room()
      const [anna, phone] = await add(world, conversationSid, { identity: 'anna', projectedAddress: OURS }, { address: FIRST })
      const say = (author?: string) =>
        world.submit({
          about: {},
          command: () => ({ type: 'message.send', conversationSid, body: 'b' }),
          given: author === undefined ? {} : { author },
        })
      expect(await refused(say())).toBe('author-not-in-group')
      expect(await refused(say(SECOND))).toBe('author-not-in-group')
      await say('anna')
      await say(FIRST)
      const said = await world.store.read((reads) => reads.messages(conversationSid, { from: 0, direction: 'forward', limit: 9 }))
      expect(said.map(({ participantSid }) => participantSid)).toEqual([anna, phone])
    })
  })

  test('is the only open one of its addresses, however it came to them', async () => {
    const { world, conversationSid } = await room()
    const members = [{ identity: 'anna', projectedAddress: OURS }, { address: FIRST }, { address: SECOND }]
    await add(world, conversationSid, ...members)
    const other = await opened(world)
    await add(world, other, { address: SECOND }, { address: FIRST })
    // By whomever: the number counts that the phones see.
    const last = { identity: 'ben', projectedAddress: OURS }
    expect(await refused(adding(world, other, last))).toBe('group-exists')
    await add(world, other, { identity: 'ben', projectedAddress: '+15559990001' })
    await world.setState(conversationSid, 'closed')
    const third = await opened(world)
    await add(world, third, ...members)
  })

  describe('how somebody is reached', () => {
    test('changes by the address that speaks to them, which has to be free; their clients follow', async () => {
      const { world, conversationSid } = await room()
      const anna = await world.user('anna')
      await world.backEnd.do({ type: 'participant.add', conversationSid, identity: 'anna' })
      const { participant } = await world.backEnd.do({ type: 'participant.addNonChat', conversationSid, ...pair })
      const other = await opened(world)
      await world.backEnd.do({ type: 'participant.addNonChat', conversationSid: other, ...pair, proxyAddress: '+15559990001' })
      const witness = await Witness.of(anna)
      const to = (proxyAddress: string) => rebinding(world, conversationSid, participant.sid, { proxyAddress }, THIRD)
      expect(await refused(to('+15559990001'))).toBe('address-pair-taken')
      expect(await refused(to('whatsapp:+15559990002'))).toBe('addresses-mismatched')
      world.pass(1000)
      await to('+15559990002')
      expect(await witness.testify()).toBe(1)
      expect((await rowOf(world, conversationSid, participant.sid))?.binding).toMatchObject({
        address: THIRD,
        proxyAddress: '+15559990002',
      })
      // The pair that they had is free again.
      await world.backEnd.do({ type: 'participant.addNonChat', conversationSid: other, ...pair })
    })

    test('changes in a group, between a proxy of their own and none', async () => {
      const { world, conversationSid } = await room()
      const [, phone = ''] = await add(
        world,
        conversationSid,
        { projectedAddress: OURS },
        { address: FIRST },
        { address: SECOND },
      )
      await rebinding(world, conversationSid, phone, { proxyAddress: '+15559990001' }, FIRST)
      expect((await rowOf(world, conversationSid, phone))?.binding?.proxyAddress).toBe('+15559990001')
      await rebinding(world, conversationSid, phone, { proxyAddress: null }, FIRST)
      expect((await rowOf(world, conversationSid, phone))?.binding?.proxyAddress).toBeNull()
    })

    test('a number of ours gets the one it stands for, who hears of it as somebody who joins', async () => {
      const { world, conversationSid } = await room()
      const anna = await world.user('anna')
      const ben = await world.user('ben')
      const [number = ''] = await add(
        world,
        conversationSid,
        { projectedAddress: OURS },
        { identity: 'ben', projectedAddress: '+15559990001' },
        { address: FIRST },
      )
      const witnesses = [await Witness.of(anna), await Witness.of(ben)]
      world.pass(1000)
      await rebinding(world, conversationSid, number, { identity: 'anna' })
      for (const witness of witnesses) expect(await witness.testify()).toBeGreaterThan(0)
      expect(await rowOf(world, conversationSid, number)).toMatchObject({ identity: 'anna', projectedAddress: OURS })
      expect(await world.conversation(conversationSid)).toMatchObject({ participantsCount: 3, nonChatCount: 1 })
      await anna.send(conversationSid, 'here')
      for (const witness of witnesses) await witness.testify()
      expect(await refused(rebinding(world, conversationSid, number, { identity: 'carl' }))).toBe('identity-impossible')
    })

    test('stays where it cannot change', async () => {
      const { world, conversationSid } = await room()
      const members = [{ projectedAddress: OURS }, { identity: 'anna', projectedAddress: '+15559990001' }, { address: FIRST }]
      const [number = '', anna = '', phone = ''] = await add(world, conversationSid, ...members)
      const attempts: [string, Rebinding, string?][] = [
        [phone, { proxyAddress: null }, FIRST],
        [number, { proxyAddress: OURS }],
        [phone, { projectedAddress: null }, FIRST],
        [phone, { projectedAddress: OURS }, FIRST],
        [phone, { identity: 'carl' }, FIRST],
        [anna, { identity: 'carl' }],
        [number, { identity: 'anna' }],
        [anna, { projectedAddress: null }],
        [anna, { projectedAddress: 'nonsense' }],
      ]
      const refusals = []
      for (const [sid, rebound, address] of attempts) {
        refusals.push(await refused(rebinding(world, conversationSid, sid, rebound, address)))
      }
      expect(refusals).toEqual([
        'proxy-address-absent',
        'proxy-address-impossible',
        'projected-address-absent',
        'projected-address-impossible',
        'identity-impossible',
        'identity-impossible',
        'participant-exists',
        'projected-address-missing',
        'proxy-address-invalid',
      ])
    })
  })
}
