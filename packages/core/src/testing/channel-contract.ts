import type { DeliveryStatus } from '@conversa/protocol'
import { describe, expect, test, vi } from 'vitest'
import type { ChannelAnswer, ChannelInboundFile } from '../channels/channel.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { Refusal } from '../records/refusal.ts'
import { ACCOUNT, ANSWERS, channelScene, FIRST, PROXY, SECOND } from './channel-scene.ts'
import { type OpenStore, refusalOf } from './core-world.ts'

const NEVER: ChannelAnswer = { outcome: 'failed' }

const file = (text: string): ChannelInboundFile => ({
  filename: `../${text}.txt`,
  contentType: 'text/plain',
  read: async function* () {
    yield new TextEncoder().encode(text)
  },
})

/** People outside of the app: what goes to them, what comes from them, and what carriers say (rest-and-semantics 3.1, 3.9). */
export function channelContract(open: OpenStore): void {
  const scene = (...addresses: string[]) => channelScene(open, ...addresses)

  describe('on the way out', () => {
    test('a message goes to everybody outside, and everybody hears that it was sent', async () => {
      const { anna, carrier, phones, receipts, say, waiting, conversationSid } = await scene(FIRST, SECOND)
      const hers = await anna.listen()
      await say('hello')
      const tried = carrier.tried.toSorted((a, b) => (a.to < b.to ? -1 : 1))
      expect(tried.map(({ from, to, body, author, channel }) => ({ from, to, body, author, channel }))).toEqual([
        { from: PROXY, to: FIRST, body: 'hello', author: 'anna', channel: 'sms' },
        { from: PROXY, to: SECOND, body: 'hello', author: 'anna', channel: 'sms' },
      ])
      expect(new Set(carrier.tried.map(({ id }) => id)).size).toBe(2)
      expect(await receipts()).toEqual(new Map(phones.map((phone) => [phone, ['sent', null]])))
      expect(hers.takeTypes()).toEqual(['message.added', 'receipt.recorded', 'receipt.recorded'])
      expect((await anna.messages(conversationSid))[0]?.delivery).toMatchObject({ total: 2, sent: 'all', delivered: 'none' })
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })

    test('nothing is written for it where nobody is outside', async () => {
      const { say, waiting, carrier, world } = await scene()
      await world.core.stopOutbox()
      await say('hello')
      expect([await waiting(), carrier.take()]).toEqual([{ waiting: 0, dead: 0 }, []])
    })

    test('what one of them writes goes to the others alone', async () => {
      const { from, carrier } = await scene(FIRST, SECOND)
      await from(FIRST, 'it is me')
      expect(carrier.take()).toEqual([[SECOND, 'it is me']])
    })

    test('what a machine outside wrote stays in the app', async () => {
      const { from, carrier, anna, conversationSid } = await scene(FIRST, SECOND)
      await from(FIRST, 'out of office', { isAutomatic: true })
      expect(carrier.take()).toEqual([])
      expect(await anna.messages(conversationSid)).toMatchObject([{ author: FIRST, body: 'out of office' }])
    })

    test('a carrier that is down gets everything later: once each, in order, under the ids of the first try', async () => {
      const { carrier, say, pass, phones, receipts } = await scene(FIRST)
      carrier.answer = () => NEVER
      for (const body of ['one', 'two', 'three']) await say(body)
      const [first] = carrier.tried
      expect(carrier.take().every(([, body]) => body === 'one')).toBe(true)
      expect(await receipts()).toEqual(new Map())
      const arrived: string[] = []
      carrier.answer = ({ id, body }) => {
        arrived.push(String(body))
        return { outcome: 'sent', id }
      }
      await pass()
      expect(arrived).toEqual(['one', 'two', 'three'])
      expect(carrier.tried[0]?.id).toBe(first?.id)
      for (const index of [0, 1, 2]) expect((await receipts(index)).get(String(phones[0]))).toEqual(['sent', null])
    })

    test('one that is slow with one person holds up nobody else, and one that never answers is asked again', async () => {
      const { world, anna, conversationSid, carrier, waiting } = await scene(FIRST, SECOND)
      carrier.answer = ({ id, to }) => (to === FIRST ? new Promise<never>(() => {}) : { outcome: 'sent', id })
      await anna.send(conversationSid, 'hello')
      await expect.poll(() => carrier.tried.length).toBe(2)
      await expect.poll(async () => (await waiting()).waiting).toBe(1)
      carrier.answer = ({ id }) => ({ outcome: 'sent', id })
      world.pass(30_000)
      await world.core.settled()
      world.pass(1000)
      await world.core.settled()
      expect([carrier.take().filter(([to]) => to === FIRST).length, (await waiting()).waiting]).toEqual([2, 0])
    })

    test('what a carrier refuses for good failed, with its code, and what comes after it goes on', async () => {
      const { carrier, say, receipts, phones, waiting } = await scene(FIRST)
      carrier.answer = ({ id, body }) => (body === 'bad' ? { outcome: 'refused', code: 30006 } : { outcome: 'sent', id })
      await say('bad')
      await say('good')
      const [phone] = phones as [string]
      expect([(await receipts(0)).get(phone), (await receipts(1)).get(phone)]).toEqual([
        ['failed', 30006],
        ['sent', null],
      ])
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })

    test('what nobody ever took failed in the end, and can be tried again', async () => {
      const { world, carrier, say, receipts, phones, waiting, pass } = await scene(FIRST)
      carrier.answer = () => ({ outcome: 'failed', code: 30001 })
      await say('hello')
      await pass()
      expect((await receipts()).get(String(phones[0]))).toEqual(['failed', 30001])
      expect(await waiting()).toEqual({ waiting: 0, dead: 1 })
      const { items } = await world.core.deadLetters.list(ACCOUNT.sid, 0, 10, { kind: 'channel' })
      expect(items).toMatchObject([{ destination: PROXY, subject: FIRST, dead: true }])
      carrier.answer = ({ id }) => ({ outcome: 'sent', id, status: 'delivered' })
      await world.core.deadLetters.replayAll(ACCOUNT.sid)
      await world.core.settled()
      expect((await receipts()).get(String(phones[0]))).toEqual(['delivered', null])
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })

    test('it is sent as it is when it is sent: edited, or not at all when it or the participant is gone', async () => {
      const { anna, world, carrier, say, conversationSid, phones, pass, waiting } = await scene(FIRST, SECOND)
      carrier.answer = () => NEVER
      await say('one')
      await say('two')
      carrier.take()
      carrier.answer = ({ id }) => ({ outcome: 'sent', id })
      await anna.do({ type: 'message.update', conversationSid, index: 0, body: 'one, edited' })
      await anna.do({ type: 'message.remove', conversationSid, index: 1 })
      await world.backEnd.do({ type: 'participant.remove', conversationSid, participant: String(phones[1]) })
      await pass()
      expect(carrier.take()).toEqual([[FIRST, 'one, edited']])
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })

    test('what waits when the conversation or its service is removed is not sent', async () => {
      const { world, carrier, say, conversationSid, pass, waiting } = await scene(FIRST)
      carrier.answer = () => NEVER
      await say('one')
      carrier.take()
      await world.backEnd.do({ type: 'conversation.delete', conversationSid })
      await pass()
      expect([carrier.take(), await waiting()]).toEqual([[], { waiting: 0, dead: 0 }])
    })

    test('an address that nobody speaks for sends nothing, and says so', async () => {
      const { add, say, receipts, carrier } = await scene()
      const phone = await add(FIRST, '+15559990009')
      const whatsapp = await add(`whatsapp:${FIRST}`, 'whatsapp:+15559990009')
      await say('hello')
      expect(await receipts()).toEqual(
        new Map([
          [phone, ['failed', 21606]],
          [whatsapp, ['failed', 63007]],
        ]),
      )
      expect(carrier.take()).toEqual([])
    })

    test('in a group of phones it comes from the number by which the group knows the author', async () => {
      const { world, carrier } = await scene()
      const { conversation } = await world.backEnd.do({ type: 'conversation.create' })
      const member = async (fields: { identity?: string; address?: string; projectedAddress?: string }) =>
        world.submit({
          about: {},
          command: () => ({ type: 'participant.addToGroup', conversationSid: conversation.sid, ...fields }),
        })
      await member({ identity: 'anna', projectedAddress: PROXY })
      await member({ address: FIRST })
      await member({ address: SECOND })
      await (await world.user('anna')).send(conversation.sid, 'hello all')
      await world.core.settled()
      expect(carrier.tried.map(({ from }) => from)).toEqual([PROXY, PROXY])
      expect(carrier.take().sort()).toEqual([
        [FIRST, 'hello all'],
        [SECOND, 'hello all'],
      ])
    })

    test('two machines that answer each other are stopped', async () => {
      const { world, from, carrier, say, receipts, phones } = await scene(FIRST)
      for (let round = 0; round < 14; round++) {
        await from(FIRST, 'ping')
        await say('pong')
      }
      expect(carrier.take()).toHaveLength(14)
      await from(FIRST, 'ping')
      const index = await say('pong')
      expect(carrier.take()).toEqual([])
      expect((await receipts(index)).get(String(phones[0]))).toEqual(['failed', 14107])
      world.pass(31_000)
      await say('somebody is back')
      expect(carrier.take()).toHaveLength(1)
    })

    test('a node that begins anew sends what was left, under the same ids', async () => {
      const { world, carrier, say, channels, waiting } = await scene(FIRST)
      carrier.answer = () => NEVER
      await say('hello')
      const [first] = carrier.tried.splice(0)
      await world.core.stopOutbox()
      carrier.answer = ({ id }) => ({ outcome: 'sent', id })
      const next = world.coreWith({}, { channels })
      world.pass(1000)
      await next.startOutbox()
      await next.settled()
      expect(carrier.tried.map(({ id }) => id)).toEqual([first?.id])
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })
  })

  describe('a report', () => {
    const ORDER: readonly DeliveryStatus[] = ['read', 'sent', 'delivered', 'undelivered', 'failed', 'queued']

    test('moves the receipt forward, in whatever order they come', async () => {
      const { carrier, say, receipts, phones } = await scene(FIRST)
      carrier.answer = () => ({ outcome: 'sent', id: 'x' })
      await say('hello')
      expect(await carrier.door.report({ id: 'x', status: 'delivered' })).toBe(true)
      for (const status of ORDER) expect(await carrier.door.report({ id: 'x', status })).toBe(true)
      expect((await receipts()).get(String(phones[0]))).toEqual(['read', null])
    })

    test('may be faster than the answer to the send', async () => {
      const { world, anna, conversationSid, carrier, receipts, phones } = await scene(FIRST)
      const late = Promise.withResolvers<ChannelAnswer>()
      carrier.answer = () => late.promise
      await anna.send(conversationSid, 'hello')
      await expect.poll(() => carrier.tried.length).toBe(1)
      const reported = carrier.door.report({ id: 'x', status: 'undelivered', code: 30003 })
      late.resolve({ outcome: 'sent', id: 'x' })
      expect(await reported).toBe(true)
      await world.core.settled()
      expect((await receipts()).get(String(phones[0]))).toEqual(['undelivered', 30003])
    })

    test('of what nobody sent, and of what another carrier sent, is not known', async () => {
      const { carrier, other, say, receipts, phones } = await scene(FIRST)
      carrier.answer = () => ({ outcome: 'sent', id: 'x' })
      await say('hello')
      expect(await carrier.door.report({ id: 'y', status: 'read' })).toBe(false)
      expect(await other.door.report({ id: 'x', status: 'read' })).toBe(false)
      expect((await receipts()).get(String(phones[0]))).toEqual(['sent', null])
    })

    test('that the store cannot take now is to be said again', async () => {
      const { world, carrier, say, receipts, phones } = await scene(FIRST)
      carrier.answer = () => ({ outcome: 'sent', id: 'x' })
      await say('hello')
      for (const method of ['transact', 'read'] as const) {
        const broken = vi.spyOn(world.store, method).mockRejectedValue(new StoreUnavailable('the database does not answer'))
        await expect(carrier.door.report({ id: 'x', status: 'delivered' })).rejects.toThrow('unable to')
        broken.mockRestore()
      }
      expect((await receipts()).get(String(phones[0]))).toEqual(['sent', null])
      expect(await carrier.door.report({ id: 'x', status: 'delivered' })).toBe(true)
      expect((await receipts()).get(String(phones[0]))).toEqual(['delivered', null])
    })

    test('of a message that was removed meanwhile changes nothing', async () => {
      const { anna, carrier, say, conversationSid } = await scene(FIRST)
      carrier.answer = () => ({ outcome: 'sent', id: 'x' })
      await say('hello')
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      expect(await carrier.door.report({ id: 'x', status: 'read' })).toBe(false)
    })
  })

  describe('on the way in', () => {
    test('what a carrier brings again is the same message', async () => {
      const { from, anna, conversationSid } = await scene(FIRST)
      const first = await from(FIRST, 'hello', { id: 'same' })
      expect(await from(FIRST, 'hello', { id: 'same' })).toEqual(first)
      expect(await anna.messages(conversationSid)).toMatchObject([{ author: FIRST, body: 'hello' }])
    })

    test('files come along, once, with text or without', async () => {
      const { from, world, anna, conversationSid, carrier } = await scene(FIRST, SECOND)
      await from(FIRST, 'look', { id: 'same', files: [file('one'), file('two')] })
      await from(FIRST, 'look', { id: 'same', files: [file('one'), file('two')] })
      await from(FIRST, '', { files: [file('three')] })
      const messages = await anna.messages(conversationSid)
      expect(messages.map(({ body, media }) => [body, media.map(({ filename }) => filename)])).toEqual([
        ['look', ['one.txt', 'two.txt']],
        [null, ['three.txt']],
      ])
      expect(world.blobs.files.size).toBe(3)
      const [first] = carrier.tried
      expect(first?.files).toMatchObject([{ filename: 'one.txt', size: 3, contentType: 'text/plain' }, {}])
      const bytes: number[] = []
      for await (const chunk of (await first?.files[0]?.read()) ?? []) bytes.push(...chunk)
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe('one')
      expect(refusalOf((await from(FIRST, '')) as Refusal)).toBe('body-missing')
    })

    test('the text of an e-mail as it came, and what it answers, are no files of other channels', async () => {
      const { from, anna, conversationSid, carrier, add } = await scene(FIRST, SECOND)
      await add('eve@example.org', 'desk@example.com')
      const parts = [{ ...file('page'), category: 'body' }, { ...file('before'), category: 'history' }, file('map')] as const
      await from(FIRST, 'look', { files: parts })
      const [message] = await anna.messages(conversationSid)
      expect(message?.media.map(({ category }) => category)).toEqual(['body', 'history', 'media'])
      const files = new Map(carrier.tried.map(({ to, files: sent }) => [to, sent.map(({ category }) => category)]))
      expect(files).toEqual(
        new Map([
          [SECOND, ['media']],
          ['eve@example.org', ['body', 'history', 'media']],
        ]),
      )
    })

    test('an answer from an address that leads nowhere comes from the one who got the message', async () => {
      const { world, anna, conversationSid, carrier, other, add, say, from } = await scene(FIRST)
      const [ben, alias, desk] = ['ben@example.org', 'ben@work.example', 'desk@example.com'] as const
      const sid = await add(ben, desk)
      carrier.answer = ({ to }) => ({ outcome: 'sent', id: `to ${to}` })
      await say('hello')
      const name = `to ${ben}`
      const pair = { proxyAddress: desk, answers: name }
      expect(await from(alias, 'it is me', { ...pair, answers: 'another' })).toBeUndefined()
      expect(await from(alias, 'it is me', pair)).toMatchObject({ conversationSid, participantSid: sid })
      expect((await anna.messages(conversationSid)).at(-1)).toMatchObject({ author: ben, body: 'it is me' })
      const foreign = { id: 'm', address: '+15551239999', proxyAddress: '+15559990001', body: 'me', answers: name }
      expect(await other.door.receive(foreign)).toBeUndefined()
      expect(await from('+15551239999', 'not by this one', { answers: name })).toBeUndefined()
      expect(await from(FIRST, 'not him', { answers: name })).toMatchObject({ conversationSid })
      expect((await anna.messages(conversationSid)).at(-1)).toMatchObject({ author: FIRST })
      await world.backEnd.do({ type: 'participant.remove', conversationSid, participant: sid })
      expect(await from(alias, 'again', pair)).toBeUndefined()
    })

    test('what goes to somebody names the first and the newest message of their own, and nobody else hears of it', async () => {
      const { anna, conversationSid, carrier, add, say, from } = await scene()
      const [ben, eve, desk] = ['ben@example.org', 'eve@example.net', 'desk@example.com'] as const
      for (const one of [ben, eve]) await add(one, desk)
      const hers = await anna.listen()
      const threads = async (body: string) => {
        await say(body)
        const sent = carrier.tried.splice(0).filter((message) => message.body === body)
        return Object.fromEntries(sent.map(({ to, thread }) => [to, thread]))
      }
      const write = (threadName: string, fields = {}) => from(ben, threadName, { proxyAddress: desk, threadName, ...fields })
      expect(await threads('before')).toEqual({ [ben]: null, [eve]: null })
      await write('<away>', { isAutomatic: true })
      await write('<one>', { id: 'same' })
      expect(await threads('one')).toEqual({ [ben]: { first: '<one>', newest: '<one>' }, [eve]: null })
      for (const name of ['<two>', '<three>']) await write(name)
      await write('<one>', { id: 'same' })
      expect(await threads('more')).toEqual({ [ben]: { first: '<one>', newest: '<three>' }, [eve]: null })
      expect(new Set(hers.takeTypes())).toEqual(new Set(['message.added', 'receipt.recorded']))
      const shown = await anna.ask({ type: 'participant.list', conversationSid })
      expect(JSON.stringify(shown)).toContain(ben)
      expect(JSON.stringify([shown, hers.heard])).not.toContain('thread')
    })

    test('a message that begins a conversation is the first of its thread', async () => {
      const { world, carrier, from } = await scene()
      const [eve, desk] = ['eve@example.net', 'desk@example.com'] as const
      const autoCreation = { enabled: true, type: 'default' } as const
      const configure = { type: 'addressConfiguration.create', addressType: 'email', address: desk, autoCreation } as const
      await world.submit({ about: {}, command: () => configure })
      const begun = await from(eve, 'hello', { proxyAddress: desk, threadName: '<begin>' })
      const { conversationSid } = begun as { readonly conversationSid: string }
      await world.backEnd.do({ type: 'message.send', conversationSid, body: 'welcome' })
      await world.core.settled()
      expect(carrier.tried.map(({ thread }) => thread)).toEqual([{ first: '<begin>', newest: '<begin>' }])
    })

    test.each([
      ['with somebody there', [FIRST]],
      ['with nobody there', []],
    ])('what the store cannot take now is to be brought again, and is no refusal, %s', async (_where, people) => {
      const { world, from, anna, conversationSid, carrier } = await scene(...people)
      const away = new StoreUnavailable('the database does not answer')
      for (const method of ['transact', 'read'] as const) {
        const broken = vi.spyOn(world.store, method).mockRejectedValue(away)
        await expect(carrier.door.receive({ id: 'same', address: FIRST, proxyAddress: PROXY, body: 'STOP' })).rejects.toThrow()
        broken.mockRestore()
      }
      await from(FIRST, 'STOP', { id: 'same' })
      expect(await anna.messages(conversationSid)).toHaveLength(people.length)
      expect(carrier.take()).toEqual([[FIRST, ANSWERS.out]])
    })

    test('a carrier brings nothing to addresses that are not its own', async () => {
      const { other } = await scene(FIRST)
      const forged = { id: 'm', address: FIRST, proxyAddress: PROXY, body: 'hello' }
      expect(refusalOf((await other.door.receive(forged)) as Refusal)).toBe('proxy-address-invalid')
    })
  })
}
