import { expect } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { judgeSends } from '../simulation/history.ts'
import { findingsOf } from './findings.ts'
import { readAll } from './read-all.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** How often. */
export const KILLS = Number(process.env.KILLS ?? 10)
/** Acknowledged sends between two kills, at least. */
const SENDS_BETWEEN = 60

async function signIn(server: ServerProcess, identity: string): Promise<RawClient> {
  return RawClient.signIn(server.url, await server.token(identity))
}

/** Waits until so many sends were acknowledged, by looking at every answer. */
async function acknowledged(writers: readonly Writer[], count: number): Promise<void> {
  const done = () => writers.reduce((sum, { sends }) => sum + sends.filter(({ outcome }) => outcome).length, 0)
  while (done() < count) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Kills a server again and again while people write, and judges what is stored and what was told.
 *
 * @param databaseUrl where it keeps all, if not in its folder
 */
export async function surviveKills(databaseUrl?: string): Promise<void> {
  await using folder = await dataFolder()
  let server = await ServerProcess.start({ data: folder.path, env: { CONVERSA_DATABASE_URL: databaseUrl } })
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
  expect(await findingsOf({ databaseUrl, folder: folder.path })).toEqual([])
  process.stdout.write(`  ${sends.length} acknowledged sends, ${KILLS} kills: 0 lost, 0 doubled\n`)
}
