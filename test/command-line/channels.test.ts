import { HttpConnector } from '@conversa/adapters/http-connector'
import { IncomingFile } from '@conversa/server'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Connector, SECRET, signed } from '../channels/connector.ts'
import { ACCOUNTS, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { call, type RawCall } from '../rest/raw-call.ts'
import { runProgram } from './run-program.ts'

const [ACCOUNT, OTHER] = ACCOUNTS
const CREDENTIALS = { CONVERSA_ACCOUNT_SID: ACCOUNT.sid, CONVERSA_AUTH_TOKEN: ACCOUNT.authToken }
const [OURS, SHOP] = ['+15559990000', '+15559990001'] as const
const [BEN, EVE] = ['+15551230001', '+15551230002'] as const
const WAIT = { timeout: 30_000 }

/** A server with a carrier, Ben and Eve by phone, and the program pointed at it. */
async function withPhones() {
  const connector = await Connector.begin()
  onTestFinished(connector.close)
  const adapter = new HttpConnector({ name: 'own', url: connector.url, secret: SECRET, now: Date.now })
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  const routes = [{ account: ACCOUNT, adapter, addresses: [OURS, SHOP], answers: { out: 'No more' } }]
  const server = await startInProcess({ channels: { routes, inspect } })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create()
  const conversation = v1.conversations(sid)
  for (const address of [BEN, EVE])
    await conversation.participants.create({ 'messagingBinding.address': address, 'messagingBinding.proxyAddress': OURS })
  const run = (...args: string[]) => runProgram(['channels', ...args, '--url', server.url], CREDENTIALS)
  const write = async (id: string, from: string, to: string, text: string) => {
    const body = JSON.stringify({ type: 'message', id, from, to, body: text })
    expect((await fetch(`${server.url}/channels/own`, { method: 'POST', headers: signed(body), body })).status).toBe(200)
  }
  return { connector, server, sid, conversation, run, write }
}

/** The same with people who opted out, in the order of the list. */
async function withOptOuts() {
  const scene = await withPhones()
  const optOuts = [
    [OURS, BEN],
    [OURS, EVE],
    [SHOP, BEN],
  ] as const
  for (const [id, [to, from]] of optOuts.toReversed().entries()) await scene.write(String(id), from, to, 'STOP')
  return { ...scene, optOuts }
}

/** The same with what nobody took: a message to Ben and one to Eve. */
async function withLetters() {
  const scene = await withPhones()
  const { connector, server, conversation } = scene
  connector.answer = () => ({ status: 503, headers: { 'retry-after': '3600' } })
  await conversation.messages.create({ author: 'anna', body: 'a secret' })
  for (const subject of [BEN, EVE]) {
    await vi.waitFor(
      () =>
        server.store.transact([], async (tx) => {
          const [waiting] = await tx.outboxEntries({ kind: 'channel', destination: OURS, subject }, 1)
          expect(waiting?.attempts).toBe(1)
          if (waiting) tx.saveEntry({ ...waiting, dead: true })
        }),
      WAIT,
    )
  }
  connector.calls.length = 0
  connector.answer = () => ({ status: 200 })
  return scene
}

const [OPERATOR, OTHERS] = [{}, { credentials: [OTHER.sid, OTHER.authToken] as const }]
const at = (path: string, query: Record<string, string> = {}) => `/conversa/v1${path}?${new URLSearchParams(query)}`

describe("the operator's door", () => {
  test('lists who opted out, in pages and by address, to their account alone', async () => {
    const { server, optOuts } = await withOptOuts()
    const pairs = async (query: Record<string, string> = {}, who: RawCall = OPERATOR) => {
      const { body } = await call(server, 'GET', at('/OptOuts', query), who)
      const { opt_outs, next } = body as { opt_outs: { proxy_address: string; address: string }[]; next: string | null }
      return [...opt_outs.map(({ proxy_address, address }) => `${proxy_address} ${address}`), next]
    }
    const [first, second, third] = optOuts.map((pair) => pair.join(' '))
    expect(await pairs()).toEqual([first, second, third, null])
    expect(await pairs({ PageSize: '2' })).toEqual([first, second, second])
    expect(await pairs({ PageSize: '2', After: String(second) })).toEqual([third, null])
    expect(await pairs({ Address: EVE })).toEqual([second, null])
    expect(await pairs({ ProxyAddress: OURS, PageSize: '1' })).toEqual([first, first])
    expect(await pairs({ ProxyAddress: SHOP, Address: EVE })).toEqual([null])
    expect(await pairs({}, OTHERS)).toEqual([null])
  })

  test('lets them be written to again, once, and by their account alone', async () => {
    const { server, connector, conversation } = await withOptOuts()
    const path = `/OptOuts/${encodeURIComponent(OURS)}/${encodeURIComponent(BEN)}`
    expect(await call(server, 'DELETE', at(path), OTHERS)).toMatchObject({ status: 404 })
    expect(await call(server, 'DELETE', at(path))).toMatchObject({ status: 200, body: { proxy_address: OURS, address: BEN } })
    expect(await call(server, 'DELETE', at(path))).toMatchObject({ status: 404 })
    await conversation.messages.create({ author: 'anna', body: 'welcome back' })
    const welcomed = () => connector.calls.filter(({ fields }) => fields.body === 'welcome back').map(({ fields }) => fields.to)
    await vi.waitFor(() => expect(welcomed()).toEqual([BEN]), WAIT)
  })

  test('ends that an address writes to somebody, once, for their account alone, until they say START', async () => {
    const { server, conversation, connector, write } = await withPhones()
    const add = (ProxyAddress: string, Address: string, who: RawCall = OPERATOR) =>
      call(server, 'POST', at('/OptOuts'), { ...who, form: String(new URLSearchParams({ ProxyAddress, Address })) })
    const say = async (body: string) => {
      const { sid } = await conversation.messages.create({ author: 'anna', body })
      const receipts = conversation.messages(sid).deliveryReceipts
      await vi.waitFor(async () => expect(await receipts.list()).toHaveLength(2), WAIT)
      const found = (await receipts.list()).map(({ status, errorCode }) => [status, errorCode])
      return [connector.calls.splice(0).map(({ fields }) => fields.to), found.filter(([status]) => status === 'failed')]
    }
    expect(await add(OURS, BEN, OTHERS)).toMatchObject({ status: 201 })
    expect(await add('desk@example.com', 'Ben@Example.org')).toMatchObject({ status: 201, body: { address: 'ben@example.org' } })
    const first = await add(OURS, EVE)
    expect(first).toMatchObject({ status: 201, body: { proxy_address: OURS, address: EVE } })
    expect(await add(OURS, EVE)).toMatchObject({ status: 200, body: first.body })
    expect(await say('an offer')).toEqual([[BEN], [['failed', 21610]]])
    await write('start', EVE, OURS, 'START')
    connector.calls.length = 0
    expect((await say('welcome'))[1]).toEqual([])
    for (const [proxy, address] of [
      [OURS, 'nothing'],
      [OURS, 'ben@example.org'],
      ['desk@', 'ben@example.org'],
    ] as const)
      expect(await add(proxy, address), address).toMatchObject({ status: 400 })
    expect(await call(server, 'POST', at('/OptOuts'), { form: `Address=${BEN}` })).toMatchObject({ status: 400 })
  })

  test('lists and replays what one address of the account could not send', async () => {
    const { server, connector } = await withLetters()
    const letters = async (ProxyAddress: string) =>
      (await call(server, 'GET', at('/DeadLetters', { ProxyAddress }))).body as { dead_letters: object[] }
    expect((await letters(OURS)).dead_letters).toHaveLength(2)
    expect((await letters(SHOP)).dead_letters).toEqual([])
    const replay = (form: string) => call(server, 'POST', '/conversa/v1/DeadLetters/Replay', { form })
    expect(await replay(`ProxyAddress=${encodeURIComponent(SHOP)}`)).toMatchObject({ status: 202, body: { replayed: 0 } })
    expect(await replay(`ProxyAddress=${encodeURIComponent(OURS)}`)).toMatchObject({ status: 202, body: { replayed: 2 } })
    await vi.waitFor(() => expect(connector.calls.map(({ fields }) => fields.to).sort()).toEqual([BEN, EVE]), WAIT)
  })
})

describe('conversa channels', () => {
  test('lists what was never taken, without what was said, and lets it be tried again', async () => {
    const { run, sid, connector } = await withLetters()
    const { code, stdout } = await run('list')
    const [head, ...rows] = stdout.trimEnd().split('\n')
    expect([code, rows.length]).toEqual([0, 2])
    expect(head).toMatch(/^ID\s+FROM\s+TO\s+SINCE\s+TRIES\s+CONVERSATION\s+MESSAGE$/)
    const [id, ...columns] = String(rows[0]).split(/\s+/)
    expect(columns).toEqual([OURS, BEN, expect.stringMatching(/Z$/), '1', sid, '0'])
    expect(stdout).not.toContain('a secret')
    const one = await run('replay', String(id), '999')
    expect(one).toEqual({ code: 1, stdout: 'replayed: 1\n', stderr: '999 is no dead letter\n' })
    expect(JSON.parse((await run('replay', '--from', OURS, '--json')).stdout)).toEqual({ replayed: 1, missing: [] })
    await vi.waitFor(() => expect(connector.calls.map(({ fields }) => fields.to).sort()).toEqual([BEN, EVE]), WAIT)
    expect(await run('list')).toEqual({ code: 0, stdout: '', stderr: 'no dead letters\n' })
  }, 300_000)

  test('lists who opted out, and lets them be written to again', async () => {
    const { run, optOuts } = await withOptOuts()
    const [head, ...rows] = (await run('opt-outs', 'list')).stdout.trimEnd().split('\n')
    expect(head).toMatch(/^FROM\s+PERSON\s+SINCE$/)
    expect(rows.map((row) => row.split(/\s+/).slice(0, 2))).toEqual(optOuts)
    expect((await run('opt-outs', 'list', '--limit', '1')).stderr).toBe(`there are more: --after '${OURS} ${BEN}'\n`)
    const removed = await run('opt-outs', 'remove', OURS, BEN)
    expect(removed).toEqual({ code: 0, stdout: `removed: ${BEN} can be written to from ${OURS} again\n`, stderr: '' })
    const again = await run('opt-outs', 'remove', OURS, BEN)
    expect(again).toEqual({ code: 1, stdout: '', stderr: `${BEN} did not opt out of what ${OURS} writes\n` })
    const added = await run('opt-outs', 'add', SHOP, EVE)
    expect(added).toEqual({ code: 0, stdout: `added: ${EVE} hears nothing more from ${SHOP}\n`, stderr: '' })
    expect(JSON.parse((await run('opt-outs', 'add', SHOP, EVE, '--json')).stdout)).toMatchObject({ address: EVE })
    expect((await run('opt-outs', 'add', SHOP, 'nobody')).code).toBe(1)
    expect((await run('opt-outs', 'remove', SHOP, EVE)).code).toBe(0)
    const none = await run('opt-outs', 'list', '--address', BEN, '--from', OURS, '--json')
    expect(JSON.parse(none.stdout)).toEqual({ opt_outs: [], next: null })
  }, 300_000)

  test.each([
    [['replay'], /say which/],
    [['replay', '1', '--all'], /say which/],
    [['list', '--limit', '0'], /whole number/],
    [['opt-outs', 'add', OURS], /missing required argument/],
    [['opt-outs', 'remove', OURS], /missing required argument/],
  ])('says what is wrong with %j, and ends with 2', async (args, expected) => {
    const { code, stderr } = await runProgram(['channels', ...args], CREDENTIALS)
    expect(code).toBe(2)
    expect(stderr).toMatch(expected)
  })
})
