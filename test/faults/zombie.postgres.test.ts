import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import twilio from 'twilio'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { type Answer, type Received, Receiver } from '../webhooks/receiver.ts'

const MESSAGES = 8
/** The message whose delivery is under way when the node is paused. */
const UNDER_WAY = '3'
const TIMERS = 10
const TIME = { timeout: 60_000 }

/** Two nodes, the first of which tells the webhook alone. */
async function begin() {
  const schema = await testSchema()
  const folder = await dataFolder()
  onTestFinished(async () => {
    await endServerProcesses()
    await folder[Symbol.asyncDispose]()
    await schema.free()
  })
  const receiver = await Receiver.begin()
  const start = () => ServerProcess.start({ data: folder.path, env: { CONVERSA_DATABASE_URL: schema.url } })
  const paused = await start()
  const { accountSid, authToken } = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
  const client = (url: string) => {
    const made = twilio(accountSid, authToken)
    made.conversations.baseUrl = url
    return made.conversations.v1
  }
  const first = client(paused.url)
  await first.configuration
    .webhooks()
    .update({ postWebhookUrl: receiver.url, filters: ['onMessageAdded', 'onConversationStateUpdated'] })
  return { schema, receiver, paused, first, start }
}

const idOf = ({ headers }: Received) => headers['webhook-id']

withPostgres(() => {
  afterAll(endServerProcesses)

  test('a node that was paused with deliveries and comes back has no say in what another one took over', {
    timeout: 180_000,
  }, async () => {
    const { schema, receiver, paused, first, start } = await begin()
    const { sid } = await first.conversations.create()
    const say = (at: number) => first.conversations(sid).messages.create({ body: `${at}`, xTwilioWebhookEnabled: 'true' })
    const told = () => receiver.received.filter(({ fields }) => fields.EventType === 'onMessageAdded')
    const tries = () => told().filter(({ fields }) => fields.Body === UNDER_WAY).length
    await say(0)
    // From now on it holds the lease.
    await vi.waitFor(() => expect(told()).toHaveLength(1), TIME)
    const taking = await start()
    const rooms: string[] = []
    for (let at = 0; at < TIMERS; at++) rooms.push((await first.conversations.create({ 'timers.inactive': 'PT1M' })).sid)
    const late = Promise.withResolvers<Answer>()
    receiver.answer = ({ fields }) => (fields.Body === UNDER_WAY ? late.promise : { status: 200 })
    for (let at = 1; at < MESSAGES; at++) await say(at)
    await vi.waitFor(() => expect(tries()).toBe(1), TIME)
    process.kill(paused.pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(paused.pid, 'SIGCONT'))

    receiver.answer = ({ fields }) => ({ status: fields.Body === UNDER_WAY ? 500 : 200 })
    // As after 15 seconds.
    await schema.run('UPDATE leases SET expires = now()')
    await vi.waitFor(() => expect(tries()).toBe(2), TIME)
    // What the paused one sent has arrived at last, but it is not its word any more: the other one tells it until that arrives.
    await schema.run('UPDATE conversations SET due = 0, timers_since = 0 WHERE timers_since IS NOT NULL')
    process.kill(paused.pid, 'SIGCONT')
    late.resolve({ status: 200 })
    await vi.waitFor(() => expect(tries()).toBeGreaterThanOrEqual(4), TIME)
    receiver.answer = () => ({ status: 200 })
    await vi.waitFor(async () => {
      expect(await taking.metric('conversa_webhook_pending')).toBe(0)
      expect(receiver.names.filter((name) => name === 'onConversationStateUpdated').length).toBeGreaterThanOrEqual(TIMERS)
    }, TIME)

    const bodies = told().map(({ fields }) => Number(fields.Body))
    expect([...new Set(bodies)]).toEqual(Array.from({ length: MESSAGES }, (_, at) => at))
    expect(bodies).toEqual([...bodies].sort((a, b) => a - b))
    expect(new Set(told().map(idOf)).size).toBe(MESSAGES)
    const changes = receiver.received.filter(({ fields }) => fields.EventType === 'onConversationStateUpdated')
    expect(new Set(changes.map(idOf)).size).toBe(TIMERS)
    expect(new Set(changes.map(({ fields }) => fields.ConversationSid))).toEqual(new Set(rooms))
    process.stdout.write(`  ${MESSAGES} events taken over in order, ${TIMERS} timers once, the word of the paused node refused\n`)
  })
})
