import { HttpConnector } from '@conversa/adapters/http-connector'
import { IncomingFile } from '@conversa/server'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, startInProcess } from '../end-to-end/in-process-server.ts'
import { uploaded } from '../end-to-end/media-client.ts'
import { backEndOf, template } from '../rest/back-end.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { Connector, SECRET, signed } from './connector.ts'

const [ACCOUNT, OTHER_ACCOUNT] = ACCOUNTS
const [BEN, OURS, THEIRS] = ['+15551230001', '+15559990000', '+15559990001'] as const
const OTHER_SECRET = 'a secret of somebody else, as long'

/** A server with a connector of one account and another one of another account, and Ben by phone. */
async function scene() {
  const connector = await Connector.begin()
  onTestFinished(connector.close)
  let ahead = 0
  const now = () => Date.now() + ahead
  const own = new HttpConnector({ name: 'own', url: connector.url, secret: SECRET, now })
  const others = new HttpConnector({ name: 'others', url: connector.url, secret: OTHER_SECRET, now })
  const routes = [
    { account: ACCOUNT, adapter: own, addresses: [OURS] },
    { account: OTHER_ACCOUNT, adapter: others, addresses: [THEIRS] },
  ]
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  const server = await startInProcess({ channels: { routes, inspect } })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create({ friendlyName: 'Order 17' })
  const conversation = v1.conversations(sid)
  const ben = await conversation.participants.create({
    'messagingBinding.address': BEN,
    'messagingBinding.proxyAddress': OURS,
  })
  const { contents } = backEndOf(server).content.v1
  const say = (body: string) => conversation.messages.create({ author: 'anna', body })
  const receipt = async (messageSid: string) => {
    const [found] = await conversation.messages(messageSid).deliveryReceipts.list()
    return found && { status: found.status, errorCode: found.errorCode, participantSid: found.participantSid }
  }
  const call = async (body: string, headers: Record<string, string> = signed(body), name = 'own') => {
    const reply = await fetch(`${server.url}/channels/${name}`, { method: 'POST', headers, body })
    return { status: reply.status, fields: (await reply.json()) as Readonly<Record<string, unknown>> }
  }
  const bodies = async () => (await conversation.messages.list()).map(({ body }) => body)
  const pass = (milliseconds: number) => {
    ahead += milliseconds
  }
  return { connector, server, contents, conversation, sid, ben, say, receipt, call, bodies, pass }
}

const message = (fields: object = {}) =>
  JSON.stringify({ type: 'message', id: 'm1', from: BEN, to: OURS, body: 'hello', ...fields })

