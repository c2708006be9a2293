import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf, template } from './back-end.ts'
import { call } from './raw-call.ts'

const stage = async () => {
  const world = await World.begin()
  return { world, contents: backEndOf(world.server).content.v1.contents }
}

const ALL = {
  'twilio/text': { body: 'Hello {{1}}' },
  'twilio/media': { body: 'A map for {{1}}', media: ['https://example.org/{{2}}.png'] },
  'twilio/location': { latitude: 52.5, longitude: -13.25, label: 'Here' },
  'twilio/quick-reply': {
    body: 'Well?',
    actions: [
      { title: 'Yes', id: 'yes' },
      { type: 'QUICK_REPLY', title: 'No' },
    ],
  },
  'twilio/call-to-action': {
    body: 'Order {{1}}',
    actions: [
      { type: 'URL', title: 'See it', url: 'https://example.org/{{1}}' },
      { type: 'PHONE_NUMBER', title: 'Call us', phone: '+15559990000' },
    ],
  },
  'twilio/list-picker': { body: 'Which?', button: 'Choose', items: [{ id: 'a', item: 'One', description: 'the first' }] },
  'twilio/card': {
    title: 'Order {{1}}',
    subtitle: 'Thank you',
    media: ['https://example.org/a.png'],
    actions: [{ type: 'QUICK_REPLY', title: 'Fine', id: 'fine' }],
  },
}

