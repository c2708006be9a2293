import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PushProcesses } from './push-processes.ts'

const MESSAGES = Array.from({ length: 8 }, (_, at) => at)

withPostgres(() => {
  describe('two nodes', () => {
    test('push everything once, whoever takes it in; and all of it when one of them is killed', {
      timeout: 180_000,
    }, async () => {
      const { url, free } = await testSchema()
      onTestFinished(free)
      const processes = await PushProcesses.begin({ count: 2, databaseUrl: url })
      for (const index of MESSAGES) await processes.say([`${index}`], index % 2)
      await processes.isDone()
      for (const shown of processes.everywhere) expect(shown).toEqual(MESSAGES)

      processes.browser.answer = () => 'hang'
      await Promise.all([processes.say(['a', 'b'], 0), processes.say(['c', 'd'], 1)])
      const [killed] = processes.nodes
      await killed?.kill9()
      processes.browser.answer = () => ({ status: 201 })
      await processes.isDone(1)
      const all = [...MESSAGES, 8, 9, 10, 11]
      for (const shown of processes.everywhere) expect(shown).toEqual(all)
    })
  })
})
