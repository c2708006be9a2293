import { describe, expect, onTestFinished, test } from 'vitest'
import { ACCOUNTS, OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from './back-end.ts'
import { basic } from './raw-call.ts'

/* Files of back ends, at the address that the vendor's service of files has; its helper library knows none. */

const FILES = `/v1/Services/${SERVICE_SID}/Media`
const [ACCOUNT, OTHER_ACCOUNT] = ACCOUNTS
const KEYED = basic(ACCOUNT.sid, ACCOUNT.authToken)

interface FileRecord {
  readonly sid: string
  readonly links: { readonly content_direct_temporary: string }
}

async function stage() {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const send = (body: string, headers: Record<string, string> = {}, path = FILES) =>
    fetch(server.url + path, {
      method: 'POST',
      body,
      headers: { authorization: KEYED, 'content-type': 'text/plain', ...headers },
    })
  return { server, send, v1: backEndOf(server).conversations.v1 }
}

describe('a back end that has a file', () => {
  test('sends it, says it in a message, and fetches it again', async () => {
    const { server, send, v1 } = await stage()
    const sent = await send('the terms', {}, `${FILES}?Filename=terms.txt`)
    const record = (await sent.json()) as FileRecord
    expect([sent.status, record]).toEqual([
      201,
      expect.objectContaining({
        sid: expect.stringMatching(/^ME[0-9a-f]{32}$/),
        service_sid: SERVICE_SID,
        author: 'system',
        content_type: 'text/plain',
        filename: 'terms.txt',
        size: 9,
        url: `${server.url}${FILES}/${record.sid}`,
      }),
    ])
    const { sid } = await v1.conversations.create()
    const message = await v1.conversations(sid).messages.create({ author: 'shop', mediaSid: record.sid })
    expect([message.body, message.media]).toEqual([
      null,
      [{ sid: record.sid, size: 9, content_type: 'text/plain', filename: 'terms.txt' }],
    ])
    const shown = await fetch(`${server.url}${FILES}/${record.sid}`, { headers: { authorization: KEYED } })
    const { links } = (await shown.json()) as FileRecord
    expect(await (await fetch(links.content_direct_temporary)).text()).toBe('the terms')
  })

  test('makes one file of a repeated request with a key', async () => {
    const { send } = await stage()
    const key = { 'idempotency-key': 'terms' }
    const sids = [await send('the terms', key), await send('the terms', key)].map(
      async (sent) => (await sent.json()) as FileRecord,
    )
    const [first, second] = await Promise.all(sids)
    expect(second?.sid).toBe(first?.sid)
    expect((await send('other terms', key)).status).toBe(409)
  })

  test.each([
    ['with a wrong secret', { authorization: basic(ACCOUNT.sid, 'wrong') }, FILES, 401],
    ['of another account', { authorization: basic(OTHER_ACCOUNT.sid, OTHER_ACCOUNT.authToken) }, FILES, 404],
    ['for a service that is not there', {}, FILES.replace(SERVICE_SID, `IS${'0'.repeat(32)}`), 404],
    ['of no type', { 'content-type': 'text' }, FILES, 400],
  ])('is refused %s', async (_, headers, path, status) => {
    const { send } = await stage()
    const refused = await send('the terms', headers, path)
    expect([refused.status, await refused.json()]).toEqual([status, expect.objectContaining({ status })])
  })

  test('says it in the service that it was sent to, and in no other', async () => {
    const { send, v1 } = await stage()
    const { sid: mediaSid } = (await (await send('the terms')).json()) as FileRecord
    const other = v1.services(OTHER_SERVICE_SID).conversations
    const { sid } = await other.create()
    await expect(other(sid).messages.create({ mediaSid })).rejects.toMatchObject({ code: 50507, status: 404 })
  })
})
