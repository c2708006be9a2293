import { LIMITS } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { messageSid } from '../ports/sids.ts'
import type { BeginWorld } from './core-contract.ts'
import { type Person, refusalOf, sid } from './core-world.ts'

/** Messages: rest-and-semantics 3.4, 3.7 and 3.10. */
export function messageContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    return { world, anna, ben, conversationSid }
  }
  const sendMany = async (person: Person, conversationSid: string, count: number) => {
    await Promise.all(Array.from({ length: count }, (_, at) => person.send(conversationSid, `${at}`)))
  }

  test('a send answers the next index, and the message is there', async () => {
    const { world, anna, ben, conversationSid } = await room()
    const first = await ben.do({ type: 'message.send', conversationSid, body: 'hello', attributes: '{"a": 1}' })
    expect(first).toEqual({ index: 0, sid: messageSid(conversationSid, 0) })
    expect(await anna.messages(conversationSid)).toEqual([
      {
        ...first,
        author: 'ben',
        participantSid: (await ben.view(conversationSid)).membership?.participantSid,
        body: 'hello',
        subject: null,
        media: [],
        attributes: '{"a": 1}',
        lastUpdatedBy: null,
        dateCreated: world.now,
        dateUpdated: world.now,
      },
    ])
    world.pass(1000)
    expect(await anna.send(conversationSid, 'second')).toMatchObject({ index: 1 })
    const lastMessage = { index: 1, dateCreated: world.now }
    expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 2, lastMessage })
  })

  test('sends at once get indexes without a gap, in the order in which they came', async () => {
    const { anna, ben, conversationSid } = await room()
    const sends = Array.from({ length: 40 }, (_, at) => (at % 3 ? anna : ben).send(conversationSid, `${at}`))
    expect((await Promise.all(sends)).map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, at) => at))
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(Array.from({ length: 40 }, (_, at) => `${at}`))
  })

  test('a back end speaks as the system, and is nobody in the conversation', async () => {
    const { world, anna, conversationSid } = await room()
    await world.backEnd.send(conversationSid, 'notice')
    expect(await anna.messages(conversationSid)).toMatchObject([{ author: 'system', participantSid: null, body: 'notice' }])
  })

  test('what a client may not set is not set', async () => {
    const { world, anna, conversationSid } = await room()
    const smuggled = {
      author: 'ben',
      index: 40,
      sid: sid('IM', 1),
      dateCreated: 1,
      participantSid: sid('MB', 1),
      lastUpdatedBy: 'x',
    }
    const send = { type: 'message.send', conversationSid, body: 'x', ...smuggled } as const
    await anna.do(send as { type: 'message.send'; conversationSid: string; body: string })
    const [message] = await anna.messages(conversationSid)
    expect(message).toMatchObject({ author: 'anna', index: 0, dateCreated: world.now, lastUpdatedBy: null })
    const { index: _, ...rest } = smuggled
    const update = { type: 'message.update', conversationSid, index: 0, body: 'y', ...rest }
    await anna.do(update as { type: 'message.update'; conversationSid: string; index: number })
    expect(await anna.messages(conversationSid)).toEqual([{ ...message, body: 'y', lastUpdatedBy: 'anna' }])
  })

  describe('bodies', () => {
    const longest = LIMITS.bodyBytes
    test.each([
      ['nothing', null, true],
      ['one character', 'x', true],
      ['white space', ' \n', true],
      ['the longest of ASCII', 'x'.repeat(longest), true],
      ['one byte more', 'x'.repeat(longest + 1), false],
      ['the longest of two bytes each', 'é'.repeat(longest / 2), true],
      ['one of them more', 'é'.repeat(longest / 2 + 1), false],
      ['the longest of three bytes each', `xx${'€'.repeat((longest - 2) / 3)}`, true],
      ['one byte more of these', `xxx${'€'.repeat((longest - 2) / 3)}`, false],
      ['the longest of four bytes each', '😀'.repeat(longest / 4), true],
      ['one of these more', '😀'.repeat(longest / 4 + 1), false],
    ])('%s', async (_, body, isAccepted) => {
      const { anna, conversationSid } = await room()
      await anna.send(conversationSid, 'first')
      const answers = [await anna.try({ type: 'message.send', conversationSid, body })]
      if (body !== null) answers.push((await anna.try({ type: 'message.update', conversationSid, index: 0, body })) as never)
      for (const answer of answers) {
        if (isAccepted) expect(typeof refusalOf(answer)).toBe('object')
        else expect(refusalOf(answer)).toBe('body-too-long')
      }
      const bodies = (await anna.messages(conversationSid)).map((message) => message.body)
      const edited = body === null ? 'first' : body
      expect(bodies).toEqual(isAccepted ? [edited, body] : ['first'])
    })

    test('an empty one is none', async () => {
      const { anna, conversationSid } = await room()
      await anna.send(conversationSid, 'first')
      expect(refusalOf(await anna.try({ type: 'message.send', conversationSid, body: '' }))).toBe('body-missing')
      expect(refusalOf(await anna.try({ type: 'message.update', conversationSid, index: 0, body: '' }))).toBe('body-missing')
      expect((await anna.view(conversationSid)).messagesCount).toBe(1)
    })
  })

  describe('an edit', () => {
    test('changes what is given, and says who did it', async () => {
      const { world, anna, ben, conversationSid } = await room()
      await ben.do({ type: 'message.send', conversationSid, body: 'one', attributes: '[1]' })
      const [before] = await anna.messages(conversationSid)
      world.pass(1000)
      await ben.do({ type: 'message.update', conversationSid, index: 0, body: 'two' })
      const edited = { ...before, body: 'two', lastUpdatedBy: 'ben', dateUpdated: world.now }
      expect(await anna.messages(conversationSid)).toEqual([edited])
      world.pass(1000)
      await anna.do({ type: 'message.update', conversationSid, index: 0, attributes: '[2]' })
      const again = { ...edited, attributes: '[2]', lastUpdatedBy: 'anna', dateUpdated: world.now }
      expect(await anna.messages(conversationSid)).toEqual([again])
      expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 1, revision: 6 })
    })

    test('that changes nothing is not told', async () => {
      const { world, anna, conversationSid } = await room()
      await anna.send(conversationSid, 'same')
      const before = await anna.messages(conversationSid)
      const recorder = await anna.listen()
      world.pass(1000)
      await anna.do({ type: 'message.update', conversationSid, index: 0, body: 'same', attributes: '{}' })
      await anna.do({ type: 'message.update', conversationSid, index: 0 })
      expect(await anna.messages(conversationSid)).toEqual(before)
      expect(recorder.heard).toEqual([])
    })

    test('of what is not there is refused', async () => {
      const { anna, conversationSid } = await room()
      await sendMany(anna, conversationSid, 2)
      await anna.do({ type: 'message.remove', conversationSid, index: 1 })
      for (const index of [1, 2, Number.MAX_SAFE_INTEGER]) {
        expect(refusalOf(await anna.try({ type: 'message.update', conversationSid, index, body: 'x' }))).toBe('message-not-found')
        expect(refusalOf(await anna.try({ type: 'message.remove', conversationSid, index }))).toBe('message-not-found')
      }
    })
  })

  describe('a removal', () => {
    test('leaves a gap, and its index is not used again', async () => {
      const { anna, conversationSid } = await room()
      await sendMany(anna, conversationSid, 3)
      await anna.do({ type: 'message.remove', conversationSid, index: 2 })
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      expect(await anna.send(conversationSid, 'next')).toMatchObject({ index: 3 })
      expect((await anna.messages(conversationSid)).map(({ index }) => index)).toEqual([1, 3])
      expect((await anna.view(conversationSid)).messagesCount).toBe(2)
    })

    test('moves the last message to the newest that remains', async () => {
      const { world, anna, conversationSid } = await room()
      const dates: number[] = []
      for (let index = 0; index < 4; index++) {
        world.pass(1000)
        dates.push(world.now)
        await anna.send(conversationSid, `${index}`)
      }
      const lastAfter = async (index: number) => {
        await anna.do({ type: 'message.remove', conversationSid, index })
        return (await anna.view(conversationSid)).lastMessage
      }
      expect(await lastAfter(1)).toEqual({ index: 3, dateCreated: dates[3] })
      expect(await lastAfter(3)).toEqual({ index: 2, dateCreated: dates[2] })
      expect(await lastAfter(2)).toEqual({ index: 0, dateCreated: dates[0] })
      expect(await lastAfter(0)).toBeNull()
      expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 0, lastMessage: null })
    })

    test('takes the content out of what catches up', async () => {
      const { anna, conversationSid } = await room()
      const { revision } = await anna.view(conversationSid)
      await anna.do({ type: 'message.send', conversationSid, body: 'secret', attributes: '["secret"]' })
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      const news = await anna.ask({ type: 'conversation.resume', since: [{ conversationSid, revision }] })
      expect(news.conversations).toMatchObject([
        { delta: [{ type: 'message.added', removed: true }, { type: 'message.removed' }] },
      ])
      expect(JSON.stringify(news)).not.toContain('secret')
    })
  })

  describe('pages', () => {
    /** Twelve messages, of which 0, 5, 6 and 11 are gone. */
    const full = async () => {
      const { anna, conversationSid } = await room()
      await sendMany(anna, conversationSid, 12)
      for (const index of [0, 5, 6, 11]) await anna.do({ type: 'message.remove', conversationSid, index })
      return { anna, conversationSid }
    }
    const FAR = Number.MAX_SAFE_INTEGER

    test.each([
      [{}, [1, 2, 3, 4, 7, 8, 9, 10], null, null],
      [{ limit: 3 }, [8, 9, 10], 7, null],
      [{ limit: 3, anchor: 7 }, [3, 4, 7], 2, 8],
      [{ limit: 3, anchor: 6 }, [2, 3, 4], 1, 7],
      [{ limit: 3, anchor: 1 }, [1], null, 2],
      [{ limit: 3, anchor: 0 }, [], null, 1],
      [{ limit: 3, anchor: 11 }, [8, 9, 10], 7, null],
      [{ limit: 3, anchor: 99 }, [8, 9, 10], 7, null],
      [{ limit: 3, anchor: FAR }, [8, 9, 10], 7, null],
      [{ direction: 'forward' }, [1, 2, 3, 4, 7, 8, 9, 10], null, null],
      [{ direction: 'forward', limit: 3 }, [1, 2, 3], null, 4],
      [{ direction: 'forward', limit: 3, anchor: 4 }, [4, 7, 8], 3, 9],
      [{ direction: 'forward', limit: 3, anchor: 5 }, [7, 8, 9], 4, 10],
      [{ direction: 'forward', limit: 3, anchor: 10 }, [10], 9, null],
      [{ direction: 'forward', limit: 3, anchor: 11 }, [], 10, null],
      [{ direction: 'forward', limit: 3, anchor: FAR }, [], 10, null],
    ] as const)('%j: %j, older from %j, newer from %j', async (query, indexes, older, newer) => {
      const { anna, conversationSid } = await full()
      const page = await anna.ask({ type: 'message.page', conversationSid, ...query })
      expect(page.messages.map(({ index }) => index)).toEqual(indexes)
      expect([page.older, page.newer]).toEqual([older, newer])
      expect(page.revision).toBe((await anna.view(conversationSid)).revision)
    })

    test.each([
      [{ limit: 2 }, [3, 4], 2, null],
      [{ limit: 2, anchor: 3 }, [2, 3], 1, 4],
      [{ limit: 2, anchor: 0 }, [0], null, 1],
      [{ limit: 2, anchor: 99 }, [3, 4], 2, null],
      [{ direction: 'forward', limit: 2, anchor: 0 }, [0, 1], null, 2],
      [{ direction: 'forward', limit: 2, anchor: 1 }, [1, 2], 0, 3],
      [{ direction: 'forward', limit: 2, anchor: 5 }, [], 4, null],
      [{ direction: 'forward', limit: 2, anchor: FAR }, [], 4, null],
    ] as const)('where none was removed, %j: %j, older from %j, newer from %j', async (query, indexes, older, newer) => {
      const { anna, conversationSid } = await room()
      await sendMany(anna, conversationSid, 5)
      const page = await anna.ask({ type: 'message.page', conversationSid, ...query })
      expect(page.messages.map(({ index }) => index)).toEqual(indexes)
      expect([page.older, page.newer]).toEqual([older, newer])
    })

    test.each(['backwards', 'forward'] as const)('walk everything once, %s', async (direction) => {
      const { anna, conversationSid } = await full()
      for (const limit of [1, 2, 3, 100]) {
        const walked: number[] = []
        for (let anchor: number | null | undefined; anchor !== null; ) {
          const at = anchor === undefined ? {} : { anchor }
          const page = await anna.ask({ type: 'message.page', conversationSid, direction, limit, ...at })
          const indexes = page.messages.map(({ index }) => index)
          walked.push(...(direction === 'forward' ? indexes : indexes.reverse()))
          anchor = direction === 'forward' ? page.newer : page.older
        }
        const all = [1, 2, 3, 4, 7, 8, 9, 10]
        expect(walked).toEqual(direction === 'forward' ? all : all.reverse())
      }
    })

    test('of an empty conversation are empty', async () => {
      const { anna, conversationSid } = await room()
      for (const query of [{}, { anchor: 3 }, { direction: 'forward' as const }]) {
        const page = await anna.ask({ type: 'message.page', conversationSid, ...query })
        expect(page).toMatchObject({ messages: [], older: null, newer: null })
      }
    })
  })
}
