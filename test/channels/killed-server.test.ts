import { describe, expect, test, vi } from 'vitest'
import { Carried, PEOPLE } from './carried.ts'

const MESSAGES = 10

describe('a server that is killed with messages to phones under way', () => {
  test('leaves them to the next one: everybody gets everything, in order, what was under way under the id of before', async () => {
    const carried = await Carried.begin(1)
    const { connector } = carried
    const [first] = carried.servers
    if (!first) throw new Error('there is no server')
    carried.hangFrom(3)
    await carried.send(MESSAGES)
    await vi.waitFor(() => expect(PEOPLE.map((person) => carried.reached(person))).toEqual(PEOPLE.map(() => [0, 1, 2, 3])), {
      timeout: 30_000,
    })
    await first.kill9()
    const underWay = connector.calls.filter(({ fields }) => fields.body === '3').map(({ fields }) => fields.id)
    // The carrier is down as well when the server comes back, for a while.
    let refused = 0
    connector.answer = () => (refused++ < 4 ? { status: 503 } : { status: 200 })
    const second = await first.restart()
    await carried.arrived(MESSAGES, second)
    expect(refused).toBeGreaterThan(4)
    const again = connector.calls.filter(({ fields }) => fields.body === '3').map(({ fields }) => fields.id)
    expect(new Set(again)).toEqual(new Set(underWay))
    expect(again.length).toBeGreaterThan(underWay.length)
    carried.resume()
  }, 120_000)
})
