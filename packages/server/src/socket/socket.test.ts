import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { CLOSE_CODES } from '@conversa/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { SocketDoor } from './socket.ts'

const HEARTBEAT = 80
/** The first byte of a frame that closes. */
const CLOSE = 0x88

/** A door, with a session behind each connection that says when it ends. */
async function begin(now: () => number): Promise<{ readonly port: number; readonly ended: () => number }> {
  let ended = 0
  const session = { receive() {}, congest() {}, settled: async () => {}, end: () => void ended++ }
  const observer = { connectionOpened() {}, connectionClosed() {}, eventQueueClosed() {} }
  const protocol = { path: '/', frames: 'text' as const, open: () => session }
  const door = new SocketDoor({ protocol, clock: { ...systemClock, now }, heartbeat: HEARTBEAT, observer })
  const server = createServer().on('upgrade', (...upgrade) => door.upgrade(...upgrade))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await door.close()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, ended: () => ended }
}

test('who is silent for two heartbeats is gone before the connection is: it does not answer that it is closed', async () => {
  let now = 0
  const { port, ended } = await begin(() => now)
  const peer = connect(port, '127.0.0.1')
  onTestFinished(() => void peer.destroy())
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  peer.write(`GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`)
  const [head] = (await once(peer, 'data')) as [Buffer]
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /)
  expect(ended()).toBe(0)
  now = 2 * HEARTBEAT + 1
  const [frame] = (await once(peer, 'data')) as [Buffer]
  expect([frame[0], frame.readUInt16BE(2)]).toEqual([CLOSE, CLOSE_CODES.silent])
  expect(ended()).toBeGreaterThan(0)
})
