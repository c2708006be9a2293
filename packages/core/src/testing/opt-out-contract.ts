import { describe, expect, test } from 'vitest'
import type { ChannelAnswer } from '../channels/channel.ts'
import { ANSWERS, channelScene, FIRST, PROXY, SECOND } from './channel-scene.ts'
import type { OpenStore } from './core-world.ts'

const NEVER: ChannelAnswer = { outcome: 'failed' }

/** Words by which people outside of the app want to hear no more, and are taken at (rest-and-semantics 3.1). */
export function optOutContract(open: OpenStore): void {
  const scene = (...addresses: string[]) => channelScene(open, ...addresses)

  describe('who opted out', () => {
    test.each(['STOP', ' stop\n', 'Unsubscribe', 'QUIT'])('by %j gets nothing more, until they opt in', async (word) => {
      const { from, say, carrier, receipts, phones, anna, conversationSid } = await scene(FIRST, SECOND)
      await from(FIRST, word)
      carrier.take()
      const index = await say('an offer')
      expect(carrier.take()).toEqual([[SECOND, 'an offer']])
      expect((await receipts(index)).get(String(phones[0]))).toEqual(['failed', 21610])
      await from(FIRST, 'is anybody there?')
      await say('nobody')
      expect(carrier.take().filter(([to]) => to === FIRST)).toEqual([])
      await from(FIRST, 'Start')
      await say('welcome')
      expect(carrier.take().filter(([to]) => to === FIRST)).toEqual([[FIRST, 'welcome']])
      expect((await anna.messages(conversationSid)).map(({ body }) => body)).toContain(word)
    })

    test('did so by that word alone', async () => {
      const { from, say, carrier } = await scene(FIRST)
      await from(FIRST, 'do not stop')
      await from(FIRST, 'HELP')
      await say('hello')
      expect(carrier.take()).toEqual([
        [FIRST, ANSWERS.help],
        [FIRST, 'hello'],
      ])
    })

    test('is taken at their word also when nobody is there for it, and once when it is brought again', async () => {
      const { from, say, carrier, add } = await scene()
      expect(await from(FIRST, 'STOP')).toBeUndefined()
      expect(carrier.take()).toEqual([[FIRST, ANSWERS.out]])
      await add(FIRST)
      await say('hello')
      expect(carrier.take()).toEqual([])
      await from(FIRST, 'STOP', { id: 'same' })
      await from(FIRST, 'START')
      await from(FIRST, 'STOP', { id: 'same' })
      await say('hello again')
      expect(carrier.take()).toEqual([[FIRST, 'hello again']])
    })

    test('is told so once, although they opted out, and by no receipt; the others are not', async () => {
      const { from, carrier, waiting, anna, conversationSid, receipts } = await scene(FIRST, SECOND)
      await from(FIRST, 'STOP')
      await from(FIRST, 'Quit')
      // Order is kept per recipient: what goes to two of them goes side by side.
      const sent = carrier.take()
      const to = (address: string) => sent.filter(([recipient]) => recipient === address).map(([, body]) => body)
      expect([to(FIRST), to(SECOND), sent.length]).toEqual([[ANSWERS.out], ['STOP', 'Quit'], 3])
      expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['STOP', 'Quit'])
      expect([...(await receipts(0)).keys(), ...(await receipts(1)).keys()]).toHaveLength(2)
      expect(await waiting()).toEqual({ waiting: 0, dead: 0 })
    })

    test('is told so also when the carrier is down for a while, under one id', async () => {
      const { from, carrier, pass } = await scene(FIRST)
      carrier.answer = () => NEVER
      await from(FIRST, 'STOP', { id: 'same' })
      await from(FIRST, 'STOP', { id: 'same' })
      const [first] = carrier.tried.splice(0)
      carrier.answer = ({ id }) => ({ outcome: 'sent', id })
      await pass()
      expect(carrier.tried.map(({ id, body }) => [id, body])).toEqual([[first?.id, ANSWERS.out]])
    })

    test.each([
      ['with somebody there', [FIRST]],
      ['with nobody there', []],
    ])(
      'and in again and again, or asks for help, keeps nobody busy: each answer comes once a day, %s',
      async (_where, people) => {
        const { from, carrier, world } = await scene(...people)
        const theirs = () => carrier.take().filter(([to]) => to === FIRST)
        for (let round = 0; round < 20; round++) for (const word of ['STOP', 'START', 'HELP']) await from(FIRST, word)
        expect(theirs()).toEqual([
          [FIRST, ANSWERS.out],
          [FIRST, ANSWERS.help],
        ])
        world.pass(24 * 60 * 60 * 1000 + 1)
        for (const word of ['STOP', 'HELP']) await from(FIRST, word)
        expect(theirs()).toHaveLength(2)
      },
    )

    test.each([
      ['with somebody there', [FIRST]],
      ['with nobody there', []],
    ])('is told so once a day also by a server that was started anew, or another one, %s', async (_where, people) => {
      const { world, from, carrier, channels } = await scene(...people)
      for (const word of ['STOP', 'HELP']) await from(FIRST, word)
      const theirs = () => carrier.take().filter(([to]) => to === FIRST)
      expect(theirs()).toHaveLength(2)
      await world.core.stopOutbox()
      await world.core.closeChannels()
      const next = world.coreWith({}, { channels })
      await next.openChannels()
      await next.startOutbox()
      const brought = async (id: string, body: string) => {
        await carrier.door.receive({ id, address: FIRST, proxyAddress: PROXY, body })
        await next.settled()
      }
      for (const word of ['HELP', 'START', 'STOP', 'HELP']) await brought(`next ${word}`, word)
      expect(theirs()).toEqual([])
      world.pass(24 * 60 * 60 * 1000)
      for (const word of ['START', 'STOP', 'HELP']) await brought(`day ${word}`, word)
      expect(theirs()).toEqual([
        [FIRST, ANSWERS.out],
        [FIRST, ANSWERS.help],
      ])
    })

    test('by a machine is taken at its word, and not answered', async () => {
      const { from, say, carrier } = await scene(FIRST)
      for (const word of ['HELP', 'STOP']) await from(FIRST, word, { isAutomatic: true })
      await say('hello')
      expect(carrier.take()).toEqual([])
    })

    test('is no matter of e-mail', async () => {
      const { add, say, carrier, from } = await scene()
      const pair = { address: 'ben@example.org', proxyAddress: 'desk@example.com' } as const
      await add(pair.address, pair.proxyAddress)
      await from(pair.address, 'STOP', pair)
      await say('hello')
      expect(carrier.take()).toEqual([[pair.address, 'hello']])
    })
  })
}
