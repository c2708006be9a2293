import { readFile } from 'node:fs/promises'
import { OPERATOR_BASE, OPERATOR_OPERATIONS } from '@conversa/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, type RawCall } from '../rest/raw-call.ts'
import { ACCOUNTS, API_KEY, type InProcessServer, startInProcess } from './in-process-server.ts'

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

  test.each(ROWS)('$title is documented', async ({ method, path }) => {
    const page = await readFile(new URL('../../docs/operator.md', import.meta.url), 'utf8')
    expect(page).toContain(`| ${method} | \`${OPERATOR_BASE}${path}\` |`)
  })
})
