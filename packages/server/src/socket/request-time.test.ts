import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { limitRequestTime } from './request-time.ts'

/** A server whose requests have a moment, and a connection to it. */
async function connected(): Promise<Socket & { heard: string }> {
  const app = Fastify()
  limitRequestTime(app, 50)
  app.post('/read', async () => 'read')
  app.get('/slow', () => new Promise((resolve) => setTimeout(resolve, 150, 'slow')))
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.post('/stream', { config: { streams: true } }, async ({ raw }) => {
    let length = 0
    for await (const chunk of raw) length += chunk.length
    return { length }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const socket = Object.assign(connect(port, '127.0.0.1'), { heard: '' })
  socket.setEncoding('utf8').on('data', (text) => (socket.heard += text))
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

const post = (path: string, type: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 20\r\n\r\n`

describe('a request', () => {
  test('that does not end in time is cut off', async () => {
    const socket = await connected()
    socket.write(`${post('/read', 'application/json')}{"a":`)
    await once(socket, 'close')
    expect(socket.heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  })

  test('to nowhere is cut off too', async () => {
    const socket = await connected()
    socket.write(`${post('/nowhere', 'application/json')}{"a":`)
    await once(socket, 'close')
    expect(socket.heard).toMatch(/^HTTP\/1\.1 (?:404|408) /)
  })

  test('that ended may be answered later', async () => {
    const socket = await connected()
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => socket.heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*slow$/)
  })

  test('of a route that streams takes its time', async () => {
    const socket = await connected()
    socket.write(`${post('/stream', 'a/b')}0123456789`)
    await new Promise((resolve) => setTimeout(resolve, 120))
    socket.write('0123456789')
    await expect.poll(() => socket.heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\{"length":20\}$/)
  })
})