describe('Content.create', () => {
  test('keeps every form of a template as it was given', async () => {
    const { world, contents } = await stage()
    const given = { friendly_name: 'order', language: 'pt_BR', variables: { 1: 'yours', name: 'ä “b”' }, types: ALL }
    const made = await contents.create(template(given))
    const url = `${world.server.url}/v1/Content/${made.sid}`
    expect(made.sid).toMatch(/^HX[0-9a-f]{32}$/)
    expect(made).toMatchObject({ accountSid: ACCOUNT_SID, friendlyName: 'order', language: 'pt_BR', url })
    expect(made.variables).toEqual(given.variables)
    expect(made.types).toEqual(ALL)
    expect(made.links).toEqual({ approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` })
    expect(made.dateCreated).toEqual(made.dateUpdated)
    expect((await contents(made.sid).fetch()).types).toEqual(ALL)
  })

  test('needs no name, and makes one template of a repeated request', async () => {
    const { world } = await stage()
    const said = { json: template({ friendly_name: undefined, unknown: 1 }), headers: { 'idempotency-key': 'k' } }
    const first = await call(world.server, 'POST', '/v1/Content', said)
    expect(first).toMatchObject({ status: 201, body: { friendly_name: '', variables: {} } })
    expect((await call(world.server, 'POST', '/v1/Content', said)).body).toEqual(first.body)
    expect(await call(world.server, 'GET', '/v1/Content')).toMatchObject({ body: { contents: [first.body] } })
  })

  const text = (body: unknown) => ({ types: { 'twilio/text': { body } } })
  test.each([
    ['no language', { language: undefined }, 20001],
    ['a language that is none', { language: 'English' }, 20001],
    ['no types', { types: undefined }, 20001],
    ['no form', { types: {} }, 20001],
    ['a form that is not taken', { types: { 'twilio/carousel': { body: 'x', cards: [] } } }, 20001],
    ['something unknown in a form', { types: { 'twilio/text': { body: 'x', colour: 'red' } } }, 20001],
    ['an empty text', text(''), 20001],
    ['a text that is a number', text(1), 20001],
    ['NUL in a text', text('a\0'), 20001],
    ['half a character in a text', text('\ud800'), 20001],
    ['more than 32 KiB', text('x'.repeat(32 * 1024)), 20001],
    ['a long name', { friendly_name: 'x'.repeat(257) }, 50003],
    ['a variable that is no text', { variables: { 1: 1 } }, 20001],
    ['a variable that is empty', { variables: { 1: '' } }, 50527],
    ['a variable whose name no place can have', { variables: { 'a b': 'x' } }, 50527],
    ['a long name of a variable', { variables: { ['x'.repeat(17)]: 'x' } }, 50540],
    ['a long variable', { variables: { 1: 'x'.repeat(257) } }, 50541],
    ['many variables', { variables: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [at, 'x'])) }, 50529],
  ])('refuses %s', async (_, fields, code) => {
    const { contents } = await stage()
    expect(await refusalOf(contents.create(template(fields)))).toMatchObject({ code, status: 400 })
    expect(await contents.list()).toEqual([])
  })

  test('takes JSON alone, and no other operation takes it', async () => {
    const { world } = await stage()
    const refused = { status: 400, body: { code: 20001 } }
    const headers = { 'content-type': 'application/json' }
    for (const form of ['', '{', '[]', 'null', '"a"', '{"a":'.repeat(50_000)])
      expect(await call(world.server, 'POST', '/v1/Content', { form, headers })).toMatchObject(refused)
    expect(await call(world.server, 'POST', '/v1/Content', { form: { language: 'en' } })).toMatchObject(refused)
    expect(await call(world.server, 'POST', '/v1/Content')).toMatchObject(refused)
    expect(await call(world.server, 'POST', '/v1/Conversations', { json: { FriendlyName: 'a' } })).toMatchObject(refused)
    expect(await call(world.server, 'GET', '/v1/Conversations')).toMatchObject({ body: { conversations: [] } })
  })
})

describe('Content.list', () => {
  test('goes through all of them page by page, and shows another account none', async () => {
    const { world, contents } = await stage()
    const made = []
    for (const friendly_name of ['a', 'b', 'c']) made.push((await contents.create(template({ friendly_name }))).sid)
    expect((await contents.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(made)
    const other = backEndOf(world.server, ACCOUNTS[1]).content.v1.contents
    expect(await other.list()).toEqual([])
    expect(await refusalOf(other(made[0] as string).fetch())).toMatchObject({ code: 20404 })
    expect(await refusalOf(other(made[0] as string).remove())).toMatchObject({ code: 20404 })
  })
})

describe('Content.fetch', () => {
  test('shows one, and none that is not there', async () => {
    const { contents } = await stage()
    const { sid } = await contents.create(template({}))
    expect(await contents(sid).fetch()).toMatchObject({ sid, friendlyName: 'hello' })
    expect(await refusalOf(contents(`HX${'0'.repeat(32)}`).fetch())).toMatchObject({ code: 20404 })
  })
})

describe('Content.delete', () => {
  test('takes one away, once', async () => {
    const { contents } = await stage()
    const { sid } = await contents.create(template({}))
    expect(await contents(sid).remove()).toBe(true)
    expect(await refusalOf(contents(sid).fetch())).toMatchObject({ code: 20404 })
    expect(await refusalOf(contents(sid).remove())).toMatchObject({ code: 20404 })
  })
})

describe('ApprovalRequest.create', () => {
  test('says under which name WhatsApp has approved a template, and lets it be said anew', async () => {
    const { contents } = await stage()
    const { sid } = await contents.create(template({ types: ALL }))
    const said = await contents(sid).approvalCreate.create({ name: 'order_1', category: 'UTILITY' })
    expect(said).toMatchObject({ name: 'order_1', category: 'UTILITY', contentType: 'twilio/card', status: 'approved' })
    await contents(sid).approvalCreate.create({ name: 'order_2', category: 'MARKETING' })
    const { whatsapp } = await contents(sid).approvalFetch().fetch()
    expect(whatsapp).toMatchObject({ name: 'order_2', category: 'MARKETING' })
  })

  test('refuses a name and a category that WhatsApp has not, and a template that it approves in no form', async () => {
    const { contents } = await stage()
    const { sid } = await contents.create(template({}))
    for (const wrong of [{ name: 'Order 1' }, { name: '' }, { category: 'NEWS' }]) {
      const approved = contents(sid).approvalCreate.create({ name: 'a', category: 'UTILITY', ...wrong })
      expect(await refusalOf(approved)).toMatchObject({ code: 20001 })
    }
    const place = await contents.create(template({ types: { 'twilio/location': ALL['twilio/location'] } }))
    const approved = contents(place.sid).approvalCreate.create({ name: 'a', category: 'UTILITY' })
    expect(await refusalOf(approved)).toMatchObject({ code: 50542 })
  })
})

describe('ApprovalRequest.fetch', () => {
  test('shows whether the server knows under which name WhatsApp has a template', async () => {
    const { world, contents } = await stage()
    const { sid } = await contents.create(template({}))
    const approval = contents(sid).approvalFetch()
    const url = `${world.server.url}/v1/Content/${sid}/ApprovalRequests`
    expect(await approval.fetch()).toMatchObject({ sid, url, whatsapp: { status: 'unsubmitted', name: '', type: 'whatsapp' } })
    await contents(sid).approvalCreate.create({ name: 'a', category: 'UTILITY' })
    expect(await approval.fetch()).toMatchObject({ accountSid: ACCOUNT_SID, whatsapp: { status: 'approved', name: 'a' } })
  })
})
