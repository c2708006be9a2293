import { chmodSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { call } from './call.ts'

afterAll(endServerProcesses)

interface Found {
  readonly check: string
  readonly level: string
  readonly message: string
  readonly mend?: string
}

const PRODUCTION = {
  CONVERSA_MODE: 'production',
  CONVERSA_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
  CONVERSA_AUTH_TOKEN: '0123456789abcdef0123456789abcdef',
  CONVERSA_API_KEY_SID: `SK${'c'.repeat(32)}`,
  CONVERSA_API_KEY_SECRET: 'fedcba9876543210fedcba9876543210',
  CONVERSA_SERVICE_SID: `IS${'e'.repeat(32)}`,
}

/** An environment with a data folder and a port that are free. */
async function begin(env: Readonly<Record<string, string>> = PRODUCTION) {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const all = { CONVERSA_DATA: folder.path, PORT: '0', ...env }
  const doctor = async (more: Readonly<Record<string, string>> = {}) => {
    const { code, stdout } = await call(['doctor', '--json'], { ...all, ...more })
    const { findings } = JSON.parse(stdout) as { findings: Found[] }
    return { code, findings, of: (check: string) => findings.find((each) => each.check === check && each.level !== 'fine') }
  }
  /** A database as a server leaves it. */
  const database = async () => {
    const server = await startInProcess({ open: () => new DatabaseSync(join(folder.path, 'conversa.db')) })
    await server[Symbol.asyncDispose]()
    return join(folder.path, 'conversa.db')
  }
  return { data: folder.path, all, doctor, database }
}

test('conversa doctor finds nothing in a sound set-up, before and after the first start', async () => {
  const { all, doctor, database } = await begin()
  expect((await doctor()).findings.filter(({ level }) => level === 'fault')).toEqual([])
  await database()
  const { code, findings } = await doctor()
  expect(code).toBe(0)
  expect(findings.map(({ check }) => check)).toEqual([
    'Node',
    'mode',
    'credentials',
    'keys for browsers',
    'data folder',
    'disk',
    'database',
    'port',
  ])
  const told = await call(['doctor'], all)
  expect(told).toMatchObject({ code: 0, stderr: 'a server can run like this\n' })
  expect(told.stdout).toMatch(/ok +database/)
})

test('conversa doctor takes a folder that npm start made for what it is, until somebody sets something for production', async () => {
  const { data, doctor } = await begin({})
  expect((await doctor()).code).toBe(1)
  // What `npm start` does beside building the web app.
  const server = await ServerProcess.start({ data })
  const said = async (env: Readonly<Record<string, string>> = {}) => {
    const { code, findings } = await doctor(env)
    return [code, findings.find(({ check }) => check === 'mode')?.message]
  }
  const development = [0, expect.stringMatching(/^development, as `npm start` sets it/)]
  expect(await said({ PORT: new URL(server.url).port })).toEqual(development)
  await server.stop()
  expect(await said()).toEqual(development)
  expect(await doctor({ CONVERSA_MODE: 'production' })).toMatchObject({ code: 1 })
  expect((await doctor({ CONVERSA_AUTH_TOKEN: PRODUCTION.CONVERSA_AUTH_TOKEN })).of('configuration')?.message).toMatch(
    /production mode needs credentials: set CONVERSA_ACCOUNT_SID/,
  )
  expect(await said(PRODUCTION)).toEqual([0, 'production'])
})

test('conversa doctor knows a server that runs', async () => {
  const { data, doctor } = await begin({ CONVERSA_MODE: 'development' })
  const { url } = await ServerProcess.start({ data })
  const { code, findings } = await doctor({ PORT: new URL(url).port })
  expect(code).toBe(0)
  expect(findings.find(({ check }) => check === 'port')?.message).toMatch(/a server serves at/)
  expect(findings.find(({ check }) => check === 'database')?.message).toMatch(/in use by a server/)
})

test.each([
  ['a variable that is not known', { CONVERSA_DATABSE_URL: 'x' }, 'configuration', /did you mean CONVERSA_DATABASE_URL/],
  ['credentials that are missing', { CONVERSA_AUTH_TOKEN: '' }, 'configuration', /CONVERSA_AUTH_TOKEN/],
  ['a short secret', { CONVERSA_AUTH_TOKEN: 'short' }, 'credentials', /CONVERSA_AUTH_TOKEN is easy to guess/],
  ['a short token of the operator', { CONVERSA_OPERATOR_TOKEN: 'short' }, 'credentials', /CONVERSA_OPERATOR_TOKEN is easy/],
  ['a secret of one letter', { CONVERSA_API_KEY_SECRET: 'd'.repeat(32) }, 'credentials', /CONVERSA_API_KEY_SECRET is easy/],
  ['a folder that cannot be', { CONVERSA_DATA: '/dev/null/data' }, 'data folder', /it is no folder/],
  ['an address that is not ours', { HOST: '192.0.2.1' }, 'port', /EADDRNOTAVAIL/],
])('conversa doctor finds %s, and says how it is mended', async (_, env, check, said) => {
  const { doctor } = await begin()
  const { code, of } = await doctor(env)
  expect(code).toBe(1)
  expect(of(check)).toMatchObject({ level: 'fault', message: expect.stringMatching(said), mend: expect.stringMatching(/.{10}/) })
})

test('conversa doctor repeats no secret', async () => {
  const { all } = await begin()
  const weak = { ...all, CONVERSA_AUTH_TOKEN: 'hunter2', CONVERSA_API_KEY_SECRET: 'tr0ub4dor' }
  const { stdout, stderr } = await call(['doctor'], weak)
  expect(stdout + stderr).not.toMatch(/hunter2|tr0ub4dor/)
})

test('conversa doctor finds a port that somebody else has', async () => {
  const { doctor } = await begin()
  const other = createTcpServer((socket) => socket.end('no HTTP')).listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { code, of } = await doctor({ PORT: String((other.address() as AddressInfo).port) })
  expect(code).toBe(1)
  expect(of('port')).toMatchObject({ message: expect.stringMatching(/EADDRINUSE/), mend: expect.stringMatching(/PORT/) })
})

test('conversa doctor finds files that others can read, and a clock that went back', async () => {
  const { data, doctor, database } = await begin()
  const path = await database()
  chmodSync(data, 0o755)
  chmodSync(path, 0o644)
  const later = Date.now() / 1000 + 3600
  utimesSync(path, later, later)
  const { code, of } = await doctor()
  expect(code).toBe(1)
  expect(of('secrecy')).toMatchObject({ level: 'warning', mend: `chmod 700 ${data}` })
  expect(of('clock')).toMatchObject({ level: 'fault', message: expect.stringMatching(/3[56]\d\d s in the future/) })
  expect(statSync(path).mtimeMs).toBe(later * 1000)
})

test('conversa doctor finds a damaged database, one of a newer program, and one that is to be brought up to date', async () => {
  const { doctor, database } = await begin()
  const path = await database()
  const version = (sql: string) => {
    using file = new DatabaseSync(path)
    file.exec(sql)
  }
  version('PRAGMA user_version = 1')
  expect((await doctor()).of('database')).toMatchObject({ level: 'warning', mend: expect.stringMatching(/backup/) })
  version('PRAGMA user_version = 999')
  expect((await doctor()).of('database')).toMatchObject({ level: 'fault', message: expect.stringMatching(/version 999/) })
  writeFileSync(path, 'no database')
  expect((await doctor()).of('database')).toMatchObject({ level: 'fault', mend: expect.stringMatching(/restore/) })
})

test('conversa doctor asks whether the public URL leads to a server, and what time it is there', async () => {
  const { doctor } = await begin()
  let answer = { status: 'ok', date: new Date().toUTCString() }
  const site = createServer((_, response) => {
    response
      .setHeader('date', answer.date)
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ status: answer.status }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void site.close())
  await new Promise((resolve) => site.once('listening', resolve))
  const env = { CONVERSA_PUBLIC_URL: `http://127.0.0.1:${(site.address() as AddressInfo).port}` }
  expect((await doctor(env)).findings.at(-1)).toMatchObject({ check: 'public URL', level: 'fine' })
  answer = { status: 'ok', date: new Date(Date.now() + 600_000).toUTCString() }
  expect((await doctor(env)).of('clock')).toMatchObject({ level: 'fault', message: expect.stringMatching(/(599|600) s apart/) })
  answer = { status: 'something', date: new Date().toUTCString() }
  expect((await doctor(env)).of('public URL')).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(/something else/),
  })
  site.close()
  site.closeAllConnections()
  expect((await doctor(env)).of('public URL')).toMatchObject({ message: expect.stringMatching(/ECONNREFUSED/) })
  expect((await doctor({ CONVERSA_PUBLIC_URL: 'http://chat.invalid' })).of('public URL')?.message).toMatch(/not encrypted/)
})
