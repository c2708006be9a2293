import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import { RawClient } from './raw-client.ts'
import { type FrameParts, frame, OPCODES, RawSocket } from './raw-socket.ts'
import { endServerProcesses, ServerProcess } from './server-process.ts'

let server: InProcessServer
/** Stays connected through everything that others do. */
let witness: RawClient

beforeAll(async () => {
  server = await startInProcess()
  witness = await server.signIn('witness')
})

afterAll(() => server[Symbol.asyncDispose]())

afterEach(async () => {
  expect(await witness.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
})

const PING_REQUEST = '{"id":1,"type":"session.ping"}'
const { continuation, text, binary, close, ping, pong } = OPCODES

/** Opens a connection that speaks right so far. */
async function open(): Promise<RawSocket> {
  const socket = await RawSocket.upgrade(server.url)
  expect(await socket.status()).toBe(101)
  return socket
}

/** Sends frames on a new connection and gives the code that it is closed with. */
async function codeAfter(...frames: readonly FrameParts[]): Promise<number | undefined> {
  const socket = await open()
  await socket.write(...frames.map(frame))
  const code = await socket.closeCode()
  socket.stream.destroy()
  return code
}

describe('what is no WebSocket frame closes the connection with its code', () => {
  const wrong: readonly (readonly [string, number, readonly FrameParts[]])[] = [
    ...[1, 2, 3, 4, 5, 6, 7].map((reserved) => [`reserved bits ${reserved}`, 1002, [{ reserved }]] as const),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, 1002, [{ opcode }]] as const),
    ['a frame without a mask', 1002, [{ masked: false, payload: PING_REQUEST }]],
    ['a control frame of 126 bytes', 1002, [{ opcode: ping, payload: 'x'.repeat(126) }]],
    ['a control frame in fragments', 1002, [{ opcode: ping, final: false }]],
    ['a close frame of one byte', 1002, [{ opcode: close, payload: 'x' }]],
    ['a close frame with a code that nobody may send', 1002, [{ opcode: close, payload: Buffer.from([0x03, 0xed]) }]],
    ['a close frame whose reason is no text', 1007, [{ opcode: close, payload: Buffer.from([0x03, 0xe8, 0xff]) }]],
    ['a continuation of nothing', 1002, [{ opcode: continuation, payload: 'x' }]],
    ['a new message before the end of the last', 1002, [{ final: false, payload: '{' }, { payload: '}' }]],
    ['a text of bytes that are none', 1007, [{ payload: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }]],
    ['an overlong encoding', 1007, [{ payload: Buffer.from([0xc0, 0xaf]) }]],
    ['an encoded surrogate', 1007, [{ payload: Buffer.from([0xed, 0xa0, 0x80]) }]],
    ['a text that ends within a character', 1007, [{ payload: Buffer.from('€').subarray(0, 2) }]],
    [
      'wrong bytes that are split across fragments',
      1007,
      [
        { final: false, payload: Buffer.from([0xce, 0xba, 0xe1, 0xbd]) },
        { opcode: continuation, payload: Buffer.from([0xed, 0xa0, 0x80]) },
      ],
    ],
    ['a binary frame', 1003, [{ opcode: binary, payload: PING_REQUEST }]],
    ['a binary frame in fragments', 1003, [{ opcode: binary, final: false }, { opcode: continuation }]],
    ['more than 256 KiB', 1009, [{ payload: 'x'.repeat(256 * 1024 + 1) }]],
    [
      'more than 256 KiB in fragments',
      1009,
      [
        { final: false, payload: 'x'.repeat(256 * 1024) },
        { opcode: continuation, payload: 'x' },
      ],
    ],
  ]

  test.each(wrong)('%s: %i', async (_name, code, frames) => {
    expect(await codeAfter(...frames)).toBe(code)
  })

  test('a length of eight bytes that no machine has', async () => {
    const socket = await open()
    await socket.write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    expect(await socket.closeCode()).toBe(1009)
  })
})

describe('what is right, however odd, is answered', () => {
  const odd: readonly (readonly [string, readonly FrameParts[]])[] = [
    ['a request', [{ payload: PING_REQUEST }]],
    ['a request in fragments of one byte', inBytes(PING_REQUEST)],
    ['a request after 10,000 empty fragments', [...emptyFragments(10_000), { opcode: continuation, payload: PING_REQUEST }]],
    ['a ping between fragments', [...inBytes(PING_REQUEST).slice(0, 5), { opcode: ping }, ...inBytes(PING_REQUEST).slice(5)]],
    ['a pong that nobody asked for', [{ opcode: pong, payload: 'x' }, { payload: PING_REQUEST }]],
    ['256 KiB of spaces around a request', [{ payload: `${PING_REQUEST}${' '.repeat(256 * 1024 - PING_REQUEST.length)}` }]],
    [
      'a character that is split across fragments',
      [
        { final: false, payload: Buffer.from('{"id":1,"type":"session.ping","€').subarray(0, 31) },
        { opcode: continuation, payload: Buffer.from('{"id":1,"type":"session.ping","€":1}').subarray(31) },
      ],
    ],
  ]

  test.each(odd)('%s', async (_name, frames) => {
    const socket = await open()
    await socket.write(...frames.map(frame))
    let answer = await socket.nextFrame()
    while (answer && answer.opcode !== text) answer = await socket.nextFrame()
    expect(JSON.parse(String(answer?.payload))).toMatchObject({ reply: 1 })
    socket.stream.destroy()
  })

  test('more fragments than anybody needs are refused', async () => {
    expect(await codeAfter(...emptyFragments(16_385))).toBe(1008)
  })
})

