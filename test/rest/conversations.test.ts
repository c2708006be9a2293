import { expect, test } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { next, World } from '../scenarios/world.ts'
import { backEndOf, operation, refusalOf } from './back-end.ts'

const [MESSAGING, OTHER_MESSAGING] = [`MG${'a'.repeat(32)}`, `MG${'b'.repeat(32)}`]

operation('Conversation.create', {
  'gives every field, also those that are null': async ({ api, form, world }) => {
    const made = await api.conversations.create()
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      messagingServiceSid: null,
      friendlyName: null,
      uniqueName: null,
      attributes: '{}',
      state: 'active',
      timers: {},
      bindings: {},
    })
    expect(made.sid).toMatch(/^CH[0-9a-f]{32}$/)
    expect(made.dateCreated).toEqual(made.dateUpdated)
    expect(Math.abs(made.dateCreated.getTime() - Date.now())).toBeLessThan(60_000)
    const base = `${world.server.url}/v1${form === 'service' ? `/Services/${SERVICE_SID}` : ''}/Conversations/${made.sid}`
    expect(made.url).toBe(base)
    expect(made.links).toEqual({
      participants: `${base}/Participants`,
      messages: `${base}/Messages`,
      webhooks: `${base}/Webhooks`,
      export: `${base}/Export`,
    })
  },
  'takes names, attributes and the dates of an import': async ({ api }) => {
    const made = await api.conversations.create({
      friendlyName: 'Grüße & mehr = 100 %',
      uniqueName: 'ein Name',
      attributes: '{ "a" : 1 }',
      dateCreated: new Date('2020-02-03T04:05:06.789Z'),
      dateUpdated: new Date('2021-02-03T04:05:06Z'),
      state: 'inactive',
    })
    expect(made).toMatchObject({
      friendlyName: 'Grüße & mehr = 100 %',
      uniqueName: 'ein Name',
      attributes: '{ "a" : 1 }',
      dateCreated: new Date('2020-02-03T04:05:06Z'),
      dateUpdated: new Date('2021-02-03T04:05:06Z'),
      state: 'inactive',
    })
    expect(await api.conversations(made.sid).fetch()).toMatchObject({ attributes: '{ "a" : 1 }', state: 'inactive' })
  },
  'keeps the messaging service, and who it writes e-mails as, and shows them again': async ({ api, client }) => {
    const email = { 'bindings.email.address': 'Help@example.com', 'bindings.email.name': 'Help desk' }
    const { sid } = await api.conversations.create({ messagingServiceSid: MESSAGING, ...email })
    const shown = { projected_address: 'Help@example.com', name: 'Help desk' }
    expect(await api.conversations(sid).fetch()).toMatchObject({ messagingServiceSid: MESSAGING, bindings: { email: shown } })
    const listed = await api.conversations.list()
    expect(listed).toMatchObject([{ messagingServiceSid: MESSAGING, bindings: { email: shown } }])
    await client.conversations.v1.configuration().update({ defaultMessagingServiceSid: OTHER_MESSAGING })
    expect(await api.conversations.create()).toMatchObject({ messagingServiceSid: OTHER_MESSAGING, bindings: {} })
    expect(await api.conversations.create({ messagingServiceSid: '' })).toMatchObject({ messagingServiceSid: null })
    const assembled = await api.conversationWithParticipants.create({ messagingServiceSid: MESSAGING, ...email })
    expect(assembled).toMatchObject({ messagingServiceSid: MESSAGING, bindings: { email: shown } })
  },
  'refuses with the documented codes': async ({ api }) => {
    await api.conversations.create({ uniqueName: 'taken' })
    const codes = []
    for (const fields of [
      { uniqueName: 'taken' },
      { uniqueName: `CH${'0'.repeat(32)}` },
      { uniqueName: 'x'.repeat(257) },
      { friendlyName: 'x'.repeat(257) },
      { attributes: '{' },
      { attributes: JSON.stringify('x'.repeat(16 * 1024)) },
      { state: 'closed' as const },
      { state: 'ajar' as 'active' },
      { state: '' as 'active' },
      { messagingServiceSid: 'MG1' },
      { 'bindings.email.address': 'nobody' },
      { 'bindings.email.name': 'without an address' },
      ...['PT59S', 'PT0S'].map((duration) => ({ 'timers.inactive': duration })),
      { 'timers.closed': 'PT9M59S' },
      ...['1 minute', 'P', 'PT', 'P1M', 'P1Y', 'P1DT', 'PT5M1H', '-PT5M', 'PT9999999H'].map((text) => ({
        'timers.inactive': text,
      })),
      { 'timers.closed': 'P1W2D' },
    ]) {
      const { code, status, moreInfo } = await refusalOf(api.conversations.create(fields))
      expect(moreInfo).toBe(`https://www.twilio.com/docs/errors/${code}`)
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50353, 409],
      [50390, 400],
      [50004, 400],
      [50003, 400],
      [50304, 400],
      [50303, 400],
      [50384, 400],
      [50378, 400],
      [50374, 400],
      [50341, 400],
      [20001, 400],
      [20001, 400],
      [50375, 400],
      [50375, 400],
      [50376, 400],
      ...Array.from({ length: 9 }, () => [50379, 400]),
      [50380, 400],
    ])
  },
})

