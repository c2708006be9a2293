import { Client } from '@conversa/client'
import { mintAccessToken } from '@conversa/server'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { ACCOUNT_SID, API_KEY } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { backEndOf } from '../rest/back-end.ts'
import { next } from '../scenarios/world.ts'
import { DAMAGED, foreignSource, ROOM, SERVICE, sidOf } from './foreign-source.ts'
import { runImport, TARGET_ENV } from './import-process.ts'

afterAll(endServerProcesses)

test('what does not fit is listed by its SID, the rest comes over with the SIDs that it had', { timeout: 120_000 }, async () => {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const { code, report, output } = await runImport(await foreignSource(), folder.path, ['--service', SERVICE])
  expect(code, output).toBe(1)
  expect(report?.losses.map(({ resource, sid }) => [resource, sid]).sort()).toEqual(
    [
      ['conversation', '(no SID)'],
      ['conversation', DAMAGED],
      ['conversation', ROOM],
      ['media', sidOf('ME', 1)],
      ['message', 'IMnonsense'],
      ['message', sidOf('IM', 2)],
      ['participant', sidOf('MB', 3)],
      ['user', sidOf('US', 2)],
      ['webhook', sidOf('WH', 1)],
    ].sort(),
  )
  expect(report?.notes.map(({ sid }) => sid).sort()).toEqual(
    [sidOf('IM', 3), sidOf('MB', 2), sidOf('MB', 2), sidOf('RL', 0), sidOf('WH', 2)].sort(),
  )

  const target = await ServerProcess.start({ data: folder.path, env: TARGET_ENV })
  const service = backEndOf(target).conversations.v1.services(SERVICE)
  const { messages } = service.conversations(ROOM)
  expect((await messages.list()).map(({ sid, index, author }) => [sid, index, author])).toEqual([
    [sidOf('IM', 0), 0, 'anna'],
    [sidOf('IM', 3), 3, 'anna'],
    [sidOf('IM', 7), 7, 'somebody who was deleted'],
  ])
  expect((await messages(sidOf('IM', 0)).update({ body: 'edited' })).body).toBe('edited')
  expect(await service.conversations(ROOM).webhooks(sidOf('WH', 2)).fetch()).toMatchObject({
    target: 'webhook',
    configuration: { url: 'https://example.org/one', method: 'get', filters: ['onMessageAdded'] },
  })
  const membership = await service.users('anna').userConversations(ROOM).fetch()
  expect(membership).toMatchObject({
    notificationLevel: 'muted',
    createdBy: 'anna',
    lastReadMessageIndex: 9,
    unreadMessagesCount: 0,
  })

  const named = { accountSid: ACCOUNT_SID, keySid: API_KEY.sid, keySecret: API_KEY.secret }
  const token = await mintAccessToken({ ...named, serviceSid: SERVICE, identity: 'anna', ttlSeconds: 600, now: Date.now() })
  const client = await Client.create(token, { url: target.url })
  onTestFinished(() => client.shutdown())
  const conversation = await client.getConversationBySid(ROOM)
  const removed = next(conversation, 'messageRemoved')
  await messages(sidOf('IM', 3)).remove()
  expect((await removed).sid).toBe(sidOf('IM', 3))
  expect(await conversation.sendMessage('goes on')).toBe(10)
})
