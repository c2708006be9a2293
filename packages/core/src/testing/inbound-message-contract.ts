import { describe, expect, test } from 'vitest'
import type { GivenAutoCreation, InboundMessage, ReceivedMessage } from '../commands/back-end-command.ts'
import { INQUIRIES } from '../queries/inquiry.ts'
import type { OutboxEntry } from '../records/outbox-entry.ts'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, type OpenStore, Refused, refusalOf, sid } from './core-world.ts'
import { Witness } from './law.ts'

const PHONE = { address: '+15551230001', proxyAddress: '+15559990000' } as const

/** What somebody outside of the app writes: where it goes, and what it begins (rest-and-semantics 1.4 and 3.1). */
export function inboundMessageContract(begin: BeginWorld, open: OpenStore): void {
  const account = ({ serviceSid }: CoreWorld, number = 1) => ({ sid: sid('AC', number), serviceSid })
  let brought = 0
  const inbound = (body: string, fields: Partial<InboundMessage> = {}): InboundMessage => ({
    ...PHONE,
    body,
    channelMessageSid: `SM${++brought}`,
    ...fields,
  })
  const received = async (world: CoreWorld, message: InboundMessage): Promise<ReceivedMessage> => {
    const answer = await world.core.receive(account(world), message)
    if (answer instanceof Refusal) throw new Refused(answer)
    if (!answer) throw new Error('nobody was there for the message')
    return answer
  }
  const configure = (world: CoreWorld, autoCreation: GivenAutoCreation, address: string = PHONE.proxyAddress) =>
    world.submit({
      about: {},
      command: () => ({ type: 'addressConfiguration.create', addressType: 'sms', address, autoCreation }),
    })
  const messagesOf = async (world: CoreWorld, conversationSid: string) => {
    const page = await world.core.ask(
      { kind: 'back-end', serviceSid: world.serviceSid, identity: 'system' },
      INQUIRIES.messages(conversationSid, { direction: 'forward', limit: 100 }),
    )
    return page instanceof Refusal ? [] : page.items
  }

  describe('into an open conversation', () => {
    const room = async () => {
      const world = await begin()
      const anna = await world.user('anna')
      const conversationSid = await anna.converse()
      const { participant } = await anna.do({ type: 'participant.addNonChat', conversationSid, ...PHONE })
      return { world, anna, conversationSid, phone: participant.sid }
    }

    test('is from the participant who has the address; members hear it, and it goes back to nobody', async () => {
      const { world, anna, conversationSid, phone } = await room()
      const witness = await Witness.of(anna)
      const hers = await anna.listen()
      const answer = await received(world, inbound('hello', { attributes: '[1]', subject: 's' }))
      expect(answer).toEqual({
        conversationSid,
        participantSid: phone,
        index: 0,
        sid: expect.stringMatching(/^IM[0-9a-f]{32}$/),
        isBeginning: false,
      })
      expect(hers.take()).toMatchObject([
        {
          type: 'message.added',
          message: { author: PHONE.address, participantSid: phone, body: 'hello', attributes: '[1]', subject: 's' },
        },
      ])
      const [message] = await messagesOf(world, conversationSid)
      expect(message?.delivery).toBeNull()
      expect(await witness.testify()).toBe(1)
    })

    test('wakes an inactive one', async () => {
      const { world, conversationSid } = await room()
      await world.setState(conversationSid, 'inactive')
      await received(world, inbound('hello'))
      expect(await world.conversation(conversationSid)).toMatchObject({ state: 'active', messagesCount: 1 })
    })

    test('is one message however often the carrier brings it, also at once', async () => {
      const { world, conversationSid } = await room()
      const message = inbound('hello')
      const answers = await Promise.all([1, 2, 3].map(() => received(world, message)))
      expect(new Set(answers.map((answer) => answer.sid)).size).toBe(1)
      await received(world, inbound('hello'))
      expect((await messagesOf(world, conversationSid)).map(({ body }) => body)).toEqual(['hello', 'hello'])
    })

    test('goes by both addresses, in whatever form they are written', async () => {
      const { world, anna, conversationSid } = await room()
      const mail = { address: 'Ann@Example.com', proxyAddress: 'us@example.com' }
      const { participant } = await anna.do({ type: 'participant.addNonChat', conversationSid, ...mail })
      const answer = await received(world, inbound('by mail', { address: 'ann@example.COM', proxyAddress: 'US@example.com' }))
      expect(answer).toMatchObject({ conversationSid, participantSid: participant.sid })
      for (const other of [{ proxyAddress: '+15559990001' }, { address: '+15551230002' }]) {
        expect(await world.core.receive(account(world), inbound('other', other))).toBeUndefined()
      }
    })

    test.each(['closed', 'left'])('finds nobody when it is %s', async (how) => {
      const { world, anna, conversationSid, phone } = await room()
      if (how === 'closed') await world.setState(conversationSid, 'closed')
      else await anna.do({ type: 'participant.remove', conversationSid, participant: phone })
      expect(await world.core.receive(account(world), inbound('hello'))).toBeUndefined()
      expect(await world.conversation(conversationSid)).toMatchObject({ messagesCount: 0 })
    })

    test.each<[string, Partial<InboundMessage>]>([
      ['body-missing', { body: '' }],
      ['body-too-long', { body: 'é'.repeat(16 * 1024 + 1) }],
      ['attributes-invalid', { attributes: '{' }],
      ['address-invalid', { address: 'nonsense' }],
      ['addresses-mismatched', { address: 'whatsapp:+15551230001' }],
      ['parameter-invalid', { channelMessageSid: '' }],
      ['parameter-invalid', { channelMessageSid: 'x'.repeat(65) }],
    ])('%s is refused, and nothing is stored', async (refusal, fields) => {
      const { world, conversationSid } = await room()
      const answer = await world.core.receive(account(world), inbound('hello', fields))
      expect(answer && refusalOf(answer)).toBe(refusal)
      expect(await world.conversation(conversationSid)).toMatchObject({ messagesCount: 0 })
    })

    test('may be longer than what goes out to a phone', async () => {
      const { world } = await room()
      expect(await received(world, inbound('x'.repeat(1601)))).toMatchObject({ index: 0 })
    })
  })

  describe('without one', () => {
    test('is nobody’s, unless its address says otherwise', async () => {
      const world = await begin()
      expect(await world.core.receive(account(world), inbound('hello'))).toBeUndefined()
      await configure(world, { enabled: false })
      expect(await world.core.receive(account(world), inbound('hello'))).toBeUndefined()
      expect(await world.store.read((reads) => reads.conversations(world.serviceSid, { limit: 9 }))).toEqual([])
    })

    test('begins one with who wrote it, by the timers of the account, and the next one goes there too', async () => {
      const world = await begin()
      await world.submit({ about: {}, command: () => ({ type: 'account.update', timers: { inactive: 60_000 } }) })
      await configure(world, { enabled: true })
      const first = await received(world, inbound('hello'))
      expect(first).toMatchObject({ index: 0, isBeginning: true })
      expect(await world.conversation(first.conversationSid)).toMatchObject({
        createdBy: 'system',
        state: 'active',
        friendlyName: null,
        timers: { inactive: 60_000 },
        participantsCount: 1,
        nonChatCount: 1,
        messagesCount: 1,
      })
      const people = await world.store.read((reads) => reads.participants(first.conversationSid, undefined, 9))
      expect(people).toMatchObject([{ sid: first.participantSid, identity: null, binding: PHONE }])
      const [message] = await messagesOf(world, first.conversationSid)
      expect(message).toMatchObject({ author: PHONE.address, participantSid: first.participantSid, body: 'hello' })
      const second = await received(world, inbound('again'))
      expect(second).toMatchObject({ conversationSid: first.conversationSid, index: 1, isBeginning: false })
      await world.setState(first.conversationSid, 'closed')
      const third = await received(world, inbound('later'))
      expect(third).toMatchObject({ index: 0, isBeginning: true })
      expect(third.conversationSid).not.toBe(first.conversationSid)
    })

    test('begins one alone, although many come at once', async () => {
      const world = await begin()
      await configure(world, { enabled: true })
      const answers = await Promise.all(['0', '1', '2', '3'].map((body) => received(world, inbound(body))))
      expect(new Set(answers.map(({ conversationSid }) => conversationSid)).size).toBe(1)
      expect(answers.filter(({ isBeginning }) => isBeginning)).toHaveLength(1)
      expect(new Set(answers.map(({ index }) => index)).size).toBe(4)
    })

    test('begins it in the service that is configured, or in the default one when that is gone', async () => {
      const world = await begin()
      const { serviceSid } = await world.submit<'service.create', { readonly serviceSid: string }>({
        about: {},
        command: () => ({ type: 'service.create', friendlyName: 'other' }),
        show: (result) => () => result,
      })
      await configure(world, { enabled: true, serviceSid })
      const { conversationSid } = await received(world, inbound('hello'))
      expect(await world.store.read((reads) => reads.conversation(serviceSid, conversationSid))).toBeDefined()
      // Also from there it is found again.
      expect(await received(world, inbound('again'))).toMatchObject({ conversationSid, index: 1 })
      await world.core.deleteService({ kind: 'back-end', serviceSid, identity: 'system' })
      const later = await received(world, inbound('later'))
      expect(await world.conversation(later.conversationSid)).toMatchObject({ messagesCount: 1 })
    })

    test('is told to the webhook that it attaches, from the beginning; a studio keeps its flow', async () => {
      const world = await begin()
      const filters = ['onParticipantAdded', 'onMessageAdded']
      await configure(world, { enabled: true, type: 'webhook', url: 'http://a.example/', method: 'GET', filters })
      const flowSid = `FW${'1'.repeat(32)}`
      await configure(world, { enabled: true, type: 'studio', flowSid }, '+15559990001')
      const { conversationSid } = await received(world, inbound('hello'))
      await received(world, inbound('again'))
      const [webhook, ...others] = await world.store.read((reads) => reads.conversationWebhooks(conversationSid))
      expect(others).toEqual([])
      expect(webhook).toMatchObject({ target: 'webhook', postUrl: 'http://a.example/', method: 'GET', filters })
      const queue = { kind: 'webhook', destination: String(webhook?.sid), subject: conversationSid } as const
      const told = await world.store.read((reads) => reads.outboxEntries(queue, 9))
      expect(
        (told as OutboxEntry<'webhook'>[]).map(({ payload: { fields } }) => [fields.EventType, fields.Body, fields.Source]),
      ).toEqual([
        ['onParticipantAdded', undefined, 'SMS'],
        ['onMessageAdded', 'hello', 'SMS'],
        ['onMessageAdded', 'again', 'SMS'],
      ])
      const studio = await received(world, inbound('hello', { proxyAddress: '+15559990001' }))
      const flows = await world.store.read((reads) => reads.conversationWebhooks(studio.conversationSid))
      expect(flows).toMatchObject([{ target: 'studio', flowSid, postUrl: null }])
    })

    describe('a message to several phones at once', () => {
      const [SECOND, OURS_TOO] = ['+15551230002', '+15559990007']
      const toGroup = (body: string, fields: Partial<InboundMessage> = {}) => inbound(body, { others: [SECOND], ...fields })
      const membersOf = async (world: CoreWorld, conversationSid: string) => {
        const people = await world.store.read((reads) => reads.participants(conversationSid, undefined, 20))
        return people.map(({ binding, projectedAddress }) => binding?.address ?? projectedAddress).sort()
      }

      test('begins a group of all of them, and whoever answers to all is in it', async () => {
        const world = await begin()
        await configure(world, { enabled: true })
        await configure(world, { enabled: false }, OURS_TOO)
        const begun = await received(world, toGroup('hello', { others: [SECOND, OURS_TOO, SECOND, PHONE.address] }))
        expect(begun).toMatchObject({ isBeginning: true, index: 0 })
        const { conversationSid } = begun
        expect(await membersOf(world, conversationSid)).toEqual([PHONE.address, SECOND, PHONE.proxyAddress, OURS_TOO])
        const people = await world.store.read((reads) => reads.participants(conversationSid, undefined, 20))
        expect(people.filter(({ projectedAddress }) => projectedAddress !== null)).toHaveLength(2)
        const answer = toGroup('me too', { address: SECOND, others: [OURS_TOO, PHONE.address] })
        const second = people.find(({ binding }) => binding?.address === SECOND)?.sid
        expect(await received(world, answer)).toMatchObject({ conversationSid, participantSid: second, index: 1 })
        expect(await received(world, answer)).toMatchObject({ conversationSid, index: 1 })
        const [first, next] = await messagesOf(world, conversationSid)
        expect([first, next]).toMatchObject([{ author: PHONE.address }, { author: SECOND, body: 'me too' }])
      })

      test('goes to the open group of exactly these addresses, and to no other', async () => {
        const world = await begin()
        await configure(world, { enabled: true })
        const { conversationSid } = await received(world, toGroup('hello'))
        // By its pair alone, and with one more, it is another one.
        const alone = await received(world, inbound('to you'))
        const more = await received(world, toGroup('all', { others: [SECOND, '+15551230003'] }))
        expect(new Set([conversationSid, alone.conversationSid, more.conversationSid]).size).toBe(3)
        const before = await membersOf(world, conversationSid)
        // Who is in the app may be seen by the same number.
        await world.submit({
          about: {},
          command: () => ({
            type: 'participant.addToGroup',
            conversationSid,
            identity: 'anna',
            projectedAddress: PHONE.proxyAddress,
          }),
        })
        expect(await received(world, toGroup('again'))).toMatchObject({ conversationSid, index: 1 })
        expect(before).toEqual([PHONE.address, SECOND, PHONE.proxyAddress])
        await world.backEnd.do({ type: 'conversation.update', conversationSid, state: 'closed' })
        expect(await received(world, toGroup('anew'))).toMatchObject({ isBeginning: true })
      })

      test('is refused where it cannot be one, and nobody is there for it where nothing begins', async () => {
        const world = await begin()
        expect(await world.core.receive(account(world), toGroup('hello'))).toBeUndefined()
        await configure(world, { enabled: true })
        const many = Array.from({ length: 9 }, (_, at) => `+1555123010${at}`)
        for (const [others, name] of [
          [['nonsense'], 'address-invalid'],
          [['whatsapp:+15551230002'], 'address-invalid'],
          [many, 'group-full'],
        ] as const) {
          expect(await world.core.receive(account(world), toGroup('x', { others }))).toMatchObject({ name })
        }
        const { conversationSid } = await received(world, toGroup('x', { others: many.slice(0, 8) }))
        expect(await membersOf(world, conversationSid)).toHaveLength(10)
      })
    })

    test('is another account’s business where that has the address', async () => {
      const store = await open()
      const [own, stranger] = [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)]
      try {
        await configure(own, { enabled: true })
        expect(await stranger.core.receive(account(stranger, 2), inbound('hello'))).toBeUndefined()
        await configure(stranger, { enabled: true })
        const theirs = await stranger.core.receive(account(stranger, 2), inbound('hello'))
        const ours = await own.core.receive(account(own), inbound('hello'))
        expect([theirs, ours]).toMatchObject([{ isBeginning: true }, { isBeginning: true }])
      } finally {
        await store.close()
      }
    })
  })
}
