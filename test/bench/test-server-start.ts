/**
 * Starts servers within this process, one after another, once everything is imported; tells whoever forked it how long each took.
 */
import { createTestServer } from 'conversa'

/** What a start took. */
export interface ServerStart {
  readonly milliseconds: number
  /** That the process computed for it, on all cores: it does not grow with what else the machine does. */
  readonly cpuMilliseconds: number
}

const COUNT = 5

const starts: ServerStart[] = []
for (let at = 0; at < COUNT; at++) {
  const [begin, cpu] = [process.hrtime.bigint(), process.cpuUsage()]
  const server = await createTestServer()
  const { user, system } = process.cpuUsage(cpu)
  starts.push({ milliseconds: Number(process.hrtime.bigint() - begin) / 1e6, cpuMilliseconds: (user + system) / 1e3 })
  await server.close()
}
process.send?.(starts, () => process.exit())
