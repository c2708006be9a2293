import { LIMITS } from '@conversa/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'

/*
 * What holds up everybody else is bounded, in characters and not in times.
 */
test('of the largest page of a list no more than 256 KiB are written at once', async () => {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
  const created = await server.core.execute(backEnd, { type: 'conversation.create' })
  if (!('conversation' in created)) throw new Error('unable to make a conversation')
  const conversationSid = created.conversation.sid
  const body = '"'.repeat(LIMITS.bodyBytes)
  await Promise.all(
    Array.from({ length: LIMITS.pageSize }, () => server.core.execute(backEnd, { type: 'message.send', conversationSid, body })),
  )
  const [{ sid, authToken }] = ACCOUNTS
  const authorization = `Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}`
  const stringify = vi.spyOn(JSON, 'stringify')
  onTestFinished(() => stringify.mockRestore())
  const url = `${server.url}/v1/Conversations/${conversationSid}/Messages?PageSize=${LIMITS.pageSize}`
  const answer = await fetch(url, { headers: { authorization } })
  const { messages } = (await answer.json()) as { messages: { body: string }[] }
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(messages.map((message) => message.body)).toEqual(Array.from({ length: LIMITS.pageSize }, () => body))
  const lengths = stringify.mock.results.map(({ value }) => String(value).length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024)
})
