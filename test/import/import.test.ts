import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from '@conversa/client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { next } from '../scenarios/world.ts'
import { ImportProcess, runImport, TARGET_ENV } from './import-process.ts'
import { RichSource } from './rich-source.ts'
import { shownState } from './shown-state.ts'
import { TroubledProxy } from './troubled-proxy.ts'

/** The source of all tests that change nothing there. */
let source: RichSource
beforeAll(async () => {
  source = await RichSource.begin()
}, 120_000)
afterAll(() => source[Symbol.asyncDispose]())
afterAll(endServerProcesses)

async function newFolder(): Promise<string> {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

/** Starts the server on what was imported, holds it against the source, and gives it. */
async function expectSame(source: RichSource, data: string): Promise<ServerProcess> {
  const target = await ServerProcess.start({ data, env: TARGET_ENV })
  for (const sid of [SERVICE_SID, OTHER_SERVICE_SID]) {
    const [there, here] = [await shownState(source.server.url, sid), await shownState(target.url, sid)]
    expect(here).toEqual(there)
  }
  return target
}

/** How many rows a table of a stopped server has. */
function rowsIn(data: string, table: string): number {
  const database = new DatabaseSync(join(data, 'conversa.db'), { readOnly: true })
  try {
    return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count)
  } finally {
    database.close()
  }
}

describe('conversa import', () => {
  test('brings everything over as it was, and clients go on with it', { timeout: 300_000 }, async () => {
    const data = await newFolder()
    const imported = await runImport(source.server.url, data)
    expect(imported.output).toContain('everything that was listed is here')
    expect(imported).toMatchObject({ code: 0, report: { verified: true, losses: [] } })
    expect(imported.report?.counts).toMatchObject({
      services: { listed: 2, stored: 2 },
      conversations: { listed: 44, stored: 44 },
      files: { listed: 2, stored: 2 },
      receipts: { listed: 3, stored: 3 },
    })
    expect(rowsIn(data, 'outbox')).toBe(0)
    const target = await expectSame(source, data)

    const token = await source.server.token('anna')
    const client = await Client.create(token, { url: target.url })
    onTestFinished(() => client.shutdown())
    const conversation = await client.getConversationByUniqueName('busy')
    expect(conversation.createdBy).toBe('anna')
    expect(await conversation.getMessagesCount()).toBe(256)
    expect(await conversation.getUnreadMessagesCount()).toBe(2)
    const added = next(conversation, 'messageAdded')
    expect(await conversation.sendMessage('goes on')).toBe(262)
    expect((await added).body).toBe('goes on')
    await conversation.setAllMessagesRead()
    expect(await conversation.getUnreadMessagesCount()).toBe(0)
  })

  test('goes on after each of many kills, and ends with the same', { timeout: 600_000 }, async () => {
    const data = await newFolder()
    const proxy = await TroubledProxy.begin(source.server.url)
    let kills = 0
    // Each life is a little longer than the one before it, so that all stages are met.
    for (let life = 9; ; life = Math.ceil(life * 1.5)) {
      proxy.count = 0
      const running = new ImportProcess(proxy.url, data, ['--parallel', '2'])
      proxy.trouble = (count) => {
        if (count === life) running.kill9()
        return undefined
      }
      const { signal, code, output, report } = await running.ended
      if (signal === 'SIGKILL') {
        kills++
        continue
      }
      expect(output).toContain('pass 1')
      expect({ code, report }).toMatchObject({ code: 0, report: { verified: true, counts: { conversations: { stored: 44 } } } })
      break
    }
    expect(kills).toBeGreaterThan(4)
    await expectSame(source, data)
  })

  test('asks again where the source is busy, broken, cut off or says nothing sensible', { timeout: 300_000 }, async () => {
    const data = await newFolder()
    const proxy = await TroubledProxy.begin(source.server.url)
    const troubles = ['busy', 'broken', 'garbage', 'cut', 'cut-within'] as const
    proxy.trouble = (count) => (count % 4 === 0 ? troubles[(count / 4) % troubles.length] : undefined)
    expect(await runImport(proxy.url, data)).toMatchObject({ code: 0, report: { verified: true, losses: [] } })
    await expectSame(source, data)
  })

  test('says so when the source stays away, and another run goes on', { timeout: 300_000 }, async () => {
    const data = await newFolder()
    const proxy = await TroubledProxy.begin(source.server.url)
    proxy.trouble = (count) => (count > 40 ? 'broken' : undefined)
    const first = await runImport(proxy.url, data, ['--tries', '2'])
    expect(first).toMatchObject({ code: 1, report: undefined })
    expect(first.output).toMatch(/unable to read .*it answers 500\n.*goes on from there/)
    const refused = await runImport(source.server.url, data, [], { CONVERSA_IMPORT_TOKEN: 'wrong' })
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('answers 401') })
    expect(refused.output).not.toContain('wrong')
    proxy.trouble = () => undefined
    expect(await runImport(proxy.url, data)).toMatchObject({ code: 0, report: { verified: true } })
    await expectSame(source, data)
  })

  test('brings what is new when it is run again, and doubles nothing', { timeout: 300_000 }, async () => {
    await using source = await RichSource.begin(4)
    const data = await newFolder()
    expect(await runImport(source.server.url, data)).toMatchObject({ code: 0 })
    const [messages, events] = [rowsIn(data, 'messages'), rowsIn(data, 'conversation_events')]
    expect(await runImport(source.server.url, data)).toMatchObject({ code: 0, output: expect.stringContaining('pass 2') })
    expect([rowsIn(data, 'messages'), rowsIn(data, 'conversation_events')]).toEqual([messages, events])

    await source.goOn()
    const again = await runImport(source.server.url, data)
    expect(again).toMatchObject({ code: 0, report: { verified: true, removed: 1 } })
    await expectSame(source, data)
  })

  test('leaves alone what was changed here since, and says so', { timeout: 300_000 }, async () => {
    const data = await newFolder()
    await runImport(source.server.url, data)
    const target = await ServerProcess.start({ data, env: TARGET_ENV })
    const client = await Client.create(await source.server.token('anna'), { url: target.url })
    await (await client.getConversationByUniqueName('busy')).sendMessage('here')
    await client.shutdown()
    const meanwhile = await runImport(source.server.url, data)
    expect(meanwhile).toMatchObject({ code: 2, output: expect.stringContaining('stop the server first') })
    await target.stop()
    const { code, report } = await runImport(source.server.url, data)
    expect({ code, losses: report?.losses }).toEqual({
      code: 1,
      losses: [{ resource: 'conversation', sid: source.busy, reason: 'it was changed here since it was imported' }],
    })
  })
})
