import { expect, test } from 'vitest'
import { ACCOUNT_SID, API_KEY, OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { call } from './call.ts'

const ENV = {
  CONVERSA_ACCOUNT_SID: ACCOUNT_SID,
  CONVERSA_API_KEY_SID: API_KEY.sid,
  CONVERSA_API_KEY_SECRET: API_KEY.secret,
  CONVERSA_SERVICE_SID: SERVICE_SID,
  CONVERSA_DATA: '/nowhere',
}

test('conversa token makes a token that the server takes, for as long as it was asked to', async () => {
  await using server = await startInProcess()
  const { code, stdout } = await call(['token', 'alice', '--ttl', '600'], ENV)
  expect(code).toBe(0)
  const client = await RawClient.connect(server.url)
  const { user, expiresAt } = await client.start(stdout.trim())
  expect(user.identity).toBe('alice')
  expect(Math.abs(expiresAt - Date.now() - 600_000)).toBeLessThan(60_000)
  await client.close()
})

test('conversa token makes one for another service, and answers in JSON', async () => {
  const { stdout } = await call(['token', 'alice', '--service', OTHER_SERVICE_SID, '--json'], ENV)
  expect(JSON.parse(stdout)).toEqual({
    token: expect.stringMatching(/^ey.+\..+\..+$/),
    identity: 'alice',
    service_sid: OTHER_SERVICE_SID,
    expires: expect.stringMatching(/Z$/),
  })
})

test.each([
  [['token'], ENV, /missing required argument/],
  [['token', ''], ENV, /must not be empty/],
  [['token', 'alice', '--ttl', '86401'], ENV, /from 1 to 86400/],
  [['token', 'alice', '--service', 'x'], ENV, /--service must/],
  [['token', 'alice'], { CONVERSA_DATA: '/nowhere' }, /no key: set/],
])('%j is called wrongly: 2', async (args, env, said) => {
  const { code, stdout, stderr } = await call(args, env)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(said)
})
