import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { WireFrame } from './wire-frame.ts'

interface Received {
  readonly payload: string
  readonly isBinary: boolean
}

/** What a client of another make reads of frames that are written to it in one piece. */
async function received(frames: readonly WireFrame[]): Promise<Received[]> {
  const doors = new WebSocketServer({ noServer: true })
  const server = createServer().listen(0, '127.0.0.1')
  server.on('upgrade', (request, stream, head) => {
    doors.handleUpgrade(request, stream, head, (socket) => {
      stream.write(Buffer.concat(frames.map(({ bytes }) => bytes)))
      socket.close()
    })
  })
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const messages: Received[] = []
  client.on('message', (data: Buffer, isBinary) => messages.push({ payload: data.toString('latin1'), isBinary }))
  await once(client, 'close')
  server.close()
  return messages
}

test.for([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('a frame of %i characters is read as it was written', async (length) => {
  const text = 'a'.repeat(length)
  expect(await received([new WireFrame(text)])).toEqual([{ payload: text, isBinary: false }])
})

test('its length is that of its bytes, not of its characters', async () => {
  const text = 'zwölf 🎉'.repeat(20)
  const [message] = await received([new WireFrame(text)])
  expect(Buffer.from(message?.payload ?? '', 'latin1').toString()).toBe(text)
})

test('bytes go as a binary frame, and frames after one another are read one by one', async () => {
  expect(await received([new WireFrame(Buffer.from([0, 255, 129])), new WireFrame('and a text')])).toEqual([
    { payload: '\x00\xff\x81', isBinary: true },
    { payload: 'and a text', isBinary: false },
  ])
})
