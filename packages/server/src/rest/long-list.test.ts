import { expect, test } from 'vitest'
import { writeLongList } from './long-list.ts'

const messages = Array.from({ length: 100 }, (_, index) => ({ index, body: `"é\n${'x'.repeat(10_000)}`, attributes: '{}' }))

test('a page of long texts is the JSON that it would be at once', async () => {
  for (const answer of [{ meta: { key: 'messages' }, messages }, { messages }]) {
    expect(await writeLongList(answer)).toBe(JSON.stringify(answer))
  }
})

test('others have their turn while it is written', async () => {
  let turns = 0
  const others = () => {
    turns++
    turn = setImmediate(others)
  }
  let turn = setImmediate(others)
  await writeLongList({ messages })
  clearImmediate(turn)
  // A million characters.
  expect(turns).toBeGreaterThanOrEqual(7)
})

test.each([[undefined], [{}], [{ sid: 'x', body: 'x'.repeat(1e6) }], [{ messages: messages.slice(0, 10) }], [{ messages: [] }]])(
  'what is no page, or a short one, is left to who sends it',
  async (answer) => {
    expect(await writeLongList(answer)).toBeUndefined()
  },
)
