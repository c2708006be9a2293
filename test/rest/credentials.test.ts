import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, refusalOf } from './back-end.ts'
import { call } from './raw-call.ts'

const stage = async () => {
  const world = await World.begin()
  return { world, v1: backEndOf(world.server).conversations.v1 }
}

const SECRET = 'the secret that nobody sees again'
const APN = { type: 'apn', certificate: `-----BEGIN ${SECRET}`, privateKey: SECRET } as const

describe('Credential.create', () => {
  test('keeps one of each type, and shows none of the secrets', async () => {
    const { world, v1 } = await stage()
    const made = [
      await v1.credentials.create({ ...APN, sandbox: true, friendlyName: 'apple' }),
      await v1.credentials.create({ type: 'gcm', apiKey: SECRET }),
      await v1.credentials.create({ type: 'fcm', secret: SECRET, friendlyName: 'f'.repeat(64) }),
    ]
    expect(made.map(({ type, sandbox, friendlyName }) => [type, sandbox, friendlyName])).toEqual([
      ['apn', 'True', 'apple'],
      ['gcm', 'False', null],
      ['fcm', 'False', 'f'.repeat(64)],
    ])
    expect(made[0]).toMatchObject({ accountSid: ACCOUNT_SID, url: `${world.server.url}/v1/Credentials/${made[0]?.sid}` })
    const seen = JSON.stringify(made) + JSON.stringify(await v1.credentials.list())
    expect(seen).not.toContain(SECRET)
    const rows = world.server.database.prepare('SELECT secret FROM push_credentials ORDER BY sid').all()
    expect(rows.map(({ secret }) => JSON.parse(String(secret)))).toEqual([
      { type: 'apn', certificate: APN.certificate, privateKey: SECRET, sandbox: true },
      { type: 'gcm', apiKey: SECRET },
      { type: 'fcm', secret: SECRET },
    ])
  })

  test('leaves no secret in the log, nor in what is kept for a repeated request', async () => {
    const { world } = await stage()
    const how = { headers: { 'idempotency-key': 'k' }, form: { Type: 'fcm', Secret: SECRET, FriendlyName: 'f' } }
    const first = await call(world.server, 'POST', '/v1/Credentials', how)
    expect(first).toMatchObject({ status: 201, body: { friendly_name: 'f' } })
    expect((await call(world.server, 'POST', '/v1/Credentials', how)).body).toEqual(first.body)
    await call(world.server, 'POST', '/v1/Credentials', { form: { Type: 'fcm', Secret: [SECRET, SECRET].join('&Secret=') } })
    const kept = world.server.database.prepare('SELECT answer, fingerprint FROM answers').all()
    expect(kept).toHaveLength(1)
    expect(String(kept[0]?.answer)).not.toContain(SECRET)
    expect(world.server.logged.join('\n')).not.toContain(SECRET)
  })

  test('refuses what nothing could be pushed with', async () => {
    const { v1 } = await stage()
    const codes = []
    for (const fields of [
      { type: 'fcm' },
      { type: 'gcm', secret: SECRET },
      { type: 'apn', certificate: SECRET },
      { type: 'apn', privateKey: SECRET },
      { type: 'pigeon', secret: SECRET },
      { type: 'fcm', secret: SECRET, friendlyName: 'x'.repeat(65) },
      { type: 'fcm', secret: 'x'.repeat(16 * 1024 + 1) },
    ]) {
      const { code, status, message } = await refusalOf(v1.credentials.create(fields as typeof APN))
      codes.push([code, status])
      expect(message).not.toContain(SECRET)
    }
    const wrong = [20001, 400]
    expect(codes).toEqual([wrong, wrong, wrong, wrong, wrong, [50003, 400], wrong])
    expect(await v1.credentials.list()).toEqual([])
  })
})

describe('Credential.fetch', () => {
  test('finds those of the account by SID, and no others', async () => {
    const { world, v1 } = await stage()
    const { sid } = await v1.credentials.create(APN)
    expect(await v1.credentials(sid).fetch()).toMatchObject({ sid, type: 'apn', sandbox: 'False', friendlyName: null })
    expect(await refusalOf(v1.credentials(`CR${'9'.repeat(32)}`).fetch())).toMatchObject({ code: 20404, status: 404 })
    const other = backEndOf(world.server, ACCOUNTS[1]).conversations.v1
    expect(await refusalOf(other.credentials(sid).fetch())).toMatchObject({ code: 20404, status: 404 })
    expect(await refusalOf(other.credentials(sid).remove())).toMatchObject({ code: 20404, status: 404 })
    expect(await other.credentials.list()).toEqual([])
  })
})

describe('Credential.update', () => {
  test('changes what is given and leaves the rest; another type needs secrets of its own', async () => {
    const { world, v1 } = await stage()
    const { sid } = await v1.credentials.create({ ...APN, friendlyName: 'apple' })
    expect(await v1.credentials(sid).update({ sandbox: true })).toMatchObject({ friendlyName: 'apple', sandbox: 'True' })
    expect(await v1.credentials(sid).update({ friendlyName: '', privateKey: 'new' })).toMatchObject({ friendlyName: null })
    const secretOf = () => JSON.parse(String(world.server.database.prepare('SELECT secret FROM push_credentials').get()?.secret))
    expect(secretOf()).toEqual({ type: 'apn', certificate: APN.certificate, privateKey: 'new', sandbox: true })
    expect(await refusalOf(v1.credentials(sid).update({ type: 'fcm' }))).toMatchObject({ code: 20001, status: 400 })
    expect(await v1.credentials(sid).update({ type: 'fcm', secret: 's' })).toMatchObject({ type: 'fcm', sandbox: 'False' })
    expect(secretOf()).toEqual({ type: 'fcm', secret: 's' })
  })
})

describe('Credential.delete', () => {
  test('takes it away with its secrets', async () => {
    const { world, v1 } = await stage()
    const { sid } = await v1.credentials.create(APN)
    expect(await v1.credentials(sid).remove()).toBe(true)
    expect(await refusalOf(v1.credentials(sid).remove())).toMatchObject({ code: 20404, status: 404 })
    expect(world.server.database.prepare('SELECT count(*) AS count FROM push_credentials').get()).toEqual({ count: 0 })
  })
})

describe('Credential.list', () => {
  test('gives all of them over several pages', async () => {
    const { v1 } = await stage()
    const sids = []
    for (const secret of ['a', 'b', 'c']) sids.push((await v1.credentials.create({ type: 'fcm', secret })).sid)
    expect((await v1.credentials.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids)
  })
})
