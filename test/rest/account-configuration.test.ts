import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, FOREIGN_SERVICE_SID, OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'

const stage = async () => {
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  return { world, v1, configuration: v1.configuration() }
}

describe('Configuration.fetch', () => {
  test('gives every field before anything was set', async () => {
    const { world, configuration } = await stage()
    const found = await configuration.fetch()
    const base = `${world.server.url}/v1`
    expect(found).toMatchObject({
      accountSid: ACCOUNT_SID,
      defaultChatServiceSid: SERVICE_SID,
      defaultMessagingServiceSid: null,
      defaultInactiveTimer: null,
      defaultClosedTimer: null,
      url: `${base}/Configuration`,
      links: { service: `${base}/Services/${SERVICE_SID}`, webhooks: `${base}/Configuration/Webhooks` },
    })
  })
})

describe('Configuration.update', () => {
  test('sets the timers of new conversations, whoever creates them; explicit ones win', async () => {
    const { world, v1, configuration } = await stage()
    const before = await v1.conversations.create()
    const set = await configuration.update({ defaultInactiveTimer: 'PT90M', defaultClosedTimer: 'P1W' })
    expect(set).toMatchObject({ defaultInactiveTimer: 'PT1H30M', defaultClosedTimer: 'P7D' })
    const client = await world.client('anna')
    const { sid } = await client.createConversation()
    const both = ['date_closed', 'date_inactive']
    const timersOf = async (name: string) => Object.keys((await v1.conversations(name).fetch()).timers as object).sort()
    expect(await timersOf(sid)).toEqual(both)
    expect(await timersOf(before.sid)).toEqual([])
    const own = await v1.conversations.create({ 'timers.inactive': 'PT1M', 'timers.closed': '' })
    const timers = own.timers as { date_inactive: string }
    expect(Object.keys(timers)).toEqual(['date_inactive'])
    expect(Date.parse(timers.date_inactive) - own.dateCreated.getTime()).toBe(60_000)
    expect(await configuration.update({ defaultInactiveTimer: '' })).toMatchObject({
      defaultInactiveTimer: null,
      defaultClosedTimer: 'P7D',
    })
  })

  test('sets the service that requests mean which name none, and falls back when it is gone', async () => {
    const { v1, configuration } = await stage()
    const set = await configuration.update({ defaultChatServiceSid: OTHER_SERVICE_SID })
    expect(set).toMatchObject({ defaultChatServiceSid: OTHER_SERVICE_SID })
    expect(await configuration.fetch()).toMatchObject({ defaultChatServiceSid: OTHER_SERVICE_SID })
    expect(await v1.conversations.create()).toMatchObject({ chatServiceSid: OTHER_SERVICE_SID })
    await v1.services(OTHER_SERVICE_SID).remove()
    expect(await v1.conversations.create()).toMatchObject({ chatServiceSid: SERVICE_SID })
    const again = await configuration.update({ defaultClosedTimer: 'P1D' })
    expect(again).toMatchObject({ defaultChatServiceSid: SERVICE_SID })
  })

  test('sets the messaging service of new conversations, whoever creates them, and takes it away', async () => {
    const { world, v1, configuration } = await stage()
    const messagingServiceSid = `MG${'a'.repeat(32)}`
    const set = await configuration.update({ defaultMessagingServiceSid: messagingServiceSid })
    expect(set).toMatchObject({ defaultMessagingServiceSid: messagingServiceSid, defaultClosedTimer: null })
    expect(await configuration.update({ defaultClosedTimer: 'P1D' })).toMatchObject({
      defaultMessagingServiceSid: messagingServiceSid,
    })
    const { sid } = await (await world.client('anna')).createConversation()
    expect(await v1.conversations(sid).fetch()).toMatchObject({ messagingServiceSid })
    expect(await configuration.update({ defaultMessagingServiceSid: '' })).toMatchObject({ defaultMessagingServiceSid: null })
    expect(await v1.conversations.create()).toMatchObject({ messagingServiceSid: null })
    expect(await v1.conversations(sid).fetch()).toMatchObject({ messagingServiceSid })
  })

  test('refuses with the documented codes, and changes nothing; other accounts have their own', async () => {
    const { world, configuration } = await stage()
    const codes = []
    for (const fields of [
      { defaultInactiveTimer: 'PT59S' },
      { defaultClosedTimer: 'PT9M' },
      { defaultInactiveTimer: 'soon', defaultClosedTimer: 'P1D' },
      { defaultClosedTimer: 'P1M' },
      { defaultChatServiceSid: FOREIGN_SERVICE_SID, defaultClosedTimer: 'P1D' },
      { defaultChatServiceSid: `IS${'9'.repeat(32)}` },
      { defaultChatServiceSid: 'x' },
      { defaultMessagingServiceSid: 'x', defaultClosedTimer: 'P1D' },
    ]) {
      const { code, status } = await refusalOf(configuration.update(fields))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50375, 400],
      [50376, 400],
      [50379, 400],
      [50380, 400],
      [20001, 400],
      [20001, 400],
      [20001, 400],
      [50341, 400],
    ])
    expect(await configuration.fetch()).toMatchObject({ defaultClosedTimer: null, defaultChatServiceSid: SERVICE_SID })
    await configuration.update({ defaultClosedTimer: 'P1D' })
    const other = backEndOf(world.server, ACCOUNTS[1]).conversations.v1.configuration()
    expect(await other.fetch()).toMatchObject({ defaultClosedTimer: null, defaultChatServiceSid: FOREIGN_SERVICE_SID })
  })
})
