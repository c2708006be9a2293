import { expect, onTestFinished, test } from 'vitest'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { CountingDatabase } from './counting-database.ts'

/*
 * After a restart or a cut network everybody signs in at once.
 */
test('somebody who comes back is not more than one statement, which finds the conversations that they are in', async () => {
  const database = new CountingDatabase()
  const server = await startInProcess({ open: () => database })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const alice = await server.signIn('alice')
  for (let at = 0; at < 5; at++) {
    const { conversation } = await alice.ask({ type: 'conversation.create' })
    await alice.ask({ type: 'participant.add', conversationSid: conversation.sid, identity: 'alice' })
  }
  alice.socket.close()
  await alice.closed
  const { statements } = database.asked
  await server.signIn('alice')
  expect(database.asked.statements - statements).toBeLessThanOrEqual(1)
})
