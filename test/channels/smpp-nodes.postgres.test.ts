import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
// What it does to the library is wanted here too: texts stay the bytes that they are.
import '@conversa/adapters/smpp'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { Smsc, textOf } from './smsc.ts'

const OURS = '+15559990000'
const PEOPLE = ['+15551230001', '+15551230002'] as const
const SYSTEM_ERROR = 0x08
const WAIT = { timeout: 60_000, interval: 50 }
const HELD = 'conversa_channel_held\\{channel="sms"\\}'

/** Two servers on one store, an SMSC that lets one of them be bound, and a conversation with two phones in it. */
async function scene() {
  const { url, free } = await testSchema()
  const smsc = await Smsc.begin()
  smsc.isOnce = true
  const folder = await dataFolder()
  onTestFinished(async () => {
    await endServerProcesses()
    await smsc.down()
    await folder[Symbol.asyncDispose]()
    await free()
  })
  const config = join(folder.path, 'config.json')
  const login = { url: `smpp://127.0.0.1:${smsc.port}`, systemId: 'us', password: 'secret' }
  await writeFile(config, JSON.stringify({ channels: [{ type: 'smpp', name: 'sms', addresses: [OURS], ...login }] }))
  const env = { CONVERSA_CONFIG: config, CONVERSA_DATABASE_URL: url, CONVERSA_LOG_LEVEL: 'info' }
  const start = () => ServerProcess.start({ data: folder.path, env })
  const [first, second] = [await start(), await start()]
  const { accountSid, authToken } = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
  const conversationsAt = (server: ServerProcess) => {
    const client = twilio(accountSid, authToken)
    client.conversations.baseUrl = server.url
    return client.conversations.v1.conversations
  }
  const { sid } = await conversationsAt(first).create()
  for (const address of PEOPLE) {
    const binding = { 'messagingBinding.address': address, 'messagingBinding.proxyAddress': OURS }
    await conversationsAt(first)(sid).participants.create(binding)
  }
  const say = (server: ServerProcess, body: string) => conversationsAt(server)(sid).messages.create({ author: 'anna', body })
  const bodies = async (server: ServerProcess) => (await conversationsAt(server)(sid).messages.list()).map(({ body }) => body)
  /** What Anna said; what one of the phones says goes to the other as well. */
  const reached = (person: string) =>
    smsc.submitted.flatMap(({ to, bytes }) => (`+${to}` === person && /^\d$/.test(String(bytes)) ? [String(bytes)] : []))
  /** Waits until one of some servers has the channel, and the others know. */
  const holderOf = (servers: readonly ServerProcess[]) =>
    vi.waitFor(async () => {
      const held = await Promise.all(servers.map((server) => server.metric(HELD)))
      expect(held.toSorted()).toEqual([...servers.slice(1).map(() => 0), 1])
      return servers[held.indexOf(1)] as ServerProcess
    }, WAIT)
  return { smsc, first, second, say, bodies, reached, holderOf }
}

withPostgres(() =>
  describe('an SMSC that lets us be bound once, and two nodes', () => {
    test('gets everything once and in order, and brings everything, also when the node that is bound is killed, and when it is stopped', async () => {
      const { smsc, first, second, say, bodies, reached, holderOf } = await scene()
      const killed = await holderOf([first, second])
      const left = killed === first ? second : first
      expect(await smsc.deliver(textOf('to the first'))).toBe(0)
      // From the fourth on it takes nothing for now, so what it took is certain when the node is killed.
      smsc.answer = ({ bytes }) => (Number(bytes.toString()) > 3 ? SYSTEM_ERROR : 0)
      for (let at = 1; at <= 8; at++) await say(at % 2 ? first : second, String(at))
      await vi.waitFor(() => expect(PEOPLE.map(reached)).toEqual(PEOPLE.map(() => ['1', '2', '3'])), WAIT)
      await killed.kill9()
      smsc.answer = () => 0
      const expected = Array.from({ length: 8 }, (_, at) => String(at + 1))
      await vi.waitFor(() => expect(PEOPLE.map(reached)).toEqual(PEOPLE.map(() => expected)), WAIT)
      expect(await smsc.deliver(textOf('to the second'))).toBe(0)
      const back = await killed.restart()
      expect(await holderOf([left, back])).toBe(left)
      await left.stop()
      expect(await holderOf([back])).toBe(back)
      await say(back, '9')
      await vi.waitFor(() => expect(PEOPLE.map(reached)).toEqual(PEOPLE.map(() => [...expected, '9'])), WAIT)
      expect(await smsc.deliver(textOf('to the third'))).toBe(0)
      expect(await bodies(back)).toEqual(['to the first', ...expected, 'to the second', '9', 'to the third'])
      expect(smsc.refused).toBe(0)
      expect(left.output).toContain('"msg":"another node has a channel"')
      expect(left.output).toContain('"msg":"this node has a channel"')
      expect(left.output).toContain('"msg":"gave a channel back"')
    }, 300_000)
  }),
)
