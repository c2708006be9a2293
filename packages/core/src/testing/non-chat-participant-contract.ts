import { LIMITS } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, type OpenStore, type Person, refusalOf } from './core-world.ts'

const PHONE = { address: '+15551230001', proxyAddress: '+15559990000' } as const
const MAIL = { address: 'ann@example.com', proxyAddress: 'us@example.com' } as const

/** Participants who are not in the app: rest-and-semantics 1.4, 3.1, 3.4 and 3.7. */
export function nonChatParticipantContract(begin: BeginWorld, open: OpenStore): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    return { world, anna, ben, conversationSid: await anna.converse() }
  }
  const adding = (conversationSid: string, fields: { address: string; proxyAddress: string } = PHONE) =>
    ({ type: 'participant.addNonChat', conversationSid, ...fields }) as const
  const added = async (by: Person, conversationSid: string, fields?: { address: string; proxyAddress: string }) =>
    (await by.do(adding(conversationSid, fields))).participant

  test('is in the conversation with where they are reached, and everybody hears of it', async () => {
    const { world, anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const his = await ben.listen()
    const { participant } = await anna.do({ ...adding(conversationSid), attributes: '{"n": 1}' })
    expect(participant).toEqual({
      sid: expect.stringMatching(/^MB[0-9a-f]{32}$/),
      identity: null,
      binding: { type: 'sms', ...PHONE, name: null, level: null },
      roleSid: await world.roleSid('channel user'),
      attributes: '{"n": 1}',
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      dateCreated: world.now,
      dateUpdated: world.now,
    })
    expect(his.take()).toEqual([{ type: 'participant.joined', conversationSid, revision: 4, participant }])
    expect((await ben.view(conversationSid)).participantsCount).toBe(3)
    const listed = await ben.ask({ type: 'participant.list', conversationSid })
    expect(listed.participants.map(({ identity }) => identity)).toEqual(['anna', 'ben', null])
    expect(listed.participants[2]).toEqual(participant)
    await anna.do({ type: 'participant.remove', conversationSid, participant: participant.sid })
    expect(his.take()).toMatchObject([{ type: 'participant.left', participantSid: participant.sid, identity: null }])
    expect(await world.conversation(conversationSid)).toMatchObject({ participantsCount: 2, nonChatCount: 0 })
  })

  test.each([
    ['sms', PHONE.address, PHONE.proxyAddress],
    ['sms', '+4915112345678', '72345'],
    ['whatsapp', 'whatsapp:+15551230001', 'whatsapp:+15559990000'],
    ['rcs', 'rcs:+15551230001', 'rcs:our-agent_1'],
    ['email', MAIL.address, MAIL.proxyAddress],
  ])('%s: %s by %s', async (type, address, proxyAddress) => {
    const { anna, conversationSid } = await room()
    const { binding } = await added(anna, conversationSid, { address, proxyAddress })
    const level = type === 'email' ? 'to' : null
    expect(binding).toEqual({ type, address, proxyAddress, name: null, level })
  })

  test('an e-mail has a name and a level, and its case does not matter', async () => {
    const { anna, conversationSid } = await room()
    const shouted = { address: 'Ann@Example.COM', proxyAddress: 'US@example.com' }
    const { participant } = await anna.do({ ...adding(conversationSid, shouted), name: 'Ann', level: 'cc' })
    expect(participant.binding).toEqual({ type: 'email', ...MAIL, name: 'Ann', level: 'cc' })
    expect(refusalOf(await anna.try(adding(conversationSid, MAIL)))).toBe('address-pair-taken')
    const named = { ...adding(conversationSid), name: 'Ann' }
    expect(refusalOf(await anna.try(named))).toBe('parameter-invalid')
  })

  test.each([
    ['address-invalid', { address: '' }],
    ['address-invalid', { address: '15551230001' }],
    ['address-invalid', { address: '+1555123000x' }],
    ['address-invalid', { address: '+0555123000' }],
    ['address-invalid', { address: '72345' }],
    ['address-invalid', { address: 'whatsapp:' }],
    ['address-invalid', { address: 'whatsapp:ann' }],
    ['address-invalid', { address: 'fax:+15551230001' }],
    ['address-invalid', { address: '@' }],
    ['address-invalid', { address: 'a@b\r\nBcc: c@d' }],
    ['address-invalid', { address: 'a@b,c@d' }],
    ['address-invalid', { address: `${'a'.repeat(LIMITS.addressCharacters)}@example.com` }],
    ['proxy-address-invalid', { proxyAddress: '' }],
    ['proxy-address-invalid', { proxyAddress: 'us' }],
    ['proxy-address-invalid', { proxyAddress: '+1 555 999 0000' }],
    ['addresses-mismatched', { proxyAddress: MAIL.proxyAddress }],
    ['addresses-mismatched', { address: 'whatsapp:+15551230001' }],
    ['addresses-mismatched', { proxyAddress: PHONE.address }],
  ])('%s: %j', async (refusal, fields) => {
    const { anna, conversationSid } = await room()
    expect(refusalOf(await anna.try(adding(conversationSid, { ...PHONE, ...fields })))).toBe(refusal)
  })

  describe('a pair of addresses is in one open conversation', () => {
    test('and the refusal names it', async () => {
      const { world, anna, ben, conversationSid } = await room()
      await added(anna, conversationSid)
      const other = await ben.converse()
      const refusal = await ben.try(adding(other))
      expect(refusal instanceof Refusal && refusal.body()).toMatchObject({
        code: 50416,
        status: 409,
        detail: { conversationSid },
      })
      expect(refusal instanceof Refusal && refusal.body().message).toContain(conversationSid)
      expect(refusalOf(await anna.try(adding(conversationSid)))).toBe('address-pair-taken')
      expect(await world.conversation(other)).toMatchObject({ participantsCount: 1, nonChatCount: 0, revision: 2 })
      // The same person by another number, and another person by the same number, are other pairs.
      await added(ben, other, { ...PHONE, proxyAddress: '+15559990001' })
      await added(ben, other, { ...PHONE, address: '+15551230002' })
    })

    test('also when several add it at once', async () => {
      const { anna, ben, conversationSid } = await room()
      const sids = [conversationSid, await anna.converse(), await ben.converse()]
      const answers = await Promise.all([anna, anna, ben].map((person, at) => person.try(adding(sids[at] ?? ''))))
      expect(answers.map(refusalOf).filter((answer) => answer === 'address-pair-taken')).toHaveLength(2)
    })

    test.each<[string, (scene: { world: CoreWorld; anna: Person; conversationSid: string; phone: string }) => Promise<unknown>]>([
      [
        'removed',
        ({ anna, conversationSid, phone }) => anna.do({ type: 'participant.remove', conversationSid, participant: phone }),
      ],
      ['closed', ({ world, conversationSid }) => world.setState(conversationSid, 'closed')],
      ['deleted', ({ anna, conversationSid }) => anna.do({ type: 'conversation.delete', conversationSid })],
    ])('and is free when they are %s', async (_, free) => {
      const { world, anna, ben, conversationSid } = await room()
      const { sid: phone } = await added(anna, conversationSid)
      await world.setState(conversationSid, 'inactive')
      const other = await ben.converse()
      expect(refusalOf(await ben.try(adding(other)))).toBe('address-pair-taken')
      await free({ world, anna, conversationSid, phone })
      await added(ben, other)
    })

    test('of the account: services of one share it without naming the conversation, others do not', async () => {
      const store = await open()
      const worlds = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2), await CoreWorld.on(store, 3)]
      const [own, sister, stranger] = worlds as [CoreWorld, CoreWorld, CoreWorld]
      const account = await own.core.service(own.serviceSid)
      const sisterRow = await sister.core.service(sister.serviceSid)
      if (!account || !sisterRow) throw new Error('there is no service')
      await store.transact([], (tx) => tx.saveService({ ...sisterRow, accountSid: account.accountSid }))
      const conversationIn = async (world: CoreWorld) => {
        const anna = await world.user('anna')
        return { anna, conversationSid: await anna.converse() }
      }
      const first = await conversationIn(own)
      await added(first.anna, first.conversationSid)
      const second = await conversationIn(sister)
      const refusal = await second.anna.try(adding(second.conversationSid))
      expect(refusalOf(refusal)).toBe('address-pair-taken')
      expect(JSON.stringify(refusal instanceof Refusal && refusal.body())).not.toContain(first.conversationSid)
      const third = await conversationIn(stranger)
      await added(third.anna, third.conversationSid)
      await store.close()
    })
  })

  test(`there is room for ${LIMITS.nonChatParticipantsPerConversation}, and for the next when one leaves`, async () => {
    const { anna, conversationSid } = await room()
    const number = (at: number) => ({ ...PHONE, address: `+1555124${String(at).padStart(4, '0')}` })
    const people = Array.from({ length: LIMITS.nonChatParticipantsPerConversation + 1 }, (_, at) => number(at))
    const answers = await Promise.all(people.map((one) => anna.try(adding(conversationSid, one))))
    expect(answers.map(refusalOf).filter((answer) => typeof answer === 'string')).toEqual(['non-chat-limit-reached'])
    const [first] = (await anna.ask({ type: 'participant.list', conversationSid, limit: 2 })).participants.slice(1)
    await anna.do({ type: 'participant.remove', conversationSid, participant: first?.sid ?? '' })
    await added(anna, conversationSid, number(999))
    expect(refusalOf(await anna.try(adding(conversationSid, number(1000))))).toBe('non-chat-limit-reached')
  })

  test('texts are shorter where they go out of the app', async () => {
    const { anna, conversationSid } = await room()
    const long = 'x'.repeat(LIMITS.nonChatBodyCharacters + 1)
    const { index } = await anna.send(conversationSid, long)
    const phone = await added(anna, conversationSid)
    const send = (body: string) => anna.try({ type: 'message.send', conversationSid, body })
    expect(refusalOf(await send(long))).toBe('body-too-long')
    expect(refusalOf(await anna.try({ type: 'message.update', conversationSid, index, body: `${long}x` }))).toBe('body-too-long')
    expect(refusalOf(await send(long.slice(1)))).not.toBe('body-too-long')
    await anna.do({ type: 'participant.remove', conversationSid, participant: phone.sid })
    expect(refusalOf(await send(long))).not.toBe('body-too-long')
  })
}
