/**
 * The raw limit: a relay that stores and hands out, and does nothing else. No sign-in, no rights, no counters, no checks. What it does, it
 * does as well as is known: one commit (WAL, FULL) for all of a turn of the event loop, one frame for all who hear it, one write per
 * socket and turn. `relay.ts <file of the database>`; it prints where it serves.
 */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { type WebSocket, WebSocketServer } from 'ws'

interface Send {
  readonly from: Member
  readonly id: number
  readonly room: Room
  readonly body: string
}

interface Member {
  readonly name: string
  readonly stream: Socket
  readonly frames: Buffer[]
}

interface Room {
  readonly name: string
  readonly members: Set<Member>
  index: number
}

const [, , path = ''] = process.argv
const database = new DatabaseSync(path)
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS messages (room TEXT, "index" INTEGER, author TEXT, body TEXT, date INTEGER, PRIMARY KEY (room, "index")) WITHOUT ROWID`)
const insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?)')
const page = database.prepare('SELECT * FROM messages WHERE room = ? AND "index" < ? ORDER BY "index" DESC LIMIT 30')

const rooms = new Map<string, Room>()
const waiting: Send[] = []
const dirty = new Set<Member>()

function roomOf(name: string): Room {
  const known = rooms.get(name)
  if (known) return known
  const room: Room = { name, members: new Set(), index: 0 }
  rooms.set(name, room)
  return room
}

function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, length >> 8, length & 0xff])
  return Buffer.concat([head, Buffer.from(text)])
}

function write(member: Member, frame: Buffer): void {
  member.frames.push(frame)
  dirty.add(member)
}

function commit(): void {
  const sends = waiting.splice(0)
  const date = Date.now()
  database.exec('BEGIN')
  const indices = sends.map(({ room, from, body }) => {
    insert.run(room.name, room.index, from.name, body, date)
    return room.index++
  })
  database.exec('COMMIT')
  for (const [at, { from, id, room, body }] of sends.entries()) {
    const index = indices[at]
    const frame = frameOf(
      `{"event":{"room":"${room.name}","index":${index},"author":"${from.name}","date":${date},"body":"${body}"}}`,
    )
    for (const member of room.members) if (member !== from) write(member, frame)
    write(from, frameOf(`{"reply":${id},"index":${index}}`))
  }
  for (const { stream, frames } of dirty) {
    stream.cork()
    for (const frame of frames.splice(0)) stream.write(frame)
    stream.uncork()
  }
  dirty.clear()
}

function accept(socket: WebSocket): void {
  const { _socket: stream } = socket as unknown as { _socket: Socket }
  let self: Member | undefined
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString())
    if (frame.join !== undefined) {
      self = { name: frame.join, stream, frames: [] }
      for (const name of frame.rooms) roomOf(name).members.add(self)
      socket.send('{"joined":true}')
    } else if (frame.page !== undefined) {
      socket.send(JSON.stringify({ reply: frame.id, items: page.all(frame.room, frame.page) }))
    } else if (self) {
      if (waiting.push({ from: self, id: frame.id, room: roomOf(frame.room), body: frame.body }) === 1) setImmediate(commit)
    }
  })
  socket.on('close', () => {
    if (self) for (const room of rooms.values()) room.members.delete(self)
  })
  socket.on('error', () => {})
}

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false })
sockets.on('connection', accept)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(`Relay serves at ws://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
