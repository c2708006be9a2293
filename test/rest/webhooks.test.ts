import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { backEndOf, operation, refusalOf } from './back-end.ts'

const URL_ = 'http://127.0.0.1:9/hook'
const filled = {
  target: 'webhook' as const,
  'configuration.url': URL_,
  'configuration.method': 'post' as const,
  'configuration.filters': ['onMessageAdded'],
}

operation('ConversationWebhook.create', {
  'shows what was set, under the conversation': async ({ api, world, form }) => {
    const room = await api.conversations.create({ uniqueName: 'room' })
    const made = await api.conversations('room').webhooks.create(filled)
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      conversationSid: room.sid,
      target: 'webhook',
      configuration: { url: URL_, method: 'post', filters: ['onMessageAdded'] },
    })
    expect(made.sid).toMatch(/^WH[0-9a-f]{32}$/)
    const prefix = form === 'service' ? `/Services/${SERVICE_SID}` : ''
    expect(made.url).toBe(`${world.server.url}/v1${prefix}/Conversations/${room.sid}/Webhooks/${made.sid}`)
  },
  'keeps the flow of a studio, whom nobody tells anything': async ({ api, world }) => {
    const { sid } = await api.conversations.create()
    const flowSid = `FW${'1'.repeat(32)}`
    const studio = { target: 'studio' as const, 'configuration.flowSid': flowSid, 'configuration.replayAfter': -1 }
    await api.conversations(sid).messages.create({ body: 'b' })
    const made = await api.conversations(sid).webhooks.create(studio)
    expect(made).toMatchObject({ target: 'studio', configuration: { flow_sid: flowSid } })
    const other = `FW${'2'.repeat(32)}`
    const changed = await api.conversations(sid).webhooks(made.sid).update({ 'configuration.flowSid': other })
    expect(changed.configuration).toEqual({ flow_sid: other })
    const warned = world.server.logged.filter((line) => line.includes('flows run elsewhere')).map((line) => JSON.parse(line))
    expect(warned.map(({ operation }) => operation)).toEqual(['ConversationWebhook.create', 'ConversationWebhook.update'])
    await api.conversations(sid).messages.create({ body: 'b', xTwilioWebhookEnabled: 'true' })
    expect(world.server.database.prepare('SELECT count(*) AS count FROM outbox').get()).toEqual({ count: 0 })
  },
  'tells a new one what was said after an index, and then what is new': async ({ api }) => {
    const receiver = await Receiver.begin()
    const { sid } = await api.conversations.create()
    const { messages, webhooks } = api.conversations(sid)
    const sids = []
    for (const body of ['0', '1 help', '2', '3']) sids.push((await messages.create({ body })).sid)
    await api.conversations(sid).messages(String(sids[2])).remove()
    const url = `${receiver.url}/hook`
    await webhooks.create({ ...filled, 'configuration.url': url, 'configuration.replayAfter': 0 })
    await messages.create({ body: 'new', xTwilioWebhookEnabled: 'true' })
    const told = await receiver.has(3)
    expect(told.map(({ fields }) => [fields.EventType, fields.Body, fields.Index])).toEqual([
      ['onMessageAdded', '1 help', '1'],
      ['onMessageAdded', '3', '3'],
      ['onMessageAdded', 'new', '4'],
    ])
    const trigger = { target: 'trigger' as const, 'configuration.url': url, 'configuration.triggers': ['HELP'] }
    await webhooks.create({ ...trigger, 'configuration.replayAfter': -1 })
    const again = (await receiver.has(4))[3]
    expect(again?.fields).toMatchObject({ Body: '1 help' })
    expect(again?.headers['webhook-id']).toBe(told[0]?.headers['webhook-id'])
  },
  'refuses with the documented codes': async ({ api }) => {
    const { sid } = await api.conversations.create()
    const { webhooks } = api.conversations(sid)
    const codes = []
    for (const fields of [
      { ...filled, 'configuration.url': 'ftp://a' },
      { ...filled, 'configuration.url': 'http://me:secret@a/' },
      { ...filled, 'configuration.method': 'put' },
      { ...filled, target: 'pigeon' },
      { ...filled, target: 'studio' },
      { ...filled, target: 'studio', 'configuration.flowSid': 'nonsense' },
      { ...filled, 'configuration.replayAfter': 'nonsense' },
      { ...filled, 'configuration.replayAfter': -2 },
      { ...filled, 'configuration.filters': ['onMessageAdd'] },
      { ...filled, 'configuration.url': undefined },
      { ...filled, 'configuration.filters': undefined },
      { ...filled, target: 'trigger' },
      { ...filled, target: 'trigger', 'configuration.triggers': ['1', '2', '3', '4', '5', '6'] },
    ]) {
      const { code, status } = await refusalOf(webhooks.create(fields as Parameters<typeof webhooks.create>[0]))
      codes.push([code, status])
    }
    expect(codes.map(([code]) => code)).toEqual([
      50054, 50054, 50055, 50364, 50367, 50367, 50516, 50516, 50365, 50369, 50370, 50371, 50362,
    ])
    expect(codes.every(([, status]) => status === 400)).toBe(true)
    for (let count = 0; count < 5; count++) await webhooks.create(filled)
    expect(await refusalOf(webhooks.create(filled))).toMatchObject({ code: 50361, status: 400 })
  },
})

