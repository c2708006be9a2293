import type { RawClient } from '../end-to-end/raw-client.ts'
import type { Stored } from '../simulation/history.ts'

/** All messages of a conversation, page by page. */
export async function readAll(client: RawClient, conversationSid: string): Promise<Stored[]> {
  const stored: Stored[] = []
  let anchor: number | null = 0
  while (anchor !== null) {
    const page: { messages: { index: number; author: string; body: string | null }[]; newer: number | null } = await client.ask({
      type: 'message.page',
      conversationSid,
      anchor,
      direction: 'forward',
      limit: 100,
    })
    stored.push(...page.messages.map(({ index, author, body }) => ({ index, author, body, removed: false })))
    anchor = page.newer
  }
  return stored
}
