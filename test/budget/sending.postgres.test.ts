import { openPostgresStore } from '@conversa/adapters/postgres'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { CoreWorld, type Person } from '@conversa/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { CountingLink, type Crossed } from './counting-link.ts'

/*
 * What a group of sends may ask of PostgreSQL, in counts and not in times. Who makes it cheaper sets them lower.
 */

const GROUP = 50
const BODY = 'x'.repeat(100)

/** Two members of one conversation, who have sent before, on a store whose way to the database is counted. */
async function room() {
  const { url, free } = await testSchema()
  onTestFinished(free)
  const link = await CountingLink.begin(url)
  onTestFinished(() => link[Symbol.asyncDispose]())
  const world = await CoreWorld.begin(() => openPostgresStore({ url: link.url, connections: 2 }))
  const [anna, ben] = [await world.user('anna'), await world.user('ben')]
  const conversationSid = await anna.converse()
  await anna.add(conversationSid, ben)
  let sent = 0
  const send = (person: Person) => person.send(conversationSid, BODY, `key${String(++sent).padStart(6, '0')}`)
  /** Sends some at once. @returns what that took */
  const group = async (size: number): Promise<Crossed> => {
    const before = { ...link.crossed }
    await Promise.all(Array.from({ length: size }, (_, at) => send(at % 2 ? anna : ben)))
    const { statements, roundTrips, bytes } = link.crossed
    return {
      statements: statements - before.statements,
      roundTrips: roundTrips - before.roundTrips,
      bytes: bytes - before.bytes,
    }
  }
  // The connection has prepared its statements, and who is in the conversation is known.
  for (let warm = 0; warm < 3; warm++) await group(2)
  return { group }
}

withPostgres(() => {
  test('a group of sends is ten statements and two round trips, however many there are', async () => {
    const { group } = await room()
    for (const size of [1, GROUP]) {
      const { statements, roundTrips } = await group(size)
      expect(statements).toBeLessThanOrEqual(10)
      // The network may cut what goes out at once.
      expect(roundTrips).toBeLessThanOrEqual(3)
    }
  })

  test('a send is the text and not more than 170 bytes about it, beside what its group has in common', async () => {
    const { group } = await room()
    const [one, many] = [await group(2), await group(2 + GROUP)]
    expect((many.bytes - one.bytes) / GROUP - BODY.length).toBeLessThanOrEqual(170)
    expect(one.bytes).toBeLessThanOrEqual(7_500)
  })
})
