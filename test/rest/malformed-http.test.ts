import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ACCOUNTS, type InProcessServer, startInProcess } from '../end-to-end/in-process-server.ts'
import { basic } from './raw-call.ts'

let server: InProcessServer
beforeAll(async () => {
  server = await startInProcess()
})
afterAll(() => server[Symbol.asyncDispose]())

const SIGNED_IN = `Host: x\r\nAuthorization: ${basic(ACCOUNTS[0].sid, ACCOUNTS[0].authToken)}\r\nContent-Type: application/x-www-form-urlencoded\r\n`
/** A whole request with a body, and what somebody would hide in it: another one that makes a conversation. */
const HIDDEN = `POST /v1/Conversations HTTP/1.1\r\n${SIGNED_IN}Content-Length: 14\r\n\r\nUniqueName=bad`
const FORM = 'UniqueName=one'

const post = (headers: string, body: string) => `POST /v1/Conversations HTTP/1.1\r\n${SIGNED_IN}${headers}\r\n${body}`

/** Sends bytes and gives all that comes back until the server closes. */
function send(text: string): Promise<string> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')))
    let heard = ''
    socket.setEncoding('utf8').on('data', (chunk) => (heard += chunk))
    socket.on('close', () => resolve(heard)).on('error', reject)
  })
}

const count = () => server.database.prepare('SELECT COUNT(*) AS count FROM conversations').get()?.count

describe('a request whose end can be read in two ways (reliability B17)', () => {
  test.each([
    ['a length and chunks', post('Content-Length: 14\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${HIDDEN}`)],
    ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${HIDDEN}`)],
    ['two lengths', post('Content-Length: 14\r\nContent-Length: 0\r\n', FORM + HIDDEN)],
    ['two lengths in one header', post('Content-Length: 14, 0\r\n', FORM + HIDDEN)],
    ['a length with a sign', post('Content-Length: +14\r\n', FORM + HIDDEN)],
    ['a length below nothing', post('Content-Length: -1\r\n', FORM + HIDDEN)],
    ['a length in hexadecimal', post('Content-Length: 0xe\r\n', FORM + HIDDEN)],
    ['a length that overflows', post('Content-Length: 18446744073709551630\r\n', FORM + HIDDEN)],
    ['chunks under another name', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${HIDDEN}`)],
    ['chunks that are not last', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${HIDDEN}`)],
    ['a space before the colon', post('Content-Length : 14\r\n', FORM + HIDDEN)],
    [
      'a header that goes on in the next line',
      post('X-Long: a\r\n Content-Length: 14\r\nContent-Length: 0\r\nX: \r\n\tb\r\n', HIDDEN),
    ],
    [
      'a size of a chunk that overflows',
      post('Transfer-Encoding: chunked\r\n', `ffffffffffffffff1\r\n${FORM}\r\n0\r\n\r\n${HIDDEN}`),
    ],
    ['a size of a chunk with a sign', post('Transfer-Encoding: chunked\r\n', `-1\r\n${FORM}\r\n0\r\n\r\n${HIDDEN}`)],
    ['a chunk that is longer than it says', post('Transfer-Encoding: chunked\r\n', `1\r\n${FORM}\r\n0\r\n\r\n${HIDDEN}`)],
    ['lines that end without a carriage return', post('Content-Length: 0\nX: y\r\n', HIDDEN)],
    ['a carriage return by itself', post('X: a\rContent-Length: 14\r\nContent-Length: 0\r\n', HIDDEN)],
    ['NUL in a header', post('X: a\0b\r\nContent-Length: 0\r\n', HIDDEN)],
    ['another version', `POST /v1/Conversations HTTP/9.9\r\n${SIGNED_IN}Content-Length: 14\r\n\r\n${FORM}${HIDDEN}`],
    ['a broken first line', `POST  /v1/Conversations\r\n${SIGNED_IN}Content-Length: 14\r\n\r\n${FORM}${HIDDEN}`],
  ])('%s: is refused once, and nothing behind it is read', async (_, text) => {
    const before = count()
    const heard = await send(text)
    expect(heard).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":20001/)
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(heard.toLowerCase()).toContain('connection: close')
    expect(count()).toBe(before)
  })

  test('that is right is taken, and the one behind it too', async () => {
    const before = Number(count())
    const heard = await send(
      post('Content-Length: 14\r\n', FORM) +
        post('Connection: close\r\nTransfer-Encoding: chunked\r\n', `e\r\nUniqueName=two\r\n0\r\n\r\n`),
    )
    expect(heard.match(/HTTP\/1\.1 201/g)).toHaveLength(2)
    expect(count()).toBe(before + 2)
  })
})

describe('a page of another origin (reliability B22)', () => {
  test.each(['/v1/Conversations', '/v1/openapi.json', '/conversa/v1/DeadLetters', '/metrics', '/healthz'])(
    'cannot read %s, whatever it says it is',
    async (path) => {
      for (const origin of ['https://evil.example.org', 'null', server.url]) {
        for (const method of ['GET', 'OPTIONS']) {
          const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
          const { headers } = await fetch(server.url + path, { method, headers: asked })
          expect(headers.get('access-control-allow-origin')).toBeNull()
          expect(headers.get('access-control-allow-credentials')).toBeNull()
        }
      }
    },
  )
})

/** Milliseconds in which Node would not look at a connection by itself. */
const WITHIN = 20_000

describe('a request that comes in too slowly (reliability B18)', () => {
  test.each([
    ['of which nothing comes', ''],
    ['whose first line does not end', 'GET /v1/Conv'],
    ['whose headers do not end', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-More: '],
  ])(
    '%s is cut off although there is always more of it',
    async (_, begun) => {
      const slow = await startInProcess({ requestTimes: { headers: 100 } })
      onTestFinished(() => slow[Symbol.asyncDispose]())
      const socket = connect(Number(new URL(slow.url).port), '127.0.0.1')
      await once(socket, 'connect')
      // More comes behind the beginning: what is written before there is a connection would go before it.
      socket.write(begun)
      const dribble = setInterval(() => socket.writable && begun && socket.write('x'), 20)
      let heard = ''
      socket.setEncoding('utf8').on('data', (chunk) => (heard += chunk))
      // Whoever is cut off while they write may hear of it by an error.
      socket.on('error', () => {})
      await once(socket, 'close')
      clearInterval(dribble)
      expect(heard).toMatch(/^(|HTTP\/1\.1 503 [\s\S]*"code":20503[\s\S]*)$/)
      expect((await fetch(`${slow.url}/healthz`)).status).toBe(200)
    },
    WITHIN,
  )
})
