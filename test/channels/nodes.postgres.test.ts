import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Carried, PEOPLE } from './carried.ts'

const MESSAGES = 8

withPostgres(() =>
  describe('two nodes with messages to phones under way', () => {
    test.each([0, 1])(
      'of which number %i is killed: the other one goes on, and everybody gets everything in order',
      async (killed) => {
        const { url, free } = await testSchema()
        onTestFinished(free)
        const carried = await Carried.begin(2, { CONVERSA_DATABASE_URL: url })
        carried.hangFrom(3)
        await carried.send(MESSAGES)
        await vi.waitFor(() => expect(PEOPLE.map((person) => carried.reached(person))).toEqual(PEOPLE.map(() => [0, 1, 2, 3])), {
          timeout: 30_000,
        })
        // One node at a time sends for an address: nobody got anything twice.
        expect(carried.connector.calls).toHaveLength(4 * PEOPLE.length)
        await carried.servers[killed]?.kill9()
        carried.resume()
        const left = carried.servers[1 - killed]
        if (!left) throw new Error('there is no server')
        await carried.arrived(MESSAGES, left)
      },
      120_000,
    )
  }),
)
