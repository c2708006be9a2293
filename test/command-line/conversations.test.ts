import { expect, onTestFinished, test } from 'vitest'
import { ACCOUNTS, OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { call } from './call.ts'

const [ACCOUNT, OTHER] = ACCOUNTS
const envOf = ({ sid, authToken }: (typeof ACCOUNTS)[number]) => ({ CONVERSA_ACCOUNT_SID: sid, CONVERSA_AUTH_TOKEN: authToken })

async function begin() {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const run = (...args: string[]) => call([...args, '--url', server.url], envOf(ACCOUNT))
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  return { server, run, json }
}

test('conversa conversation makes, lists and shows conversations, and adds people', async () => {
  const { run, json } = await begin()
  expect(await run('conversation', 'list')).toEqual({ code: 0, stdout: '', stderr: 'no conversations\n' })
  const made = await run('conversation', 'create', '--unique-name', 'lunch', '--friendly-name', 'Lunch\u001b[31m')
  expect(made).toEqual({ code: 0, stdout: expect.stringMatching(/^CH[0-9a-f]{32}\n$/), stderr: '' })
  const sid = made.stdout.trim()
  expect((await run('conversation', 'add', 'lunch', 'alice')).stdout).toMatch(/^MB[0-9a-f]{32}\n$/)
  const { stdout } = await run('conversation', 'show', 'lunch')
  for (const part of [sid, 'lunch', 'active', 'alice']) expect(stdout).toContain(part)
  expect(stdout).not.toContain('\u001b')
  expect(await json('conversation', 'show', sid)).toMatchObject({ sid, participants: [{ identity: 'alice' }] })
  for (let at = 0; at < 3; at++) await run('conversation', 'create')
  expect(await json('conversation', 'list')).toHaveLength(4)
  expect(await json('conversation', 'list', '--limit', '2')).toHaveLength(2)
  expect((await run('conversation', 'list')).stdout.trim().split('\n')).toHaveLength(5)
})

test('conversa conversation works in another service, and says what the server says no to', async () => {
  const { server, run, json } = await begin()
  await run('conversation', 'create', '--unique-name', 'lunch', '--service', OTHER_SERVICE_SID)
  expect(await json('conversation', 'list')).toEqual([])
  expect(await json('conversation', 'list', '--service', OTHER_SERVICE_SID)).toMatchObject([{ unique_name: 'lunch' }])
  expect(await run('conversation', 'show', 'lunch')).toMatchObject({ code: 1, stderr: expect.stringMatching(/404 \(20404\)/) })
  const foreign = ['conversation', 'list', '--service', SERVICE_SID, '--url', server.url]
  expect(await call(foreign, envOf(OTHER))).toMatchObject({ code: 1, stdout: '' })
  expect((await run('conversation', 'list', '--service', 'x')).code).toBe(2)
  expect((await run('conversation', 'show')).code).toBe(2)
})

test('conversa message sends and lists: the newest in their order, or the oldest, over pages', async () => {
  const { run, json } = await begin()
  await run('conversation', 'create', '--unique-name', 'lunch')
  expect((await run('message', 'list', 'lunch')).stderr).toBe('no messages\n')
  expect((await run('message', 'send', 'lunch', 'Soup?', '--author', 'alice')).stdout).toMatch(/^IM[0-9a-f]{32}\n$/)
  for (let at = 1; at < 120; at++) await run('message', 'send', 'lunch', `${at}`)
  const indexes = async (...args: string[]) =>
    (await json('message', 'list', 'lunch', ...args)).map(({ index }: { index: number }) => index)
  expect(await indexes('--limit', '3')).toEqual([117, 118, 119])
  expect(await indexes('--limit', '2', '--oldest')).toEqual([0, 1])
  expect(await indexes('--limit', '1000')).toHaveLength(120)
  expect((await run('message', 'list', 'lunch', '--oldest', '--limit', '1')).stdout).toMatch(/0 .* alice +Soup\?\n$/)
})

test('conversa tail shows what happens in a service, and nothing of another one', async () => {
  const { server, run } = await begin()
  const followed = Promise.withResolvers<string>()
  const tail = call(['tail', '--json', '--count', '3', '--url', server.url], envOf(ACCOUNT), followed.resolve)
  expect(await followed.promise).toBe('following all conversations')
  await run('conversation', 'create', '--unique-name', 'elsewhere', '--service', OTHER_SERVICE_SID)
  await run('conversation', 'create', '--unique-name', 'lunch')
  await run('message', 'send', 'lunch', 'Soup?')
  await run('message', 'send', 'lunch', 'Salad?')
  const { code, stdout } = await tail
  expect(code).toBe(0)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events).toMatchObject([
    { type: 'conversation.created', conversation: { uniqueName: 'lunch' } },
    { type: 'message.added', message: { body: 'Soup?' } },
    { type: 'message.added', message: { body: 'Salad?' } },
  ])
})

test('conversa tail shows one conversation on lines for people, whatever somebody wrote', async () => {
  const { server, run } = await begin()
  await run('conversation', 'create', '--unique-name', 'lunch')
  await run('conversation', 'create', '--unique-name', 'dinner')
  const followed = Promise.withResolvers<string>()
  const tail = call(['tail', 'lunch', '--count', '1', '--url', server.url], envOf(ACCOUNT), followed.resolve)
  expect(await followed.promise).toBe('following lunch')
  await run('message', 'send', 'dinner', 'not this')
  await run('message', 'send', 'lunch', 'one\ntwo\u001b[2J', '--author', 'alice')
  expect((await tail).stdout).toMatch(/^[\d:.]+ {2}message\.added {2}CH\w{32} {2}0 alice: one two \[2J\n$/)
})

test('conversa tail ends when the server goes, and where there is nothing to follow', async () => {
  const server = await startInProcess()
  const followed = Promise.withResolvers<string>()
  const tail = call(['tail', '--url', server.url], envOf(ACCOUNT), followed.resolve)
  await followed.promise
  await server[Symbol.asyncDispose]()
  expect(await tail).toMatchObject({ code: 1, stderr: expect.stringMatching(/the server went away/) })
  const { run } = await begin()
  expect(await run('tail', 'nothing')).toMatchObject({ code: 1, stderr: expect.stringMatching(/404/) })
})
