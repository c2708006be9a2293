import twilio from 'twilio'
import { expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, API_KEY, OTHER_API_KEY, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'
import { basic, call } from './raw-call.ts'

/* What bites whoever serves the helper library: rest-and-semantics 0 and 2. */

async function stage() {
  const world = await World.begin()
  const client = backEndOf(world.server)
  return { world, client, v1: client.conversations.v1 }
}

test('a key of the account lets in like the auth token, and implies its account', async () => {
  const { world, v1 } = await stage()
  await v1.conversations.create({ uniqueName: 'u' })
  const byKey = twilio(API_KEY.sid, API_KEY.secret, { accountSid: ACCOUNT_SID })
  byKey.conversations.baseUrl = world.server.url
  expect(await byKey.conversations.v1.conversations('u').fetch()).toMatchObject({ accountSid: ACCOUNT_SID })
  const otherKey = twilio(OTHER_API_KEY.sid, OTHER_API_KEY.secret, { accountSid: ACCOUNT_SID })
  otherKey.conversations.baseUrl = world.server.url
  expect(await refusalOf(otherKey.conversations.v1.conversations('u').fetch())).toMatchObject({ code: 20404, status: 404 })
})

test('a custom client of the helper reaches us too', async () => {
  const { world, v1 } = await stage()
  const { url } = world.server
  class SelfHosted extends twilio.RequestClient {
    override request: twilio.RequestClient['request'] = (options) => {
      const asked = new URL(options.uri)
      return twilio.RequestClient.prototype.request.call(this, { ...options, uri: url + asked.pathname + asked.search }) as never
    }
  }
  const client = twilio(ACCOUNTS[0].sid, ACCOUNTS[0].authToken, { httpClient: new SelfHosted() })
  for (const friendlyName of ['a', 'b', 'c']) await v1.conversations.create({ friendlyName })
  const listed = await client.conversations.v1.conversations.list({ pageSize: 2 })
  expect(listed.map(({ friendlyName }) => friendlyName)).toEqual(['c', 'b', 'a'])
})

test('every date is there, so that none becomes the time of asking', async () => {
  const { world, v1 } = await stage()
  const { sid } = await v1.conversations.create()
  await v1.conversations(sid).messages.create({ body: 'b' })
  await v1.conversations(sid).participants.create({ identity: 'anna' })
  await v1.users('anna').update({ friendlyName: 'Anna' })
  for (const path of [
    `/Conversations/${sid}`,
    `/Conversations/${sid}/Messages`,
    `/Conversations/${sid}/Participants/anna`,
    '/Users/anna',
    '/Users/anna/Conversations',
    '/Roles',
    '/Services',
  ]) {
    const { body } = await call(world.server, 'GET', `/v1${path}`)
    const { meta, ...rest } = body as Record<string, unknown>
    const resource = meta ? (Object.values(rest)[0] as object[])[0] : body
    expect(resource).toMatchObject({
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    expect(Object.values(resource as object)).not.toContain(undefined)
  }
})

test('the answer of each verb has the status that the helper wants', async () => {
  const { world } = await stage()
  const { server } = world
  const made = await call(server, 'POST', '/v1/Conversations', { form: { UniqueName: 'u' } })
  expect(made.status).toBe(201)
  const statuses = [
    (await call(server, 'GET', '/v1/Conversations')).status,
    (await call(server, 'GET', '/v1/Conversations/u')).status,
    (await call(server, 'POST', '/v1/Conversations/u', { form: { FriendlyName: 'f' } })).status,
    (await call(server, 'POST', '/v1/ConversationWithParticipants', { form: {} })).status,
    (await call(server, 'POST', '/v1/ConversationWithParticipants', { form: { Participant: '{"identity":"a"}' } })).status,
  ]
  expect(statuses).toEqual([200, 200, 200, 201, 202])
  const gone = await call(server, 'DELETE', '/v1/Conversations/u')
  expect([gone.status, gone.body]).toEqual([204, undefined])
})

test('a page says all that there is to say about it', async () => {
  const { world, v1 } = await stage()
  for (let number = 0; number < 3; number++) await v1.conversations.create({ state: 'inactive' })
  const query = 'State=inactive&StartDate=2020-01-01T00%3A00%3A00Z&PageSize=2'
  const first = (await call(world.server, 'GET', `/v1/Services/${SERVICE_SID}/Conversations?${query}`)).body as Paged
  const base = `${world.server.url}/v1/Services/${SERVICE_SID}/Conversations?State=inactive&StartDate=2020-01-01T00%3A00%3A00Z`
  expect(first.meta).toEqual({
    key: 'conversations',
    page: 0,
    page_size: 2,
    first_page_url: `${base}&PageSize=2&Page=0`,
    previous_page_url: null,
    url: `${base}&PageSize=2&Page=0`,
    next_page_url: expect.stringMatching(/&PageSize=2&Page=1&PageToken=[\w-]+$/),
  })
  expect(first.meta.next_page_url?.startsWith(base)).toBe(true)
  const second = (await call({ url: '' }, 'GET', first.meta.next_page_url as string)).body as Paged
  expect(second.meta).toMatchObject({ page: 1, next_page_url: null, url: first.meta.next_page_url })
  expect(second.conversations).toHaveLength(1)
})

interface Paged {
  readonly meta: Readonly<Record<string, string | number | null>> & { readonly next_page_url: string | null }
  readonly conversations: readonly unknown[]
}

test('sizes of pages are clamped', async () => {
  const { world, v1 } = await stage()
  await v1.conversations.create({ uniqueName: 'u' })
  const sizeOf = async (path: string) => ((await call(world.server, 'GET', `/v1${path}`)).body as Paged).meta.page_size
  expect(await sizeOf('/Conversations')).toBe(50)
  expect(await sizeOf('/Conversations?PageSize=500')).toBe(100)
  expect(await sizeOf('/Conversations?PageSize=0')).toBe(1)
  expect(await sizeOf('/Conversations?PageSize=-7')).toBe(1)
  expect(await sizeOf('/Conversations/u/Messages?PageSize=101')).toBe(100)
  expect(await sizeOf('/Users?PageSize=100')).toBe(50)
  expect(await call(world.server, 'GET', '/v1/Users?PageSize=many')).toMatchObject({ status: 400, body: { code: 20001 } })
})

test('a token of another list, a forged and a mutilated one are refused', async () => {
  const { world, v1 } = await stage()
  for (let number = 0; number < 2; number++) await v1.conversations.create()
  const page = (await call(world.server, 'GET', '/v1/Conversations?PageSize=1')).body as Paged
  const token = new URL(page.meta.next_page_url as string).searchParams.get('PageToken') as string
  const forged = Buffer.from('{"dateCreated":"x","sid":"CH"}').toString('base64url')
  for (const path of [`/Users?PageToken=${token}`, `/Conversations?PageToken=${forged}`, '/Conversations?PageToken=nonsense']) {
    expect(await call(world.server, 'GET', `/v1${path}`)).toMatchObject({ status: 400, body: { code: 21481 } })
  }
})

test('pages are neither doubled nor skipped by what happens in between', async () => {
  const { v1 } = await stage()
  const sids: string[] = []
  for (let number = 0; number < 4; number++) sids.unshift((await v1.conversations.create()).sid)
  const first = await v1.conversations.page({ pageSize: 2 })
  await v1.conversations.create()
  await v1.conversations(first.instances[1]?.sid as string).remove()
  const second = await first.nextPage()
  expect([...first.instances, ...(second?.instances ?? [])].map(({ sid }) => sid)).toEqual(sids)
})

test('who is nobody gets one answer, whatever is wrong', async () => {
  const { world } = await stage()
  const right = ACCOUNTS[0]
  const attempts = [
    undefined,
    '',
    'Basic',
    'Basic !!!',
    basic(right.sid, ''),
    basic(right.sid, 'wrong'),
    basic(right.sid, `${right.authToken} `),
    basic('', right.authToken),
    basic(`AC${'9'.repeat(32)}`, right.authToken),
    basic(API_KEY.sid, right.authToken),
    basic(right.sid, API_KEY.secret),
    basic(ACCOUNTS[1].sid, right.authToken),
    `Bearer ${await world.server.token('anna')}`,
    basic('x'.repeat(2000), 'y'),
  ]
  for (const authorization of attempts) {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await call(world.server, 'GET', '/v1/Conversations', { credentials: null, headers })
    expect(answer).toMatchObject({ status: 401, body: { code: 20003, status: 401 } })
    expect(Object.keys(answer.body as object)).toEqual(['code', 'message', 'more_info', 'status'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
  }
})

test('fields that nobody knows are left out, and words are read in any case', async () => {
  const { v1, world } = await stage()
  const form = { FriendlyName: 'f', Nonsense: 'x', 'a[b][c]': 'y', State: 'InActive', Sid: `CH${'0'.repeat(32)}`, Index: '7' }
  const made = await call(world.server, 'POST', '/v1/Conversations', { form })
  expect(made).toMatchObject({ status: 201, body: { friendly_name: 'f', state: 'inactive' } })
  const [only] = await v1.conversations.list()
  expect(only?.sid).not.toBe(form.Sid)
})

test('dates are read as every helper writes them, and days that there are not are refused', async () => {
  const { world } = await stage()
  const made = async (DateCreated: string) => {
    const { status, body } = await call(world.server, 'POST', '/v1/Conversations', { form: { DateCreated } })
    const { date_created, code } = body as { date_created?: string; code?: number }
    return status === 201 ? date_created : code
  }
  for (const right of [
    '2024-02-29T23:59:00Z',
    '2024-02-29T23:59:00.000Z',
    '2024-02-29T23:59Z',
    '2024-03-01T00:59:00+01:00',
    '2024-02-29T22:59:00.123456789-0100',
  ]) {
    expect(await made(right), right).toBe('2024-02-29T23:59:00Z')
  }
  for (const wrong of [
    '2023-02-29T00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2024-04-31',
    '2024-00-01',
    '2024-13-01T00:00:00Z',
    '2024-01-00',
  ]) {
    expect(await made(wrong), wrong).toBe(50308)
    const list = await call(world.server, 'GET', `/v1/Conversations?StartDate=${wrong}`)
    expect(list, wrong).toMatchObject({ status: 400, body: { code: 20001 } })
  }
})
