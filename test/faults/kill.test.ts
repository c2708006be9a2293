import { join } from 'node:path'
import { openSqliteInventory } from '@conversa/adapters/sqlite'
import { type Finding, verify } from '@conversa/core'
import { afterAll, expect, it } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { judgeSends } from '../simulation/history.ts'
import { readAll } from './read-all.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const KILLS = Number(process.env.KILLS ?? 20)
/** Acknowledged sends between two kills, at least. */
const SENDS_BETWEEN = 60

afterAll(endServerProcesses)

async function signIn(server: ServerProcess, identity: string): Promise<RawClient> {
  return RawClient.signIn(server.url, await server.token(identity))
}

/** Waits until so many sends were acknowledged, by looking at every answer. */
async function acknowledged(writers: readonly Writer[], count: number): Promise<void> {
  const done = () => writers.reduce((sum, { sends }) => sum + sends.filter(({ outcome }) => outcome).length, 0)
  while (done() < count) await new Promise((resolve) => setImmediate(resolve))
}

it(`nothing acknowledged is lost or doubled over ${KILLS} kills under load`, { timeout: 300_000 }, async () => {
  await using folder = await dataFolder()
  let server = await ServerProcess.start({ data: folder.path })
  const owner = await signIn(server, 'owner')
  const { conversation } = await owner.ask({ type: 'conversation.create', friendlyName: 'under fire' })
  const conversationSid = conversation.sid
  const names = ['w0', 'w1', 'w2', 'w3']
  for (const identity of ['owner', ...names, 'reader']) await owner.ask({ type: 'participant.add', conversationSid, identity })
  const joined = await owner.ask({ type: 'conversation.get', conversationSid })
  const writers = names.map((name) => new Writer(name, conversationSid))
  const reader = new Reader(conversationSid, joined.conversation.revision)
  const connect = async () => {
    await reader.connected(await signIn(server, 'reader'))
    for (const writer of writers) writer.connected(await signIn(server, writer.identity))
  }
  await connect()
  for (let kill = 1; kill <= KILLS; kill++) {
    await acknowledged(writers, kill * SENDS_BETWEEN)
    await server.kill9()
    server = await server.restart()
    await connect()
  }
  await Promise.all(writers.map((writer) => writer.finish()))
  const final = await signIn(server, 'reader')
  const stored = await readAll(final, conversationSid)
  await reader.connected(final)
  const sends = writers.flatMap((writer) => writer.sends)
  expect(judgeSends(sends, stored, false)).toEqual([])
  expect(sends.every(({ outcome }) => typeof outcome === 'object')).toBe(true)
  expect(stored).toHaveLength(sends.length)
  expect(reader.holes).toEqual([])
  expect(reader.told).toEqual(stored.map(({ index }) => index))
  await server.kill9()
  using inventory = openSqliteInventory(join(folder.path, 'conversa.db'))
  const findings: Finding[] = []
  for await (const finding of verify(inventory, undefined)) findings.push(finding)
  expect(findings).toEqual([])
  process.stdout.write(`  ${sends.length} acknowledged sends, ${KILLS} kills: 0 lost, 0 doubled\n`)
})