function inBytes(payload: string): FrameParts[] {
  return [...payload].map((one, at) => ({
    opcode: at === 0 ? text : continuation,
    final: at === payload.length - 1,
    payload: one,
  }))
}

function emptyFragments(count: number): FrameParts[] {
  return Array.from({ length: count }, (_, at) => ({ opcode: at === 0 ? text : continuation, final: false }))
}

describe('what is no handshake', () => {
  test.each([
    ['another path', '/v1/sockets', {}, 404],
    ['the path with more behind it', '/v1/socket/x', {}, 404],
    ['a path that tries to leave', '/v1/x/../socket', {}, 404],
    ['another version of WebSocket', '/v1/socket', { 'Sec-WebSocket-Version': '7' }, 400],
  ])('%s', async (_name, path, headers, status) => {
    const socket = await RawSocket.upgrade(server.url, path, headers)
    expect(await socket.status()).toBe(status)
    socket.stream.destroy()
  })

  test.each(['/v1/socket', '/elsewhere'])('a connection to %s that is reset right after it was asked for', async (path) => {
    for (let round = 0; round < 20; round++) {
      const socket = await RawSocket.upgrade(server.url, path)
      await socket.status()
      socket.stream.resetAndDestroy()
      await socket.gone
    }
  })
})

describe('floods', () => {
  afterEach(endServerProcesses)

  test('10,000 pings end the connection, and nobody else suffers', async () => {
    const socket = await open()
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame({ opcode: ping, payload: 'flood' })))
    socket.stream.write(pings)
    expect(await socket.closeCode()).toBeUndefined()
  })

  test.each([1, 20_261_124])('20,000 random frames of seed %i leave the process alive and its memory bounded', async (seed) => {
    await using folder = await dataFolder()
    const process = await ServerProcess.start({ data: folder.path })
    const standing = await RawClient.signIn(process.url, await process.token('witness'))
    const before = await process.residentBytes()
    await sendRandomFrames(process.url, seed, 20_000)
    expect(await standing.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
    expect((await process.residentBytes()) - before).toBeLessThan(100 * 1024 * 1024)
    expect(process.output).not.toContain('"level":"error"')
  })
})

/** Numbers from 0 up to a limit, the same for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

const TOKENS = [
  ...['{', '}', '[', ']', ':', ',', '"', '\\u0000', '\\ud800', '1e400', '-0', 'null', 'true', '"id"', '"type"', '"__proto__"'],
  ...['"session.start"', '"message.send"', '"token"', '"version"', '1', '"body"', '"conversation.list"', ' ', '\n', '"€"'],
]

/**
 * Sends random frames one after another: mostly texts that are nearly requests, some with wrong bits, some bytes at random. A
 * connection that the server closes is followed by a new one.
 */
async function sendRandomFrames(url: string, seed: number, count: number): Promise<void> {
  const random = randomNumbers(seed)
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random(256)))
  const words = () => Array.from({ length: random(30) }, () => TOKENS[random(TOKENS.length)]).join('')
  const request = () => `{"id":${random(100)},"type":${TOKENS[16 + random(10)]}${words()}`
  const strange = (): Buffer => {
    const kind = random(3)
    if (kind === 0) return bytes(1 + random(200))
    if (kind === 1) return frame({ payload: bytes(random(500)) })
    return frame({ opcode: random(16), reserved: random(8), final: random(2) === 0, payload: bytes(random(130)) })
  }
  const next = () => frame({ payload: random(2) === 0 ? words() : request() })
  let socket: RawSocket | undefined
  for (let sent = 0; sent < count; ) {
    if (!socket || socket.stream.destroyed) {
      socket = await RawSocket.upgrade(url)
      if ((await socket.status()) !== 101) throw new Error(`no connection after ${sent} frames of seed ${seed}`)
    }
    // The strange one is last, since what follows it is not read any more.
    const batch = [...Array.from({ length: Math.min(49, count - sent) }, next), strange()]
    sent += batch.length
    await Promise.race([socket.write(...batch), socket.gone])
  }
  socket?.stream.destroy()
}
