import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, startInProcess } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { backEndOf } from '../rest/back-end.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { type ProgramRun, runProgram } from './run-program.ts'

const [ACCOUNT] = ACCOUNTS
const CREDENTIALS = { CONVERSA_ACCOUNT_SID: ACCOUNT.sid, CONVERSA_AUTH_TOKEN: ACCOUNT.authToken }

/** A server with so many deliveries that were given up, and the program pointed at it. */
async function withLetters(count: number) {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const receiver = await Receiver.begin()
  receiver.answer = () => ({ status: 500 })
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create()
  const filters = ['onMessageAdded']
  const webhook = await v1
    .conversations(sid)
    .webhooks.create({ target: 'webhook', 'configuration.url': receiver.url, 'configuration.filters': filters })
  const giveUp = (expected: number) =>
    server.store.transact([], async (tx) => {
      const [waiting] = await tx.outboxEntries({ kind: 'webhook', destination: webhook.sid, subject: sid }, 1)
      if (waiting?.attempts) tx.saveEntry({ ...waiting, dead: true })
      expect(await tx.deadEntries(0, 100)).toHaveLength(expected)
    })
  for (let at = 1; at <= count; at++) {
    const before = (await server.store.read((reads) => reads.deadEntries(0, 100))).length
    await v1.conversations(sid).messages.create({ body: `message ${at}`, xTwilioWebhookEnabled: 'true' })
    await vi.waitFor(() => giveUp(before + 1), { timeout: 10_000, interval: 5 })
  }
  const run = (...args: string[]): Promise<ProgramRun> => runProgram([...args, '--url', server.url], CREDENTIALS)
  return { server, receiver, sid, webhook, run }
}

describe('conversa hooks', () => {
  test('lists nothing where there is nothing', async () => {
    const { run } = await withLetters(0)
    expect(await run('hooks', 'list')).toEqual({ code: 0, stdout: '', stderr: 'no dead letters\n' })
    expect(JSON.parse((await run('hooks', 'list', '--json')).stdout)).toEqual({ dead_letters: [], next: null })
  })

  test('lists dead letters as a table and as JSON, in pages', async () => {
    const { run, webhook, sid, receiver } = await withLetters(3)
    const { code, stdout } = await run('hooks', 'list')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^ID\s+EVENT\s+SINCE\s+TRIES\s+WEBHOOK\s+ABOUT\s+URL$/)
    expect(lines).toHaveLength(4)
    for (const part of ['onMessageAdded', webhook.sid, sid, receiver.url]) expect(lines[1]).toContain(part)
    expect(stdout).not.toContain('message 1')
    const first = JSON.parse((await run('hooks', 'list', '--json', '--limit', '2')).stdout)
    expect(first.dead_letters).toHaveLength(2)
    const second = await run('hooks', 'list', '--limit', '2', '--after', String(first.next))
    expect(second.stdout.trimEnd().split('\n')).toHaveLength(2)
    expect((await run('hooks', 'list', '--limit', '2')).stderr).toBe(`there are more: --after ${first.next}\n`)
  })

  test('replays those that are named, and says which are not there', async () => {
    const { run, receiver } = await withLetters(2)
    receiver.answer = () => ({ status: 200 })
    const [one, two] = JSON.parse((await run('hooks', 'list', '--json')).stdout).dead_letters
    expect(await run('hooks', 'replay', String(one.id))).toEqual({ code: 0, stdout: 'replayed: 1\n', stderr: '' })
    const again = await run('hooks', 'replay', String(one.id), String(two.id))
    expect(again).toEqual({ code: 1, stdout: 'replayed: 1\n', stderr: `${one.id} is no dead letter\n` })
    await vi.waitFor(() => expect(receiver.received.at(-1)?.fields.Body).toBe('message 2'), { timeout: 10_000 })
  })

  test('replays all, or all of one webhook', async () => {
    const { run, receiver, webhook } = await withLetters(2)
    receiver.answer = () => ({ status: 200 })
    const none = await run('hooks', 'replay', '--webhook', `WH${'0'.repeat(32)}`, '--json')
    expect(JSON.parse(none.stdout)).toEqual({ replayed: 0, missing: [] })
    expect((await run('hooks', 'replay', '--webhook', webhook.sid)).stdout).toBe('replayed: 2\n')
    expect((await run('hooks', 'replay', '--all')).stdout).toBe('replayed: 0\n')
  })

  test.each([
    [['hooks', 'replay'], /say which/],
    [['hooks', 'replay', '1', '--all'], /say which/],
    [['hooks', 'replay', 'x'], /whole number/],
    [['hooks', 'list', '--limit', '0'], /whole number/],
    [['hooks', 'list', '--nothing'], /unknown option/],
    [['hooks', 'list', '--url', 'nowhere'], /--url must be/],
    [['nothing'], /there is no command 'nothing'/],
  ])('%j is called wrongly: 2', async (args, said) => {
    const { code, stdout, stderr } = await runProgram(args, { ...CREDENTIALS })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(said)
  })

  test('shows its help with examples', async () => {
    for (const args of [
      ['hooks', 'list'],
      ['hooks', 'replay'],
    ]) {
      const { code, stdout } = await runProgram([...args, '--help'])
      expect(code).toBe(0)
      expect(stdout).toContain('Examples:')
      expect(stdout).toContain('CONVERSA_AUTH_TOKEN')
    }
  })

  test('says what is missing, what is not reached and what is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'conversa-cli-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const none = await runProgram(['hooks', 'list'], { CONVERSA_DATA: folder })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/no credentials/) })
    const anyPort = await runProgram(['hooks', 'list'], { ...CREDENTIALS, PORT: '0' })
    expect(anyPort).toMatchObject({ code: 2, stderr: expect.stringMatching(/--url/) })
    const away = await runProgram(['hooks', 'list'], { ...CREDENTIALS, PORT: '1' })
    expect(away).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/unable to reach the server at http:\/\/127\.0\.0\.1:1/),
    })
    const { server } = await withLetters(0)
    const wrong = await runProgram(['hooks', 'list', '--url', server.url], { ...CREDENTIALS, CONVERSA_AUTH_TOKEN: 'a guess' })
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/refused with 401 \(20003\)/) })
    expect(wrong.stderr).not.toContain('a guess')
  })

  test('finds a development server by its data folder and its port', async () => {
    const data = mkdtempSync(join(tmpdir(), 'conversa-cli-'))
    onTestFinished(async () => {
      await endServerProcesses()
      rmSync(data, { recursive: true })
    })
    const { url } = await ServerProcess.start({ data })
    const found = await runProgram(['hooks', 'list'], { CONVERSA_DATA: data, PORT: new URL(url).port })
    expect(found).toEqual({ code: 0, stdout: '', stderr: 'no dead letters\n' })
  })
})
