import { readFile } from 'node:fs/promises'
import { OPERATOR_BASE, OPERATOR_OPERATIONS } from '@conversa/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, type RawCall } from '../rest/raw-call.ts'
import { ACCOUNTS, API_KEY, type InProcessServer, OPERATOR_TOKEN, startInProcess } from './in-process-server.ts'

let server: InProcessServer
beforeAll(async () => {
  server = await startInProcess()
})
afterAll(() => server[Symbol.asyncDispose]())

const ROWS = OPERATOR_OPERATIONS.map((row) => ({ ...row, title: `${row.method} ${row.path}` }))

/** Everybody who is no operator. */
const STRANGERS: readonly (readonly [string, () => Promise<RawCall>])[] = [
  ['nobody', async () => ({ credentials: null })],
  ['somebody with a wrong token', async () => ({ credentials: [ACCOUNTS[0].sid, 'a guess'] })],
  ['somebody with an empty token', async () => ({ credentials: [ACCOUNTS[0].sid, ''] })],
  ['an operator with a wrong token', async () => ({ credentials: ['operator', ACCOUNTS[0].authToken] })],
  ['an operator with an empty token', async () => ({ credentials: ['operator', ''] })],
  ['a back end with a key', async () => ({ credentials: [API_KEY.sid, API_KEY.secret] })],
  [
    'a client with its token',
    async () => ({ credentials: null, headers: { authorization: `Bearer ${await server.token('a')}` } }),
  ],
]

describe("every operation of the operator's door", () => {
  test.each(ROWS)('$title is closed to everybody else', async ({ method, path }) => {
    for (const [who, how] of STRANGERS) {
      const url = OPERATOR_BASE + path.replaceAll(/\{\w+\}/g, '1')
      expect(await call(server, method, url, await how()), who).toMatchObject({ status: 401, body: { code: 20003, status: 401 } })
    }
  })

  test.each(ROWS)('$title opens to accounts what is theirs, and to the operator what is of all of them', async (row) => {
    const { method, path, opensTo } = row
    const url = OPERATOR_BASE + path.replaceAll(/\{\w+\}/g, '1')
    const [wrong, needed]: [RawCall, RegExp] =
      opensTo === 'operator'
        ? [{}, /the operator’s token/]
        : [{ credentials: ['operator', OPERATOR_TOKEN] }, /the auth token of an account/]
    expect(await call(server, method, url, wrong)).toMatchObject({
      status: 403,
      body: { code: 20006, message: expect.stringMatching(needed) },
    })
  })

  test('what is of all accounts is what the operator may, and nobody else', async () => {
    expect(ROWS.filter(({ opensTo }) => opensTo === 'operator').map(({ path }) => path)).toEqual(['/Backup'])
    // This server takes no backups, which it tells only to whom might have them.
    const credentials = ['operator', OPERATOR_TOKEN] as const
    expect(await call(server, 'GET', `${OPERATOR_BASE}/Backup`, { credentials })).toMatchObject({ status: 503 })
  })

  test.each(ROWS)('$title is documented', async ({ method, path }) => {
    const page = await readFile(new URL('../../docs/operator.md', import.meta.url), 'utf8')
    expect(page).toContain(`| ${method} | \`${OPERATOR_BASE}${path}\` |`)
  })
})