operation('ConversationWebhook.fetch', {
  'goes by SID, within the conversation': async ({ api }) => {
    const [one, other] = [await api.conversations.create(), await api.conversations.create()]
    const { sid } = await api.conversations(one.sid).webhooks.create(filled)
    expect(await api.conversations(one.sid).webhooks(sid).fetch()).toMatchObject({ sid, configuration: { url: URL_ } })
    expect(await refusalOf(api.conversations(other.sid).webhooks(sid).fetch())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('ConversationWebhook.update', {
  'replaces what is given': async ({ api }) => {
    const { sid } = await api.conversations.create()
    const hook = api.conversations(sid).webhooks((await api.conversations(sid).webhooks.create(filled)).sid)
    const changed = await hook.update({ 'configuration.filters': ['onMessageRemoved', 'onParticipantAdded'] })
    expect(changed.configuration).toEqual({ url: URL_, method: 'post', filters: ['onMessageRemoved', 'onParticipantAdded'] })
    expect(await refusalOf(hook.update({ 'configuration.url': 'nothing' }))).toMatchObject({ code: 50054 })
    expect((await hook.fetch()).configuration).toEqual(changed.configuration)
  },
})

operation('ConversationWebhook.list', {
  'shows those of the conversation, and none once it is gone': async ({ api, world }) => {
    const { sid } = await api.conversations.create()
    const { webhooks } = api.conversations(sid)
    const made = [
      await webhooks.create(filled),
      await webhooks.create({ ...filled, target: 'trigger', 'configuration.triggers': ['help'] }),
    ]
    expect((await webhooks.list({ pageSize: 1 })).map((hook) => hook.sid)).toEqual(made.map((hook) => hook.sid))
    await api.conversations(sid).remove()
    expect(world.server.database.prepare('SELECT count(*) AS count FROM webhooks').get()).toEqual({ count: 0 })
  },
})

operation('ConversationWebhook.delete', {
  'takes it away': async ({ api }) => {
    const { sid } = await api.conversations.create()
    const hook = api.conversations(sid).webhooks((await api.conversations(sid).webhooks.create(filled)).sid)
    expect(await hook.remove()).toBe(true)
    expect(await refusalOf(hook.remove())).toMatchObject({ code: 20404 })
  },
})

const begin = async () => {
  const world = await World.begin()
  return { world, v1: backEndOf(world.server).conversations.v1, other: backEndOf(world.server, ACCOUNTS[1]).conversations.v1 }
}

const wide = {
  preWebhookUrl: URL_,
  postWebhookUrl: `${URL_}?after=1`,
  method: 'GET',
  filters: ['onMessageAdd', 'onMessageAdded'],
}
const empty = { preWebhookUrl: null, postWebhookUrl: null, method: 'POST', filters: [] }

describe('Webhooks.fetch', () => {
  test('is empty until it is set, and each account has its own', async () => {
    const { v1, other, world } = await begin()
    expect(await v1.configuration.webhooks().fetch()).toMatchObject({ ...empty, accountSid: ACCOUNT_SID, target: 'webhook' })
    const set = await v1.configuration.webhooks().update(wide)
    expect(await v1.configuration.webhooks().fetch()).toMatchObject({
      ...wide,
      url: `${world.server.url}/v1/Configuration/Webhooks`,
    })
    expect(set).toMatchObject(wide)
    expect(await other.configuration.webhooks().fetch()).toMatchObject(empty)
  })
})

describe('Webhooks.update', () => {
  test('replaces what is given, and an empty value takes away', async () => {
    const { v1 } = await begin()
    const hooks = v1.configuration.webhooks()
    await hooks.update(wide)
    expect(await hooks.update({ preWebhookUrl: '', filters: ['onUserAdded'] })).toMatchObject({
      ...wide,
      preWebhookUrl: null,
      filters: ['onUserAdded'],
    })
    expect(await refusalOf(hooks.update({ filters: ['onMessageSent'] }))).toMatchObject({ code: 50365, status: 400 })
    expect(await refusalOf(hooks.update({ postWebhookUrl: 'javascript:alert(1)' }))).toMatchObject({ code: 50054, status: 400 })
  })
})

describe('ServiceWebhooks.fetch', () => {
  test('is empty until it is set', async () => {
    const { v1 } = await begin()
    expect(await v1.services(SERVICE_SID).configuration.webhooks().fetch()).toMatchObject({
      ...empty,
      chatServiceSid: SERVICE_SID,
    })
  })
})

describe('ServiceWebhooks.update', () => {
  test('is another one than that of the account', async () => {
    const { v1, world } = await begin()
    const hooks = v1.services(SERVICE_SID).configuration.webhooks()
    expect(await hooks.update(wide)).toMatchObject({
      ...wide,
      chatServiceSid: SERVICE_SID,
      url: `${world.server.url}/v1/Services/${SERVICE_SID}/Configuration/Webhooks`,
    })
    expect(await v1.configuration.webhooks().fetch()).toMatchObject(empty)
  })
})
