import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { SmppAdapter } from '@conversa/adapters/smpp'
import type { ChannelInbound, ChannelMessage } from '@conversa/core'
import { systemClock } from '@conversa/server'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

/** The SMSC with which Kannel tests itself, of Debian's `kannel-extras`. It knows sessions for one direction alone. */
const KANNEL = '/usr/lib/kannel/test/drive_smpp'
const WAIT = { timeout: 20_000 }

beforeEach(({ skip }) => skip(!existsSync(KANNEL), 'Kannel is not installed (kannel-extras)'))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? Number(address?.port) : 0
}

test("Kannel's SMSC reads what is sent, and what it brings is read", async () => {
  const port = await freePort()
  const kannel = spawn(KANNEL, ['-v', '0', '-p', String(port), '-m', '5'], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void kannel.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: kannel.stderr }).on('line', (line) => lines.push(line))
  const received: ChannelInbound[] = []
  const adapter = new SmppAdapter({
    name: 'sms',
    login: { host: '127.0.0.1', port, isSecured: false, systemId: 'foo', password: 'bar', systemType: 'VMA' },
    sessions: 'two',
    now: systemClock.now,
    after: systemClock.after,
    newId: () => crypto.randomUUID(),
    times: { reconnect: 20, longestReconnect: 100 },
  })
  const parts = { keepPart: async () => {}, forgetParts: async () => {}, keptParts: async () => [] }
  await adapter.open({ receive: async (inbound) => void received.push(inbound), report: async () => false, ...parts })
  onTestFinished(() => adapter.close())

  await vi.waitFor(() => expect(received.map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']), WAIT)
  expect(received[0]).toMatchObject({ address: '456', proxyAddress: '123' })
  const message = (body: string): ChannelMessage => ({
    id: body,
    channel: 'sms',
    from: '+15559990000',
    to: '+15551230001',
    name: null,
    level: null,
    author: 'anna',
    subject: null,
    body,
    files: [],
    conversationSid: 'CH1',
    conversationName: null,
    index: 3,
  })
  await vi.waitFor(async () => expect(await adapter.send(message('hello Kannel'))).toMatchObject({ outcome: 'sent' }), WAIT)
  expect(await adapter.send(message('x'.repeat(200)))).toMatchObject({ outcome: 'sent' })
  const read = () => lines.filter((line) => line.includes('short_message = <')).map((line) => line.replace(/.*= </, ''))
  await vi.waitFor(() => expect(read()).toHaveLength(3), WAIT)
  expect(read()[0]).toBe('hello Kannel>')
  expect(lines.filter((line) => /ERROR|PANIC/.test(line) && !/connect/i.test(line))).toEqual([])
})
