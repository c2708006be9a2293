import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '@conversa/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { parsePacket, RawTwilsock } from './raw-twilsock.ts'

/* What the vendor's client stumbles over when a server gets it wrong (twilio-wire-protocol 10). */

const CLIENT_API = `/Client/v2/Services/${SERVICE_SID}`

test('objects keep their SIDs and the numbers of their events over a restart', async () => {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const open = () => new DatabaseSync(join(folder.path, 'conversa.db'))
  const seen: unknown[] = []
  let sid = ''
  for (const run of [1, 2]) {
    const server = await startInProcess({ open })
    const raw = await RawTwilsock.connect(server.url)
    await raw.call('init', { token: await server.token('alice') })
    if (run === 1) {
      const { body } = await raw.ask('POST', `${CLIENT_API}/Conversations`, {})
      sid = (body as { sid: string }).sid
      await raw.ask('POST', `${CLIENT_API}/Conversations/${sid}/Participants`, { identity: 'alice' })
      await raw.ask('POST', `${CLIENT_API}/Conversations/${sid}/Messages`, { body: 'hello' })
    }
    const { body } = await raw.ask('GET', `${CLIENT_API}/Conversations/${sid}`)
    const { conversation, messages, participants } = (body as { sync_objects: Record<string, string> }).sync_objects
    const { sync_objects: own } = (await raw.ask('GET', '/Client/v2/Configuration')).body as {
      sync_objects: Record<string, string>
    }
    const objects = [`Documents/${conversation}`, `Lists/${messages}`, `Maps/${participants}`, `Maps/${own.my_conversations}`]
    for (const object of objects) {
      const { body: found } = await raw.ask('GET', `/v3/${object}`)
      const { sid: name, last_event_id: last } = found as { sid: string; last_event_id: number }
      expect(last).toBeGreaterThan(0)
      seen.push([name, last])
    }
    await server[Symbol.asyncDispose]()
  }
  expect(seen.slice(4)).toEqual(seen.slice(0, 4))
})

async function signedIn() {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const raw = await RawTwilsock.connect(server.url)
  const { header } = await raw.call('init', { token: await server.token('alice'), capabilities: ['offline_storage'] })
  return { server, raw, header }
}

test('no storage is offered, where a browser would keep what a server that begins anew does not know', async () => {
  const { header } = await signedIn()
  expect(header).toMatchObject({ status: { code: 200 }, capabilities: ['client_update'] })
  expect(header).not.toHaveProperty('offline_storage')
})

test('a subscription that fails for a while is not refused, and can be asked for again', async () => {
  const { server, raw } = await signedIn()
  const map = `${Buffer.from('alice').toString('base64url')}.my_conversations`
  const requests = [{ object_sid: map, object_type: 'map', last_event_id: 0 }]
  const follow = () => raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id: 1, requests })
  const { read } = server.store
  const failed = new Promise<void>((resolve) => {
    server.store.read = async () => {
      resolve()
      throw new StoreUnavailable('it fails for a while')
    }
  })
  expect((await follow()).status).toBe(202)
  await failed
  server.store.read = read
  expect((await follow()).status).toBe(202)
  const { payload } = await raw.next(({ header: { method } }) => method === 'notification')
  expect(payload).toMatchObject({ event_type: 'subscription_established' })
})

