import { RestPaginator } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { World } from './world.ts'

/** A conversation with five messages. */
async function five() {
  const { conversations } = await (await World.begin()).room('alice')
  const [conversation] = conversations
  for (const body of ['0', '1', '2', '3', '4']) await conversation.sendMessage(body)
  return conversation
}

const bodiesOf = (page: { items: { body: string | null }[] }) => page.items.map(({ body }) => body).join('')

describe('RestPaginator.hasNextPage, RestPaginator.nextPage', () => {
  test('lead on in the direction of the query, to its end', async () => {
    const conversation = await five()
    let page = await conversation.getMessages(2, undefined, 'backwards')
    expect(page).toBeInstanceOf(RestPaginator)
    const seen = [bodiesOf(page)]
    while (page.hasNextPage) {
      page = await page.nextPage()
      seen.push(bodiesOf(page))
    }
    expect(seen).toEqual(['34', '12', '0'])
    await expect(page.nextPage()).rejects.toMatchObject({ code: 20001 })
  })
})

describe('RestPaginator.hasPrevPage, RestPaginator.prevPage', () => {
  test('lead back the way that one came', async () => {
    const conversation = await five()
    const first = await conversation.getMessages(2, 0, 'forward')
    expect([bodiesOf(first), first.hasPrevPage]).toEqual(['01', false])
    const second = await first.nextPage()
    expect([bodiesOf(second), second.hasPrevPage, bodiesOf(await second.prevPage())]).toEqual(['23', true, '01'])
    await expect(first.prevPage()).rejects.toMatchObject({ code: 20001 })
  })
})
