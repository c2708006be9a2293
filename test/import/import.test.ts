import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from '@conversa/client'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { next } from '../scenarios/world.ts'
import { runImport, TARGET_ENV } from './import-process.ts'
import { RichSource } from './rich-source.ts'
import { shownState } from './shown-state.ts'

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
    const source = await RichSource.begin()
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
    expect(rowsIn(data, 'hook_deliveries')).toBe(0)
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
})
