import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { TcpFront } from '../end-to-end/tcp-front.ts'
import { judgeSends } from '../simulation/history.ts'
import { NatsProcess } from './nats-process.ts'
import { readAll } from './read-all.ts'
import { Talker } from './talker.ts'

const RESTARTS = Number(process.env.RESTARTS ?? 4)
/** Sends that succeed between two restarts, at least. */
const BETWEEN = 100
const PEOPLE = ['ann', 'ben', 'cem', 'dan', 'eve', 'fay']

withPostgres(() => {
  afterAll(endServerProcesses)

  test(`nobody with the SDK notices ${RESTARTS} restarts of two nodes, one at a time`, { timeout: 600_000 }, async () => {
    const { url: databaseUrl, free } = await testSchema()
    onTestFinished(free)
    await using folder = await dataFolder()
    await using nats = await NatsProcess.start()
    const env = { CONVERSA_DATABASE_URL: databaseUrl, CONVERSA_NATS_URL: nats.url }
    const options = { data: folder.path, env }
    const nodes = [await ServerProcess.start(options), await ServerProcess.start(options)]
    onTestFinished(endServerProcesses)
    const [first] = nodes as [ServerProcess, ServerProcess]
    await using balancer = await TcpFront.begin(...nodes.map(({ url }) => url))
    const owner = await RawClient.signIn(first.url, await first.token('owner'))
    const { conversation } = await owner.ask({ type: 'conversation.create' })
    const conversationSid = conversation.sid
    for (const identity of ['owner', ...PEOPLE]) await owner.ask({ type: 'participant.add', conversationSid, identity })
    await owner.close()
    const talkers: Talker[] = []
    for (const identity of PEOPLE)
      talkers.push(await Talker.begin(identity, { url: balancer.url, token: await first.token(identity), conversationSid }))
    onTestFinished(async () => {
      await Promise.all(talkers.map((talker) => talker.leave()))
    })
    const sends = () => talkers.flatMap((talker) => talker.sends)
    const goOn = async () => {
      const until = sends().filter(({ outcome }) => outcome).length + BETWEEN
      await expect.poll(() => sends().filter(({ outcome }) => outcome).length, { timeout: 60_000 }).toBeGreaterThan(until)
    }
    for (const talker of talkers) talker.talk()
    for (let restart = 0; restart < RESTARTS; restart++) {
      await goOn()
      const at = restart % nodes.length
      const leaving = nodes[at] as ServerProcess
      expect(await leaving.stop(), leaving.output).toEqual({ code: 0, signal: null })
      nodes[at] = await leaving.restart()
    }
    await goOn()
    await Promise.all(talkers.map((talker) => talker.finish()))
    expect(talkers.flatMap(({ failures }) => failures)).toEqual([])

    const last = nodes[0] as ServerProcess
    const stored = await readAll(await RawClient.signIn(last.url, await last.token('owner')), conversationSid)
    expect(judgeSends(sends(), stored, false)).toEqual([])
    expect(stored).toHaveLength(sends().length)
    for (const { told } of talkers) {
      await expect.poll(() => told.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(stored.length)
      expect(told).toEqual(stored.map(({ index }) => index))
    }
    process.stdout.write(`  ${stored.length} sends of SDK users over ${RESTARTS} restarts: 0 failed, 0 missed, 0 doubled\n`)
  })
})
