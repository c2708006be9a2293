import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { type Received, Receiver } from './receiver.ts'

const ROOMS = 3
const MESSAGES = 12

describe('a server that is killed with deliveries under way', () => {
  test('leaves all of them to the next one: each at least once, in order per conversation, duplicates under one id', async () => {
    const folder = await dataFolder()
    onTestFinished(async () => {
      await endServerProcesses()
      await folder[Symbol.asyncDispose]()
    })
    const receiver = await Receiver.begin()
    const first = await ServerProcess.start({ data: folder.path })
    const { accountSid, authToken } = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
    const client = twilio(accountSid, authToken)
    client.conversations.baseUrl = first.url
    const { v1 } = client.conversations
    await v1.configuration.webhooks().update({ postWebhookUrl: receiver.url, filters: ['onMessageAdded'] })
    const rooms = await Promise.all(Array.from({ length: ROOMS }, () => v1.conversations.create()))
    // Some arrive; from the fourth in each conversation on nobody answers, as the server is to die while it waits.
    receiver.answer = ({ fields }) => (Number(fields.Body) < 3 ? { status: 200 } : 'hang')
    await Promise.all(
      rooms.map(async ({ sid }) => {
        for (let at = 0; at < MESSAGES; at++)
          await v1.conversations(sid).messages.create({ body: `${at}`, xTwilioWebhookEnabled: 'true' })
      }),
    )
    const told = (sid: string) => receiver.received.filter(({ fields }) => fields.ConversationSid === sid)
    const bodies = (sid: string) => told(sid).map(({ fields }) => Number(fields.Body))
    await vi.waitFor(() => expect(rooms.map(({ sid }) => bodies(sid).includes(3))).toEqual(rooms.map(() => true)), {
      timeout: 30_000,
    })
    expect(await first.metric('conversa_webhook_pending')).toBe(ROOMS * (MESSAGES - 3))
    await first.kill9()
    const before = [...receiver.received]
    receiver.answer = () => ({ status: 200 })
    const second = await first.restart()
    await vi.waitFor(async () => expect(await second.metric('conversa_webhook_pending')).toBe(0), { timeout: 30_000 })

    const idOf = ({ headers }: Received) => headers['webhook-id']
    for (const { sid } of rooms) {
      const all = bodies(sid)
      expect([...new Set(all)].sort((a, b) => a - b)).toEqual(Array.from({ length: MESSAGES }, (_, at) => at))
      // In order: a repetition is of the last one only.
      expect(all.every((body, at) => at === 0 || body - (all[at - 1] ?? 0) <= 1)).toBe(true)
      expect(all).toEqual([...all].sort((a, b) => a - b))
      const ids = Map.groupBy(told(sid), ({ fields }) => fields.Body)
      for (const same of ids.values()) expect(new Set(same.map(idOf)).size).toBe(1)
      expect(new Set(told(sid).map(idOf)).size).toBe(MESSAGES)
      // The one that was under way is told again, since nobody knows whether it counts.
      const again = told(sid).filter(({ fields }) => fields.Body === '3')
      expect(again.length).toBeGreaterThan(before.filter((one) => again.includes(one)).length)
    }
  })
})
