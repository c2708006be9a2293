import { Deadlines } from '@conversa/core'
import { createGateway, type Peer } from '@conversa/gateway'
import { systemClock } from '@conversa/server'
import { expect, onTestFinished, test } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { packetOf } from './raw-twilsock.ts'

const ALICE = { kind: 'user', serviceSid: SERVICE_SID, identity: 'alice' } as const
const MISSED = 400

/** The other end of a connection that lets nothing get away until it is told to. */
class SlowReader implements Peer {
  readonly origin = 'http://localhost'
  /** Indexes of the messages that it was told of, in order. */
  readonly told: number[] = []
  readonly closed = Promise.withResolvers<number>()
  readonly #waiting: { readonly kind: string; readonly found: () => void }[] = []
  #isReading = false
  congest: (congested: boolean) => void = () => {}

  send(frame: Buffer, asked?: boolean): void {
    const text = frame.toString()
    const index = /"list_item_added".*"item_index":(\d+)/.exec(text)?.[1]
    if (index !== undefined) this.told.push(Number(index))
    for (const { kind, found } of this.#waiting) if (text.includes(kind)) found()
    if (asked && index !== undefined && !this.#isReading) this.congest(true)
  }

  close(code: number): void {
    this.closed.resolve(code)
  }

  hold(): void {}

  /** Settles when a frame with this text comes. */
  next(kind: string): Promise<void> {
    return new Promise((found) => this.#waiting.push({ kind, found }))
  }

  read(): void {
    this.#isReading = true
    this.congest(false)
  }
}

/** Somebody comes back to a conversation with much that they missed, and does not read it. */
async function comesBack() {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { core } = server
  const author = await server.signIn('alice')
  const { conversation } = await author.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  await author.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
  const send = (body: string) => core.execute(ALICE, { type: 'message.send', conversationSid, body })
  for (let at = 0; at < MISSED; at++) await send(`missed ${at}`)

  const grant = { ...ALICE, accountSid: ACCOUNT_SID, expiresAt: Number.MAX_SAFE_INTEGER }
  const failed = (error: unknown) => expect.unreachable(String(error))
  const times = { signIn: 60_000, expiryNotice: 1000, expiryLeeway: 0 }
  const clocks = { clock: systemClock, transport: systemClock, deadlines: new Deadlines(systemClock) }
  const gateway = createGateway({ core, ...clocks, verify: async () => grant, times, failed })
  const reader = new SlowReader()
  const session = gateway.open(reader)
  onTestFinished(() => session.end())
  reader.congest = (congested) => session.congest(congested)
  const started = reader.next('"id":"1"')
  session.receive(packetOf({ id: '1', method: 'init', token: 'a token' }))
  await started
  const requests = [{ object_sid: `${conversationSid}.messages`, object_type: 'list', last_event_id: 0 }]
  const http_request = { host: 'x', method: 'POST', path: '/v4/Subscriptions' }
  const stopped = reader.next('"list_item_added"')
  session.receive(packetOf({ id: '2', method: 'message', http_request }, { action: 'establish', correlation_id: 1, requests }))
  await stopped
  return { reader, send }
}

test('who does not read what they missed is told no more of it until they do, and then all of it in order', async () => {
  const { reader, send } = await comesBack()
  for (let at = 0; at < 10; at++) await send('live')
  expect(reader.told.length).toBeLessThanOrEqual(50)
  const established = reader.next('"subscription_established"')
  const last = reader.next(`"item_index":${MISSED + 9}`)
  reader.read()
  await established
  await last
  expect(reader.told).toEqual(Array.from({ length: MISSED + 10 }, (_, at) => at))
})

test('who meanwhile has more waiting than they will ever read is sent away, to come back and ask', async () => {
  const { reader, send } = await comesBack()
  for (let at = 0; at <= 5000; at++) await send('live')
  expect(await reader.closed.promise).toBe(4001)
  expect(reader.told.length).toBeLessThanOrEqual(50)
})
