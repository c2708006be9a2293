import type { Command, DeliveryStatus } from '@conversa/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, refusalOf, sid } from './core-world.ts'

const PROXY = '+15559990000'
const NONE = { sent: 'none', delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' } as const
const STATUSES: readonly DeliveryStatus[] = ['queued', 'sent', 'failed', 'undelivered', 'delivered', 'read']

/** Delivery receipts: rest-and-semantics 3.9. */
export function receiptContract(begin: BeginWorld): void {
  /** A conversation of Anna's with phones in it, and a message that goes to them. */
  const scene = async (count: number) => {
    const world = await begin()
    const anna = await world.user('anna')
    const conversationSid = await anna.converse()
    const phones: string[] = []
    for (let at = 0; at < count; at++) phones.push(await phone(world, conversationSid, at))
    const { index } = await anna.send(conversationSid, 'hello')
    const report = (
      participantSid: string | undefined,
      status: DeliveryStatus,
      fields: Partial<Command<'receipt.record'>> = {},
    ) =>
      ({
        type: 'receipt.record',
        conversationSid,
        index,
        participantSid: participantSid ?? '',
        channelMessageSid: 'SM1',
        status,
        ...fields,
      }) as const
    const delivery = async () => (await anna.messages(conversationSid)).at(-1)?.delivery
    return { world, anna, conversationSid, index, phones, report, delivery, backEnd: world.backEnd }
  }
  const phone = async (world: CoreWorld, conversationSid: string, at: number) => {
    const address = `+1555123${String(at).padStart(4, '0')}`
    const add = { type: 'participant.addNonChat', conversationSid, address, proxyAddress: PROXY } as const
    return (await world.backEnd.do(add)).participant.sid
  }

  test('a message says how many are to get it, and none where nobody is outside of the app', async () => {
    expect(await (await scene(0)).delivery()).toBeUndefined()
    const { world, anna, conversationSid, delivery } = await scene(2)
    expect(await delivery()).toEqual({ total: 2, ...NONE })
    await phone(world, conversationSid, 9)
    expect(await delivery()).toEqual({ total: 2, ...NONE })
    await anna.send(conversationSid, 'later')
    expect(await delivery()).toEqual({ total: 3, ...NONE })
  })

  test('a report is told to everybody, with what the message amounts to', async () => {
    const { world, anna, conversationSid, index, phones, report, delivery, backEnd } = await scene(2)
    const hers = await anna.listen()
    world.pass(1000)
    const { receipt } = await backEnd.do(report(phones[0], 'sent'))
    expect(receipt).toEqual({
      sid: expect.stringMatching(/^DY[0-9a-f]{32}$/),
      index,
      messageSid: (await anna.messages(conversationSid))[0]?.sid,
      participantSid: phones[0],
      channelMessageSid: 'SM1',
      status: 'sent',
      errorCode: null,
      dateCreated: world.now,
      dateUpdated: world.now,
    })
    const amounts = { total: 2, ...NONE, sent: 'some' }
    expect(hers.take()).toMatchObject([{ type: 'receipt.recorded', conversationSid, index, receipt, delivery: amounts }])
    expect(await delivery()).toEqual(amounts)
    world.pass(1000)
    await backEnd.do(report(phones[0], 'read'))
    await backEnd.do(report(phones[1], 'undelivered', { errorCode: 30_008 }))
    const later = { total: 2, ...NONE, sent: 'all', delivered: 'some', read: 'some', undelivered: 'some' }
    expect(await delivery()).toEqual(later)
    const { receipts } = await anna.ask({ type: 'receipt.list', conversationSid, index })
    expect(receipts).toMatchObject([
      { ...receipt, status: 'read', dateUpdated: world.now },
      { participantSid: phones[1], status: 'undelivered', errorCode: 30_008 },
    ])
  })

  test('in whatever order reports come, and however often, the furthest one stands', async () => {
    const { anna, backEnd, conversationSid } = await scene(1)
    const sequence = fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 8 })
    const [participant] = (await anna.ask({ type: 'participant.list', conversationSid })).participants.slice(1)
    await fc.assert(
      fc.asyncProperty(sequence, async (statuses) => {
        const { index } = await anna.send(conversationSid, 'x')
        const report = { type: 'receipt.record', conversationSid, index, participantSid: participant?.sid ?? '' } as const
        const shown: number[] = []
        for (const status of statuses) {
          const { receipt } = await backEnd.do({ ...report, channelMessageSid: 'SM1', status })
          shown.push(STATUSES.indexOf(receipt.status))
        }
        expect(shown).toEqual([...shown].sort((a, b) => a - b))
        const furthest = Math.max(...statuses.map((status) => STATUSES.indexOf(status)))
        expect(shown.at(-1)).toBe(furthest)
        const all = (...of: DeliveryStatus[]) => (of.includes(STATUSES[furthest] ?? 'queued') ? 'all' : 'none')
        const [message] = (await anna.ask({ type: 'message.page', conversationSid, anchor: index, limit: 1 })).messages
        expect(message?.delivery).toEqual({
          total: 1,
          sent: all('sent', 'undelivered', 'delivered', 'read'),
          delivered: all('delivered', 'read'),
          read: all('read'),
          failed: all('failed'),
          undelivered: all('undelivered'),
        })
      }),
      { numRuns: 60 },
    )
  })

  test('a report that says nothing new is answered, and nobody hears of it', async () => {
    const { anna, phones, report, backEnd } = await scene(1)
    const { receipt } = await backEnd.do(report(phones[0], 'delivered'))
    const hers = await anna.listen()
    expect(await backEnd.do(report(phones[0], 'delivered'))).toEqual({ receipt })
    expect(await backEnd.do(report(phones[0], 'sent', { channelMessageSid: 'SM2' }))).toEqual({ receipt })
    expect(hers.take()).toEqual([])
  })

  test('a report may come when they have left, and when the conversation is closed', async () => {
    const { world, conversationSid, phones, report, delivery, backEnd } = await scene(1)
    await backEnd.do(report(phones[0], 'sent'))
    await backEnd.do({ type: 'participant.remove', conversationSid, participant: phones[0] ?? '' })
    await world.setState(conversationSid, 'closed')
    await backEnd.do(report(phones[0], 'delivered'))
    expect(await delivery()).toEqual({ total: 1, ...NONE, sent: 'all', delivered: 'all' })
  })

  test('receipts go with their message', async () => {
    const { anna, conversationSid, index, phones, report, backEnd } = await scene(1)
    await backEnd.do(report(phones[0], 'sent'))
    await anna.do({ type: 'message.remove', conversationSid, index })
    expect(refusalOf(await backEnd.try(report(phones[0], 'read')))).toBe('message-not-found')
    expect(refusalOf(await anna.tryToAsk({ type: 'receipt.list', conversationSid, index }))).toBe('message-not-found')
    expect(await anna.world.store.read((reads) => reads.receipts(conversationSid, index))).toEqual([])
  })

  describe('is refused', () => {
    test('of users, whatever their role', async () => {
      const { world, anna, phones, report } = await scene(1)
      expect(refusalOf(await anna.try(report(phones[0], 'read')))).toBe('access-denied')
      expect(refusalOf(await (await world.serviceAdmin()).try(report(phones[0], 'read')))).toBe('access-denied')
    })

    test('for those in the app, for strangers, for who came later, and for messages that are not there', async () => {
      const { world, anna, conversationSid, phones, report, delivery, backEnd } = await scene(1)
      const [own] = (await anna.ask({ type: 'participant.list', conversationSid })).participants
      await backEnd.do(report(phones[0], 'sent'))
      const late = await phone(world, conversationSid, 5)
      for (const participantSid of [own?.sid, sid('MB', 99), late]) {
        expect(refusalOf(await backEnd.try(report(participantSid, 'read')))).toBe('participant-not-found')
      }
      expect(refusalOf(await backEnd.try(report(phones[0], 'read', { index: 9 })))).toBe('message-not-found')
      expect(await delivery()).toEqual({ total: 1, ...NONE, sent: 'all' })
    })
  })
}
