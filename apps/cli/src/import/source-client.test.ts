import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { SourceClient, SourceMissing, SourceRefused, SourceUnavailable } from './source-client.ts'

/** A source that answers each request as it is told to. */
async function source(answer: (response: ServerResponse, count: number, path: string) => void) {
  let count = 0
  const server = createServer((request, response) => answer(response, ++count, request.url ?? ''))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = { url, mediaUrl: url, account: 'AC', secret: 'secret' }
  const client = new SourceClient(address, { tries: 3, firstPause: 1, longestPause: 2000 })
  return { url, client, count: () => count }
}

const isObject = (body: unknown) => typeof body === 'object'

test('waits as long as the source asks for before anything else is asked', async () => {
  let pausedAt = 0
  let after = 0
  const { client } = await source((response, count) => {
    if (count === 1) {
      pausedAt = performance.now()
      response.writeHead(429, { 'retry-after': '1' }).end()
    } else {
      after ||= performance.now() - pausedAt
      response.end('{}')
    }
  })
  expect(await client.get('/a', isObject)).toEqual({})
  expect(after).toBeGreaterThanOrEqual(990)
})

test('gives up after so many tries, and says why', async () => {
  const { client, count } = await source((response) => response.writeHead(503).end())
  const failure = client.get('/a', isObject)
  await expect(failure).rejects.toThrow(SourceUnavailable)
  await expect(failure).rejects.toThrow('unable to read /a: it answers 503')
  expect(count()).toBe(3)
})

test.each([
  [401, SourceRefused],
  [404, SourceMissing],
  [400, SourceMissing],
])('does not ask again after %d', async (status, kind) => {
  const { client, count } = await source((response) => response.writeHead(status).end('{}'))
  await expect(client.get('/a', isObject)).rejects.toThrow(kind)
  expect(count()).toBe(1)
})

test('takes the credentials nowhere else, and reads no file from an address within a network', async () => {
  const elsewhere = await source((response) => response.end('{}'))
  const { client } = await source((response) => response.writeHead(302, { location: elsewhere.url }).end())
  await expect(client.get('/a', isObject)).rejects.toThrow(SourceUnavailable)
  await expect(client.file(`${elsewhere.url}/file`, async () => {})).rejects.toThrow(SourceMissing)
  expect(elsewhere.count()).toBe(0)
})
