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
  test('lead on to what is newer, to the end', async () => {
    const conversation = await five()
    let page = await conversation.getMessages(2, undefined, 'forward')
    expect(page).toBeInstanceOf(RestPaginator)
    const seen = [bodiesOf(page)]
    while (page.hasNextPage) {
      page = await page.nextPage()
      seen.push(bodiesOf(page))
    }
    expect(seen).toEqual(['01', '23', '4'])
    await expect(page.nextPage()).rejects.toMatchObject({ code: 20001 })
  })
})

describe('RestPaginator.hasPrevPage, RestPaginator.prevPage', () => {
  test('lead back to what is older, whichever way was asked for', async () => {
    const conversation = await five()
    const newest = await conversation.getMessages(2)
    expect([bodiesOf(newest), newest.hasNextPage]).toEqual(['34', false])
    const older = await newest.prevPage()
    expect([bodiesOf(older), older.hasNextPage, bodiesOf(await older.nextPage())]).toEqual(['12', true, '34'])
    const first = await conversation.getMessages(2, 0, 'forward')
    expect([bodiesOf(first), first.hasPrevPage]).toEqual(['01', false])
    const second = await first.nextPage()
    expect([bodiesOf(second), second.hasPrevPage, bodiesOf(await second.prevPage())]).toEqual(['23', true, '01'])
    await expect(first.prevPage()).rejects.toMatchObject({ code: 20001 })
  })
})