describe('what is answered', () => {
  test('about the configuration has whole addresses, and keeps no client from asking again', async () => {
    const { server, raw } = await signedIn()
    const { body } = await raw.ask('GET', '/Client/v2/Configuration')
    const { links, options } = body as { links: Record<string, string>; options: object }
    expect(options).toMatchObject({ http_cache_interval: 'PT0S' })
    for (const link of Object.values(links)) {
      expect(URL.canParse(link)).toBe(true)
      expect(link).not.toMatch(/[?=]/)
    }
    expect(links.media_service).toBe(`${server.url}/v1/Services/${SERVICE_SID}/Media`)
  })

  test('for an item that is not there is an empty page, and for what is wrong two statuses', async () => {
    const { raw } = await signedIn()
    const map = `${Buffer.from('alice').toString('base64url')}.user_info`
    expect(await raw.ask('GET', `/v3/Maps/${map}/Items`, undefined, { Key: 'nothing' })).toMatchObject({
      status: 200,
      body: { items: [], meta: { next_token: null, previous_token: null } },
    })
    const { header } = await raw.call('message', { http_request: { host: 'x', method: 'GET', path: '/nothing' } })
    expect(header).toMatchObject({ status: { code: 200 }, http_status: { code: 404, status: 'Not Found' } })
  })

  test('to a name and to a SID in the same place is the same, and no name can be taken for a SID', async () => {
    const { raw } = await signedIn()
    const code = async (path: string, body: object) => ((await raw.ask('POST', path, body)).body as { code?: number }).code
    const { body } = await raw.ask('POST', `${CLIENT_API}/Conversations`, { unique_name: 'CH1' })
    const { sid } = body as { sid: string }
    for (const identity of ['alice', 'MB1', 'CH1']) {
      await raw.ask('POST', `${CLIENT_API}/Conversations/${sid}/Participants`, { identity })
    }
    for (const name of [sid, 'CH1']) {
      expect(await raw.ask('GET', `${CLIENT_API}/Users/alice/Conversations/${name}`)).toMatchObject({ body: { sid } })
    }
    const { body: page } = await raw.ask('GET', `/v3/Maps/${sid}.roster/Items`)
    const { items } = page as { items: { key: string; data: { identity: string } }[] }
    expect(items.map(({ data }) => data.identity)).toEqual(['alice', 'MB1', 'CH1'])
    for (const name of ['MB1', items[2]?.key ?? '']) {
      expect((await raw.ask('DELETE', `${CLIENT_API}/Conversations/CH1/Participants/${name}`, {})).status).toBe(204)
    }
    const hex = '0'.repeat(32)
    expect(await code(`${CLIENT_API}/Conversations`, { unique_name: `CH${hex}` })).toBe(50390)
    expect(await code(`${CLIENT_API}/Conversations/${sid}/Participants`, { identity: `MB${hex}` })).toBe(50206)
  })

  test('as a page comes after everything that happened before it', async () => {
    const { server, raw } = await signedIn()
    const bob = await server.signIn('bob')
    const { conversation } = await bob.ask({ type: 'conversation.create' })
    for (const identity of ['bob', 'alice']) {
      await bob.ask({ type: 'participant.add', conversationSid: conversation.sid, identity })
    }
    const list = `${conversation.sid}.messages`
    const requests = [{ object_sid: list, object_type: 'list', last_event_id: 0 }]
    await raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id: 1, requests })
    const told: unknown[] = []
    raw.socket.on('message', (data: Buffer) => {
      const { payload } = parsePacket(data) as { payload?: { event_type?: string; items?: object[] } }
      if (payload?.event_type === 'list_item_added') told.push('event')
      if (payload?.items) told.push(payload.items.length)
    })
    const asked: Promise<unknown>[] = []
    for (let at = 0; at < 20; at++) {
      asked.push(bob.ask({ type: 'message.send', conversationSid: conversation.sid, body: `${at}` }))
      asked.push(raw.ask('GET', `/v3/Lists/${list}/Items`, undefined, { Order: 'desc', PageSize: '1' }))
      asked.push(raw.ask('GET', `/v3/Lists/${list}/Items`, undefined, { Order: 'asc', PageSize: '50' }))
    }
    await Promise.all(asked)
    await raw.ask('GET', `/v3/Lists/${list}/Items`, undefined, { Order: 'asc', PageSize: '50' })
    let events = 0
    for (const each of told) {
      if (each === 'event') events++
      else expect(each).toBeLessThanOrEqual(events)
    }
    expect(told).toContain(20)
  })
})
