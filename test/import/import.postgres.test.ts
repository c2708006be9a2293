import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { runImport, TARGET_ENV } from './import-process.ts'
import { RichSource } from './rich-source.ts'
import { shownState } from './shown-state.ts'

withPostgres(() => {
  afterAll(endServerProcesses)

  test('conversa import brings everything over into PostgreSQL as it was', { timeout: 300_000 }, async () => {
    const folder = await dataFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    const schema = await testSchema()
    onTestFinished(() => schema.drop())
    const source = await RichSource.begin()
    onTestFinished(() => source[Symbol.asyncDispose]())
    const env = { CONVERSA_DATABASE_URL: schema.url }

    const imported = await runImport(source.server.url, folder.path, [], env)
    expect(imported).toMatchObject({ code: 0, report: { verified: true, losses: [] } })
    const target = await ServerProcess.start({ data: folder.path, env: { ...TARGET_ENV, ...env } })
    onTestFinished(async () => void (await target.stop()))
    for (const sid of [SERVICE_SID, OTHER_SERVICE_SID]) {
      expect(await shownState(target.url, sid)).toEqual(await shownState(source.server.url, sid))
    }
  })
})
