import { CoreWorld } from '@conversa/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { openTestStore, withPostgres } from '../../testing/postgres-suite.ts'

/** What means something in an array of PostgreSQL, in JSON, or in both. */
const TEXTS = ['plain', '"', '\\', '\\n', '\n', '{a,b}', 'NULL', 'null', ',', ' ', '\u{1f600} é', '$1', "'", '\u2028', '[1]']

async function room() {
  const { store } = await openTestStore()
  onTestFinished(() => store.close())
  const anna = await (await CoreWorld.on(store)).user('anna')
  return { anna, conversationSid: await anna.converse() }
}

withPostgres(() => {
  test.each([
    ['all at once', [TEXTS]],
    ['each in a group of its own', TEXTS.map((text) => [text])],
  ])('texts are kept as they were said, %s', async (_, groups) => {
    const { anna, conversationSid } = await room()
    for (const group of groups) await Promise.all(group.map((text) => anna.send(conversationSid, text, `key ${text}`)))
    const { messages } = await anna.ask({ type: 'message.page', conversationSid, anchor: 0, direction: 'forward', limit: 50 })
    expect(messages.map(({ body }) => body)).toEqual(TEXTS)
  })

  test('of messages added at once each has what it has, and the others do not', async () => {
    const { anna, conversationSid } = await room()
    await Promise.all([
      anna.do({ type: 'message.send', conversationSid, body: 'first' }),
      anna.do({ type: 'message.send', conversationSid, body: 'second', subject: 'a subject', attributes: '{"a":"\\n"}' }),
      anna.do({ type: 'message.send', conversationSid, body: 'third', key: 'a key' }),
    ])
    const { messages } = await anna.ask({ type: 'message.page', conversationSid, anchor: 0, direction: 'forward', limit: 50 })
    expect(messages.map(({ body, subject, attributes }) => [body, subject, attributes])).toEqual([
      ['first', null, '{}'],
      ['second', 'a subject', '{"a":"\\n"}'],
      ['third', null, '{}'],
    ])
  })
})