describe('a connector over HTTP', () => {
  test('gets the words of a template', async () => {
    const { connector, contents, conversation } = await scene()
    const types = { 'twilio/quick-reply': { body: 'Hello {{1}}', actions: [{ title: 'Yes' }, { title: 'No' }] } }
    const { sid: contentSid } = await contents.create(template({ types }))
    await conversation.messages.create({ contentSid, contentVariables: JSON.stringify({ 1: 'Ben' }) })
    await vi.waitFor(() => expect(connector.calls).toHaveLength(1), { timeout: 10_000 })
    expect(connector.calls[0]?.fields).toMatchObject({ type: 'message', body: 'Hello Ben', files: [] })
    expect(connector.calls[0]?.text).not.toContain('HX')
  })

  test('gets each message signed, with what it needs', async () => {
    const { connector, conversation, sid, say } = await scene()
    const { sid: messageSid } = await say('Your order is here')
    await vi.waitFor(() => expect(connector.calls).toHaveLength(1), { timeout: 10_000 })
    const [call] = connector.calls
    expect(call?.fields).toMatchObject({
      type: 'message',
      from: OURS,
      to: BEN,
      channel: 'sms',
      body: 'Your order is here',
      author: 'anna',
      conversationSid: sid,
      conversationName: 'Order 17',
      files: [],
    })
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = call?.headers ?? {}
    expect(id).toBe(call?.fields.id)
    expect(signature).toBe(signed(String(call?.text), { id: String(id), seconds: Number(at) })['webhook-signature'])
    await vi.waitFor(async () => {
      const [found] = await conversation.messages(messageSid).deliveryReceipts.list()
      expect(found).toMatchObject({ status: 'sent', channelMessageSid: expect.stringMatching(/^SM[0-9a-f]{32}$/) })
    })
  })

  test('gets the addresses of files whole, and fetches them there', async () => {
    const { connector, server, conversation } = await scene()
    const { sid: mediaSid } = await uploaded(server.url, await server.token('anna'), Buffer.from('a map'), {
      contentType: 'text/plain',
    })
    await conversation.messages.create({ author: 'anna', mediaSid })
    await vi.waitFor(() => expect(connector.calls).toHaveLength(1), { timeout: 10_000 })
    const [file] = (connector.calls[0]?.fields.files ?? []) as { readonly url: string }[]
    expect(file?.url.startsWith(`${server.url}/v1/media/`)).toBe(true)
    expect(await (await fetch(String(file?.url))).text()).toBe('a map')
  })

  test('says what became of a message, later and in whatever order', async () => {
    const { connector, say, receipt, call, ben } = await scene()
    connector.answer = () => ({ status: 202, body: '{"id":"carrier-7","status":"queued"}' })
    const { sid } = await say('hello')
    await vi.waitFor(async () => expect((await receipt(sid))?.status).toBe('queued'), { timeout: 10_000 })
    const report = (status: string, code?: number) => call(JSON.stringify({ type: 'report', id: 'carrier-7', status, code }))
    expect((await report('delivered')).status).toBe(200)
    expect((await report('sent')).status).toBe(200)
    expect(await receipt(sid)).toEqual({ status: 'delivered', errorCode: null, participantSid: ben.sid })
    expect((await call(JSON.stringify({ type: 'report', id: 'carrier-8', status: 'read' }))).status).toBe(404)
  })

  test('makes webhooks hear of it: of each step once', async () => {
    const { connector, conversation, say, call, ben } = await scene()
    const receiver = await Receiver.begin()
    const filters = ['onDeliveryUpdated', 'onMessageAdded']
    await conversation.webhooks.create({
      target: 'webhook',
      'configuration.url': receiver.url,
      'configuration.filters': filters,
    })
    connector.answer = () => ({ status: 200, body: '{"id":"c1"}' })
    const { sid } = await say('hello')
    await receiver.has(1)
    for (const status of ['delivered', 'delivered', 'read']) await call(JSON.stringify({ type: 'report', id: 'c1', status }))
    await call(message())
    await receiver.has(4)
    const told = receiver.received.map(({ fields: { EventType, Status, MessageSid, ParticipantSid, Source } }) =>
      EventType === 'onDeliveryUpdated' ? [Status, MessageSid, ParticipantSid] : [EventType, Source],
    )
    expect(told).toEqual([
      ['sent', sid, ben.sid],
      ['delivered', sid, ben.sid],
      ['read', sid, ben.sid],
      ['onMessageAdded', 'SMS'],
    ])
  })

  test('refuses a message for good, or is asked again', async () => {
    const { connector, say, receipt } = await scene()
    connector.answer = () => ({ status: 400, body: '{"code":21614}' })
    const refused = await say('to a fixed line')
    await vi.waitFor(async () => expect(await receipt(refused.sid)).toMatchObject({ status: 'failed', errorCode: 21614 }), {
      timeout: 10_000,
    })
    let tries = 0
    connector.answer = () => (++tries === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { status: 200 })
    const sent = await say('too fast')
    await vi.waitFor(async () => expect((await receipt(sent.sid))?.status).toBe('sent'), { timeout: 10_000 })
    connector.answer = () => ({ status: 307, headers: { location: connector.url } })
    const moved = await say('moved')
    await vi.waitFor(async () => expect((await receipt(moved.sid))?.status).toBe('failed'), { timeout: 10_000 })
    expect(connector.calls.filter(({ fields }) => fields.body === 'moved')).toHaveLength(1)
  })

  test('that answers without end, or with what is no JSON, has taken the message nevertheless', async () => {
    const { connector, say, receipt } = await scene()
    for (const body of ['<html>', `"${'x'.repeat(1_000_000)}"`]) {
      connector.answer = () => ({ status: 200, body })
      const { sid } = await say('hello')
      await vi.waitFor(async () => expect((await receipt(sid))?.status).toBe('sent'), { timeout: 10_000 })
    }
  })

  test('brings messages and their files, each once', async () => {
    const { call, bodies, conversation, sid } = await scene()
    const picture = { filename: 'a.png', contentType: 'image/png', data: 'iVBORw0KGgo=' }
    const body = message({ files: [picture] })
    const first = await call(body)
    expect(first).toMatchObject({ status: 200, fields: { conversationSid: sid, messageSid: expect.stringMatching(/^IM/) } })
    expect(await call(body)).toEqual(first)
    expect(await bodies()).toEqual(['hello'])
    const [stored] = await conversation.messages.list()
    expect(stored?.media).toMatchObject([{ filename: 'a.png', size: 8 }])
    expect(stored?.author).toBe(BEN)
    expect((await call(message({ id: 'm2', from: '+15551230009' }))).fields).toEqual({ conversationSid: null, messageSid: null })
  })
})

