import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { RawTwilsock } from './raw-twilsock.ts'

/* What 1.x writes into its list of commands, and what it waits for (twilio-wire-protocol 4.3). */

const listOf = (identity: string) => `${Buffer.from(identity).toString('base64url')}.commands`

interface Notification {
  readonly event_type: string
  readonly event: { readonly id: number; readonly item_data?: { commandId: string; response: Record<string, unknown> } }
}

class Session {
  readonly raw: RawTwilsock
  readonly list: string

  private constructor(raw: RawTwilsock, list: string) {
    this.raw = raw
    this.list = list
  }

  static async begin(server: InProcessServer, identity: string): Promise<Session> {
    const raw = await RawTwilsock.connect(server.url)
    await raw.call('init', { token: await server.token(identity), registrations: null })
    const { body } = await raw.ask('POST', '/v3/Lists', { purpose: 'com.twilio.rtd.ipmsg', context: { type: 'IpMsgSession' } })
    return new Session(raw, (body as { sid: string }).sid)
  }

  async follow(list = this.list): Promise<Notification> {
    const requests = [{ object_sid: list, object_type: 'list', last_event_id: 0 }]
    await this.raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id: 1, requests })
    return this.next((type) => type.startsWith('subscription_'))
  }

  async next(isWanted: (type: string) => boolean): Promise<Notification> {
    const { payload } = await this.raw.next(
      ({ header, payload }) => header.method === 'notification' && isWanted((payload as Notification).event_type),
    )
    return payload as Notification
  }

  async post(request: object, commandId: string = randomUUID(), list = this.list) {
    return this.raw.ask('POST', `/v3/Lists/${list}/Items`, { data: { commandId, request } })
  }

  /** Writes a command and gives what is said to it. */
  async command(request: object, commandId?: string): Promise<Record<string, unknown>> {
    const [, { event }] = await Promise.all([this.post(request, commandId), this.next((type) => type === 'list_item_added')])
    return event.item_data?.response ?? {}
  }
}

async function signedIn(identity = 'alice') {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const session = await Session.begin(server, identity)
  return { server, session }
}

describe('the commands of 1.x', () => {
  test('are carried out once, however often they are sent', async () => {
    const { server, session } = await signedIn()
    await session.follow()
    const { conversationSid: channelSid } = await session.command({ action: 'createConversation', attributes: '{}' })
    await session.command({ action: 'joinChannelV2', channelSid })
    const id = randomUUID()
    const sent = { action: 'sendMessage', channelSid, text: 'once', attributes: '{}' }
    expect(await session.command(sent, id)).toMatchObject({ status: 200, messageId: 0 })
    session.raw.socket.terminate()
    const again = await Session.begin(server, 'alice')
    await again.follow()
    expect(await again.command(sent, id)).toMatchObject({ status: 200, messageId: 0 })
    expect(await again.command(sent)).toMatchObject({ status: 200, messageId: 1 })
  })

  test('wait until somebody hears what is said to them, which is told before the request is answered', async () => {
    const { session } = await signedIn()
    const order: string[] = []
    const answered = session.post({ action: 'createConversation' }).then(({ status }) => order.push(`answered ${status}`))
    const told = session.next((type) => type === 'list_item_added').then(() => order.push('told'))
    expect(await session.follow()).toMatchObject({ event_type: 'subscription_established' })
    await Promise.all([answered, told])
    expect(order).toEqual(['told', 'answered 201'])
  })

  test('are refused when too many wait, and the connection goes on', async () => {
    const { session } = await signedIn()
    const answers = Array.from({ length: 40 }, () => session.post({ action: 'createConversation' }))
    const refused = await Promise.race(answers)
    expect(refused).toMatchObject({ status: 429, body: { code: 20429 } })
    await session.follow()
    expect((await Promise.all(answers)).filter(({ status }) => status === 201)).toHaveLength(32)
  })

  test('go into nobody else’s list, which nobody else follows', async () => {
    const { session } = await signedIn()
    const theirs = listOf('bob')
    expect(await session.post({ action: 'createConversation' }, undefined, theirs)).toMatchObject({ status: 404 })
    expect(await session.raw.ask('GET', `/v3/Lists/${theirs}/Context`)).toMatchObject({ status: 404 })
    for (const path of ['', '/Items'])
      expect(await session.raw.ask('GET', `/v3/Lists/${session.list}${path}`)).toMatchObject({ status: 404 })
    expect(await session.follow(theirs)).toMatchObject({ event_type: 'subscription_failed' })
  })

  test.each([
    ['of no known name', { action: 'toString' }],
    ['of no name', {}],
    ['about nothing', { action: 'joinChannelV2' }],
    ['about what is no text', { action: 'removeMember', channelSid: `CH${'0'.repeat(32)}`, username: 7 }],
    ['about no message', { action: 'deleteMessage', channelSid: `CH${'0'.repeat(32)}`, messageIdx: 'one' }],
    ['about no horizon', { action: 'consumptionReportV2', report: [null, {}] }],
  ])('are refused with a code when they are %s', async (_, request) => {
    const { session } = await signedIn()
    await session.follow()
    expect(await session.command(request)).toEqual({ status: 20001, statusText: expect.any(String) })
  })

  test.each([['null'], ['"text"'], ['{"commandId":7,"request":{}}'], ['{"commandId":"a"}']])(
    'are no commands when they are %s',
    async (data) => {
      const { session } = await signedIn()
      await session.follow()
      const { status } = await session.raw.ask('POST', `/v3/Lists/${session.list}/Items`, `{"data":${data}}`)
      expect(status).toBe(400)
    },
  )

  test('move the horizons that can be moved', async () => {
    const { session } = await signedIn()
    await session.follow()
    const { conversationSid: channelSid } = await session.command({ action: 'createConversation' })
    await session.command({ action: 'joinChannelV2', channelSid })
    for (const text of ['one', 'two']) await session.command({ action: 'sendMessage', channelSid, text })
    const other = { channelSid: `CH${'0'.repeat(32)}`, messageIdx: 0 }
    const report = [other, { channelSid, messageIdx: 0 }]
    const moved = await session.command({ action: 'consumptionReportV2', report })
    expect(moved).toMatchObject({ status: 200, report: [{ channelSid, unreadMessagesCount: 1 }] })
    const none = await session.command({ action: 'consumptionReportV2', report: [other] })
    expect(none).toEqual({ status: 50350, statusText: expect.any(String) })
  })
})

test('the context of a session has paths, and a host for files alone', async () => {
  const { server, session } = await signedIn()
  const { body } = await session.raw.ask('GET', `/v3/Lists/${session.list}/Context`)
  const { last_event_id, data } = body as { last_event_id: number; data: { links: Record<string, string> } }
  await session.follow()
  const { event } = await session.next((type) => type === 'list_context_updated')
  expect(event).toMatchObject({ context_data: data })
  // Otherwise the client takes it for one that it has.
  expect(event.id).toBeGreaterThan(last_event_id)
  const { mediaServiceUrl, ...paths } = data.links
  for (const path of Object.values(paths)) expect(path).toMatch(/^\/[^?=]*$/)
  const media = new URL(`https://mcs.us1.twilio.com${mediaServiceUrl}`)
  expect([media.host, media.pathname]).toEqual([new URL(server.url).host, `/v1/Services/${SERVICE_SID}/Media`])
})
