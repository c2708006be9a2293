import type { InProcessServer } from '../end-to-end/in-process-server.ts'
import { ACCOUNTS } from '../end-to-end/in-process-server.ts'

/** What a call that no library would make may differ in. */
export interface RawCall {
  readonly form?: Readonly<Record<string, string>> | string
  /** In place of a form. */
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Name and secret; null is none. */
  readonly credentials?: readonly [string, string] | null
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

/** Calls without the helper library, byte by byte as the test says. */
export async function call(
  { url }: Pick<InProcessServer, 'url'>,
  method: string,
  path: string,
  { form, json, headers = {}, credentials = [ACCOUNTS[0].sid, ACCOUNTS[0].authToken] }: RawCall = {},
): Promise<RawAnswer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(credentials && { authorization: basic(...credentials) }),
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(form !== undefined && { body: typeof form === 'string' ? form : new URLSearchParams(form).toString() }),
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
}
