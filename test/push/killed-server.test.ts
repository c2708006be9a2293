import { expect, test } from 'vitest'
import { PushProcesses } from './push-processes.ts'

const MESSAGES = Array.from({ length: 8 }, (_, at) => at)

test('a server that is killed with pushes under way leaves all of them to the next one', async () => {
  const processes = await PushProcesses.begin()
  const [first] = processes.nodes
  // Some arrive; then nobody answers, as the server is to die while it waits.
  processes.browser.answer = ({ data }) => (Number(data.message_index) < 3 ? { status: 201 } : 'hang')
  await processes.say(MESSAGES.map(String))
  await expect.poll(() => processes.everywhere[0], { timeout: 30_000 }).toEqual([0, 1, 2])
  await first?.kill9()
  processes.browser.answer = () => ({ status: 201 })
  processes.nodes[0] = (await first?.restart()) as never
  await processes.isDone()
  for (const shown of processes.everywhere) {
    // What had arrived and was not yet noted is shown again, in its place: a push of a conversation takes the place of the one before.
    expect([...new Set(shown)]).toEqual(MESSAGES)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
    expect(shown.length).toBeLessThanOrEqual(MESSAGES.length + 1)
  }
})
