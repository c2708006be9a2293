import type { Request } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import { RequestQueue, type Taken } from './request-queue.ts'

const CONVERSATION = `CH${'0'.repeat(32)}`
const query: Request = { type: 'conversation.get', conversationSid: CONVERSATION }
const command: Request = { type: 'message.send', conversationSid: CONVERSATION, body: 'x' }
const ping: Request = { type: 'session.ping' }

/** A queue whose requests end when the test says so. */
function setUp() {
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const holds: boolean[] = []
  const serve = ({ id }: Taken) => {
    begun.push(id)
    return new Promise<void>((resolve) => ends.set(id, resolve))
  }
  const queue = new RequestQueue({ serve, hold: (held) => void holds.push(held) })
  const take = (count: number, request: Request, first = 1, size = 100) => {
    for (let id = first; id < first + count; id++) queue.take({ id, request, isRepeated: false, size })
  }
  const end = async (id: number) => {
    ends.get(id)?.()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { queue, begun, holds, take, end }
}

describe('RequestQueue', () => {
  test('begins commands at once, up to 512, and holds the peer beyond', async () => {
    const { begun, holds, take, end } = setUp()
    take(512, command)
    expect(begun).toHaveLength(512)
    expect(holds).toEqual([])
    take(2, command, 513)
    expect(begun).toHaveLength(512)
    expect(holds).toEqual([true])
    await end(300)
    expect(begun.at(-1)).toBe(513)
    expect(holds).toEqual([true])
    await end(1)
    expect(begun.at(-1)).toBe(514)
    expect(holds).toEqual([true, false])
  })

  test('begins large commands up to 512 KiB together, and any one alone', async () => {
    const { begun, holds, take, end } = setUp()
    take(1, command, 1, 256 * 1024)
    take(2, command, 2, 200 * 1024)
    expect(begun).toEqual([1, 2])
    expect(holds).toEqual([true])
    await end(1)
    expect(begun).toEqual([1, 2, 3])
    await end(2)
    await end(3)
    take(1, command, 4, 1024 * 1024)
    expect(begun.at(-1)).toBe(4)
  })

  test('begins eight queries at a time, in their order', async () => {
    const { begun, take, end } = setUp()
    take(10, query)
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await end(5)
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('lets nothing pass what waits, except a ping', () => {
    const { begun, take } = setUp()
    take(9, query)
    take(1, command, 10)
    take(1, ping, 11)
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 11])
  })

  test('begins nothing while answers have not got away', () => {
    const { queue, begun, holds, take } = setUp()
    queue.congest(true)
    expect(holds).toEqual([])
    take(2, command)
    take(1, ping, 3)
    expect(begun).toEqual([3])
    expect(holds).toEqual([true])
    queue.congest(false)
    expect(begun).toEqual([3, 1, 2])
    expect(holds).toEqual([true, false])
  })

  test('forgets what waits when it is cleared, and lets the peer go on', async () => {
    const { queue, begun, holds, take, end } = setUp()
    take(10, query)
    queue.clear()
    await end(1)
    expect(begun).toHaveLength(8)
    expect(holds).toEqual([true, false])
  })
})