operation('Conversation.fetch', {
  'finds it by SID and by names of every kind': async ({ api }) => {
    for (const uniqueName of ['plain', 'with a space', 'grüße', '会議', 'a+b', 'x'.repeat(256), '会'.repeat(256)]) {
      const { sid } = await api.conversations.create({ uniqueName })
      expect(await api.conversations(uniqueName).fetch()).toMatchObject({ sid, uniqueName })
      expect(await api.conversations(sid).fetch()).toMatchObject({ sid, uniqueName })
    }
  },
  'says what is not there': async ({ api, form }) => {
    const refusal = await refusalOf(api.conversations('nothing').fetch())
    const path = `/v1${form === 'service' ? `/Services/${SERVICE_SID}` : ''}/Conversations/nothing`
    expect(refusal).toMatchObject({ code: 20404, status: 404, message: expect.stringContaining(path) })
  },
})

operation('Conversation.update', {
  'changes what is given and leaves the rest; clients see it at once': async ({ api, world }) => {
    const anna = await world.client('anna')
    const { sid } = await api.conversations.create({ friendlyName: 'before', uniqueName: 'u', attributes: '[1]' })
    const joined = next(anna, 'conversationJoined')
    await (await anna.getConversationBySid(sid)).join()
    const conversation = await joined
    const updated = next(conversation, 'updated')
    const changed = await api.conversations('u').update({ friendlyName: 'after', state: 'inactive' })
    expect(changed).toMatchObject({ sid, friendlyName: 'after', uniqueName: 'u', attributes: '[1]', state: 'inactive' })
    await updated
    expect(conversation).toMatchObject({ friendlyName: 'after', uniqueName: 'u', state: { current: 'inactive' } })
  },
  'takes an empty value for null': async ({ api }) => {
    const { sid } = await api.conversations.create({ friendlyName: 'f', uniqueName: 'u', attributes: '[1]' })
    const nothing = null as unknown as string
    const cleared = await api.conversations(sid).update({ friendlyName: nothing, uniqueName: nothing, attributes: nothing })
    expect(cleared).toMatchObject({ friendlyName: null, uniqueName: null, attributes: '{}' })
    await api.conversations.create({ uniqueName: 'u' })
  },
  'changes who it writes e-mails as, part by part, and takes it away': async ({ api }) => {
    const { sid } = await api.conversations.create({ 'bindings.email.address': 'a@example.com' })
    const there = api.conversations(sid)
    const set = async (fields: Record<string, string>) => (await there.update(fields)).bindings
    expect(await set({ friendlyName: 'f' })).toEqual({ email: { projected_address: 'a@example.com', name: null } })
    expect(await set({ 'bindings.email.name': 'A' })).toEqual({ email: { projected_address: 'a@example.com', name: 'A' } })
    expect(await set({ 'bindings.email.address': 'b@example.com' })).toEqual({
      email: { projected_address: 'b@example.com', name: 'A' },
    })
    expect(await set({ 'bindings.email.address': '' })).toEqual({})
    expect(await there.update({ messagingServiceSid: MESSAGING })).toMatchObject({ messagingServiceSid: MESSAGING })
    expect(await there.update({ messagingServiceSid: '' })).toMatchObject({ messagingServiceSid: null, bindings: {} })
  },
  'dates it anew': async ({ api }) => {
    const { sid } = await api.conversations.create()
    const dates = { dateCreated: new Date('2019-01-01T00:00:00Z'), dateUpdated: new Date('2019-01-02T00:00:00Z') }
    expect(await api.conversations(sid).update(dates)).toMatchObject(dates)
    expect(await api.conversations(sid).fetch()).toMatchObject(dates)
  },
  'leaves a closed one as it is': async ({ api }) => {
    const { sid } = await api.conversations.create()
    expect(await api.conversations(sid).update({ state: 'closed' })).toMatchObject({ state: 'closed' })
    expect(await refusalOf(api.conversations(sid).update({ friendlyName: 'x' }))).toMatchObject({ code: 50377, status: 400 })
  },
})