describe('a connector with a group of phones', () => {
  test('brings what one of them writes to the group of exactly these numbers', async () => {
    const { server, call } = await scene()
    const { v1 } = backEndOf(server).conversations
    const group = v1.conversations((await v1.conversations.create()).sid)
    for (const address of [BEN, '+15551230002']) await group.participants.create({ 'messagingBinding.address': address })
    await group.participants.create({ identity: 'anna', 'messagingBinding.projectedAddress': OURS })
    const { fields } = await call(message({ others: ['+15551230002'] }))
    const [said] = await group.messages.list()
    expect([said?.author, said?.body, fields.messageSid]).toEqual([BEN, 'hello', said?.sid])
  })
})

describe('hostile calls (reliability B37)', () => {
  test('that are not signed, or not with this secret, not now, or for the second time, have no effect', async () => {
    const { call, bodies, pass } = await scene()
    const body = message()
    const right = signed(body)
    const { 'webhook-signature': _signature, ...unsigned } = right
    const now = Math.floor(Date.now() / 1000)
    const wrong = [
      unsigned,
      { 'content-type': 'application/json' },
      signed(body, { secret: OTHER_SECRET }),
      signed(body, { seconds: now - 301 }),
      signed(body, { seconds: now + 310 }),
      { ...right, 'webhook-id': 'another' },
      { ...right, 'webhook-timestamp': String(now - 1) },
      { ...right, 'webhook-timestamp': 'x' },
      { ...right, 'webhook-signature': 'v1,' },
      { ...right, 'webhook-signature': `v2,${right['webhook-signature']?.slice(3)}` },
      signed(`${body} `),
    ]
    for (const headers of wrong) expect((await call(body, headers)).status).toBe(401)
    expect(await bodies()).toEqual([])
    expect((await call(body, right)).status).toBe(200)
    expect((await call(body, right)).status).toBe(409)
    pass(301_000)
    expect((await call(body, right)).status).toBe(401)
    expect(await bodies()).toEqual(['hello'])
  })

  test('of a connector of another account, or for addresses of others, have no effect', async () => {
    const { call, bodies, connector, say, receipt, server } = await scene()
    connector.answer = () => ({ status: 200, body: '{"id":"c1"}' })
    const { sid } = await say('hello')
    await vi.waitFor(async () => expect((await receipt(sid))?.status).toBe('sent'), { timeout: 10_000 })
    const report = JSON.stringify({ type: 'report', id: 'c1', status: 'read' })
    const foreign = message()
    expect((await call(foreign, signed(foreign, { secret: OTHER_SECRET }), 'others')).status).toBe(422)
    expect((await call(report, signed(report, { secret: OTHER_SECRET }), 'others')).status).toBe(404)
    expect((await receipt(sid))?.status).toBe('sent')
    expect(await bodies()).toEqual(['hello'])
    const nobody = await fetch(`${server.url}/channels/nobody`, { method: 'POST', body: '{}' })
    expect(nobody.status).toBe(404)
  })

  test('that are too large or nothing that can be said are refused', async () => {
    const { call, bodies, server } = await scene()
    const large = 'x'.repeat(9 * 1024 * 1024)
    const reply = await fetch(`${server.url}/channels/own`, { method: 'POST', headers: signed(large), body: large }).catch(
      () => undefined,
    )
    expect(reply?.status ?? 400).toBe(400)
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      '{"type":"x"}',
      message({ id: '' }),
      message({ files: [1] }),
      message({ from: 7 }),
    ])
      expect((await call(body)).status).toBe(400)
    expect((await call(message({ from: 'x@example.org' }))).status).toBe(422)
    expect((await call(message({ body: '' }))).status).toBe(422)
    expect((await fetch(`${server.url}/channels/own`)).status).toBe(405)
    expect(await bodies()).toEqual([])
  })

  test('of whatever form, signed or not, are answered, and the server stays up', async () => {
    const { call } = await scene()
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.boolean(), async (body, isSigned) => {
        const { status } = await call(body, isSigned ? signed(body) : { 'content-type': 'application/json' })
        expect(status).toBe(isSigned ? 400 : 401)
      }),
      { numRuns: 100 },
    )
    expect((await call(message())).status).toBe(200)
  })
})
