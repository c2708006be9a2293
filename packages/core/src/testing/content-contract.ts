import { describe, expect, test } from 'vitest'
import type { ContentTypes, ContentVariables } from '../records/content-data.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, refusalOf, sid } from './core-world.ts'

/** Templates of messages, and messages that are made from them. */
export function contentContract(begin: BeginWorld): void {
  const TEXT: ContentTypes = { 'twilio/text': { body: 'Hello {{name}}, order {{2}} of {{name}}' } }
  const create = async (world: CoreWorld, types: ContentTypes = TEXT, variables: ContentVariables = { 2: '17' }) => {
    const said = { friendlyName: 'order', language: 'en', variables, types }
    const command = () => ({ type: 'contentTemplate.create', ...said }) as const
    const shown: { sid?: string } = await world.submit<'contentTemplate.create', object>({
      about: {},
      command,
      show:
        ({ contentTemplateSid }) =>
        async () => ({ sid: contentTemplateSid }),
    })
    return String(shown.sid)
  }
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    const send = (contentSid: string | undefined, variables?: unknown, body: string | null = null) => {
      const contentVariables = typeof variables === 'string' ? variables : JSON.stringify(variables)
      const content = { ...(contentSid && { contentSid }), ...(variables !== undefined && { contentVariables }) }
      return anna.try({ type: 'message.send', conversationSid, body, ...content })
    }
    return { world, anna, ben, conversationSid, send }
  }

  test('a message says what its template says, with its own values before those of the template', async () => {
    const { world, anna, ben, conversationSid, send } = await room()
    const contentSid = await create(world)
    await send(contentSid, { name: 'Ann {{2}} 😀' })
    await send(contentSid, { name: 'Ben', 2: 5, unused: 'x' })
    const messages = await ben.messages(conversationSid)
    expect(messages.map(({ body, contentSid: of }) => [body, of])).toEqual([
      ['Hello Ann {{2}} 😀, order 17 of Ann {{2}} 😀', contentSid],
      ['Hello Ben, order 5 of Ben', contentSid],
    ])
    await anna.do({ type: 'message.remove', conversationSid, index: 0 })
    expect((await ben.messages(conversationSid)).map(({ index }) => index)).toEqual([1])
  })

  test('a body that is there stands, as of one who was asked before', async () => {
    const { world, ben, conversationSid, send } = await room()
    const contentSid = await create(world)
    await send(contentSid, { name: 'Ann' }, 'otherwise')
    expect(await ben.messages(conversationSid)).toMatchObject([{ body: 'otherwise', contentSid }])
  })

  test.each([
    ['its text before all else', { 'twilio/media': { media: ['http://a/b'] }, ...TEXT }, 'Hello 1, order 2 of 1'],
    ['the addresses of files', { 'twilio/media': { body: '{{2}}', media: ['http://a/{{2}}'] } }, '2\nhttp://a/2'],
    ['a place', { 'twilio/location': { latitude: 1.5, longitude: -2, label: 'Here' } }, 'Here\n1.5, -2'],
    ['a question', { 'twilio/quick-reply': { body: '{{2}}?', actions: [{ title: 'Yes' }] } }, '2?'],
    [
      'what can be done',
      { 'twilio/call-to-action': { body: 'Do', actions: [{ type: 'URL', title: 'See', url: 'http://a/{{2}}' }] } },
      'Do\nSee: http://a/2',
    ],
    ['a list', { 'twilio/list-picker': { body: 'Which?', button: 'b', items: [{ id: 'i', item: 'One' }] } }, 'Which?\nOne'],
    [
      'a card',
      { 'twilio/card': { title: 'T', subtitle: 'S', actions: [{ type: 'PHONE_NUMBER', title: 'Call', phone: '+1' }] } },
      'T\nS\nCall: +1',
    ],
  ] as const)('in words it says %s', async (_, types, body) => {
    const { world, ben, conversationSid, send } = await room()
    await send(await create(world, types), { name: '1', 2: '2' })
    expect(await ben.messages(conversationSid)).toMatchObject([{ body }])
  })

  describe('besides its text it has', () => {
    const about = (conversationSid: string, index = 0) => ({ type: 'message.content', conversationSid, index }) as const

    test.each([
      [
        'a card before all else',
        {
          ...TEXT,
          'twilio/quick-reply': { body: 'b', actions: [{ title: 'Yes' }] },
          'twilio/card': {
            title: 'Order {{2}}',
            media: ['http://a/{{2}}'],
            actions: [{ type: 'QUICK_REPLY', title: '{{name}}', id: '{{2}}' }],
          },
        },
        {
          type: 'card',
          title: 'Order 17',
          media: ['http://a/17'],
          actions: [
            { type: 'reply', title: 'Ann', id: '17', index: 0, rawData: '{"type":"QUICK_REPLY","title":"Ann","id":"17"}' },
          ],
        },
      ],
      [
        'a question with its answers',
        { 'twilio/quick-reply': { body: '{{name}}?', actions: [{ title: 'Yes', id: '{{2}}' }, { title: 'No' }] } },
        { type: 'quickReply', body: 'Ann?', replies: [{ title: 'Yes', id: '17' }, { title: 'No' }] },
      ],
      [
        'a place',
        { 'twilio/location': { latitude: 1.5, longitude: -2, label: '{{name}}' } },
        { type: 'location', latitude: 1.5, longitude: -2, label: 'Ann' },
      ],
      ['the text alone', TEXT, { type: 'text', body: 'Hello Ann, order 17 of Ann' }],
    ] as const)('%s', async (_, types, content) => {
      const { world, ben, conversationSid, send } = await room()
      await send(await create(world, types as ContentTypes), { name: 'Ann', 2: '17' })
      const answer = await ben.ask(about(conversationSid))
      expect(answer).toMatchObject({ content })
      expect(JSON.parse(answer.content?.rawData ?? '')).not.toHaveProperty('rawData')
    })

    test('nothing where it was made from none, somebody changed what it says, or the template is gone', async () => {
      const { world, anna, ben, conversationSid, send } = await room()
      const contentSid = await create(world)
      await send(undefined, undefined, 'free')
      await send(contentSid, { name: 'Ann' })
      await send(contentSid, { name: 'Ben' })
      await anna.do({ type: 'message.update', conversationSid, index: 1, body: 'otherwise' })
      const command = () => ({ type: 'contentTemplate.delete', contentTemplateSid: contentSid }) as const
      const ask = () => [0, 1, 2].map(async (index) => (await ben.ask(about(conversationSid, index))).content?.type)
      expect(await Promise.all(ask())).toEqual([undefined, undefined, 'text'])
      await world.core.submit(world.backEnd.actor as never, { about: {}, command })
      expect(await Promise.all(ask())).toEqual([undefined, undefined, undefined])
      expect(refusalOf(await ben.tryToAsk(about(conversationSid, 3)))).toBe('message-not-found')
    })
  })

  test.each([
    ['no JSON', '{', 'content-variables-invalid'],
    ['no object', '["a"]', 'content-variables-invalid'],
    ['nothing', 'null', 'content-variables-invalid'],
    ['a place that nobody fills', {}, 'content-variables-invalid'],
    ['a value that is none', { name: null }, 'content-variables-invalid'],
    ['an empty value', { name: '' }, 'content-variables-invalid'],
    ['NUL', { name: 'a\0' }, 'content-variables-invalid'],
    ['half a character', '{"name":"\\ud800"}', 'content-variables-invalid'],
    ['a long name', { name: 'a', ['x'.repeat(17)]: 'a' }, 'content-variable-name-too-long'],
    ['a long value', { name: 'x'.repeat(257) }, 'content-variable-value-too-long'],
    ['many', Object.fromEntries(Array.from({ length: 101 }, (__, at) => [at, 'a'])), 'content-variables-too-long'],
    ['far too much', `{"name":"${'x'.repeat(30_000)}"}`, 'content-variables-too-long'],
  ])('of variables %s is refused', async (_, variables, name) => {
    const { world, anna, conversationSid, send } = await room()
    expect(refusalOf(await send(await create(world), variables))).toBe(name)
    expect(await anna.messages(conversationSid)).toEqual([])
  })

  test('names that objects have by themselves are places like others', async () => {
    const { world, ben, conversationSid, send } = await room()
    const contentSid = await create(world, { 'twilio/text': { body: '{{constructor}} {{__proto__}}' } }, {})
    expect(refusalOf(await send(contentSid, {}))).toBe('content-variables-invalid')
    await send(contentSid, '{"constructor":"a","__proto__":"b"}')
    expect(await ben.messages(conversationSid)).toMatchObject([{ body: 'a b' }])
  })

  test('a template that is not there makes no message, and variables without one make none', async () => {
    const { world, anna, conversationSid, send } = await room()
    const contentSid = await create(world)
    const command = () => ({ type: 'contentTemplate.delete', contentTemplateSid: contentSid }) as const
    await world.core.submit(world.backEnd.actor as never, { about: {}, command })
    for (const absent of [contentSid, sid('HX', 1)]) expect(refusalOf(await send(absent, {}))).toBe('content-template-not-found')
    expect(refusalOf(await send(undefined, {}, 'hello'))).toBe('content-sid-missing')
    expect(await anna.messages(conversationSid)).toEqual([])
  })

  test('a message has the size of what its template says', async () => {
    const { world, send } = await room()
    const contentSid = await create(world, { 'twilio/text': { body: '{{1}}'.repeat(200) } }, {})
    expect(refusalOf(await send(contentSid, { 1: 'x'.repeat(200) }))).toBe('body-too-long')
  })

  describe('the list', () => {
    test('shows every form, page by page, to each user', async () => {
      const { world, ben } = await room()
      const made = []
      for (let at = 0; at < 21; at++) made.push(await create(world))
      const first = await ben.ask({ type: 'contentTemplate.list' })
      const second = await ben.ask({ type: 'contentTemplate.list', after: first.next })
      expect(second.next).toBeNull()
      expect([...first.templates, ...second.templates].map(({ sid: of }) => of)).toEqual(made)
      expect(first.templates[0]).toMatchObject({
        friendlyName: 'order',
        variables: [{ name: '2', value: '17' }],
        variants: { 'twilio/text': { type: 'text', ...TEXT['twilio/text'], rawData: JSON.stringify(TEXT['twilio/text']) } },
      })
    })
  })
}