operation('Conversation.delete', {
  'removes it for everybody, and frees its name': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation({ uniqueName: 'u' })
    await conversation.join()
    const removed = next(anna, 'conversationRemoved')
    expect(await api.conversations('u').remove()).toBe(true)
    expect((await removed).sid).toBe(conversation.sid)
    expect(await refusalOf(api.conversations(conversation.sid).remove())).toMatchObject({ code: 20404, status: 404 })
    await api.conversations.create({ uniqueName: 'u' })
  },
})

operation('Conversation.list', {
  'gives all of them over several pages, newest first, each once': async ({ api }) => {
    expect(await api.conversations.list()).toEqual([])
    const sids: string[] = []
    for (let number = 0; number < 7; number++) sids.unshift((await api.conversations.create()).sid)
    const seen = async (options: object) => (await api.conversations.list(options)).map(({ sid }) => sid)
    expect(await seen({ pageSize: 3 })).toEqual(sids)
    expect(await seen({ limit: 5, pageSize: 2 })).toEqual(sids.slice(0, 5))
    expect(await seen({ limit: 500 })).toEqual(sids)
  },
  'filters by date and state, on every page': async ({ api }) => {
    for (const [day, state] of [
      ['2020-01-01', 'active'],
      ['2020-01-02', 'inactive'],
      ['2020-01-02', 'active'],
      ['2020-01-03', 'active'],
    ] as const) {
      await api.conversations.create({ friendlyName: `${day} ${state}`, dateCreated: new Date(`${day}T12:00:00Z`), state })
    }
    const named = async (options: object) =>
      (await api.conversations.list({ pageSize: 1, ...options })).map(({ friendlyName }) => friendlyName)
    expect(await named({ startDate: '2020-01-02T00:00:00Z', endDate: '2020-01-02T23:59:59Z' })).toEqual([
      '2020-01-02 active',
      '2020-01-02 inactive',
    ])
    expect(await named({ startDate: '2020-01-03T12:00:00Z', endDate: '2020-01-03T12:00:00Z' })).toHaveLength(1)
    expect(await named({ startDate: '2020-01-02', endDate: '2020-01-02' })).toHaveLength(2)
    expect(await named({ state: 'active' })).toEqual(['2020-01-03 active', '2020-01-02 active', '2020-01-01 active'])
    expect(await named({ state: 'closed' })).toEqual([])
  },
})

test('both forms show the same conversation', async () => {
  const { v1 } = backEndOf((await World.begin()).server).conversations
  const { sid } = await v1.conversations.create({ uniqueName: 'u' })
  expect(await v1.services(SERVICE_SID).conversations('u').fetch()).toMatchObject({ sid })
})
