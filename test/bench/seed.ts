import { join } from 'node:path'
import { openSqliteStore } from '@conversa/adapters/sqlite'
import type { Actor, Core, Store } from '@conversa/core'
import { createCore } from 'conversa'
import { TENANT } from './tenant.ts'

/** Users in rooms: everybody is in as many, and every room has as many members. */
export interface Rooms {
  readonly users: number
  readonly rooms: number
  readonly members: number
}

/** Commands under way at once while data is made: as many as a group of commits takes well. */
const AT_ONCE = 500
const BACK_END: Actor = { kind: 'back-end', serviceSid: TENANT.CONVERSA_SERVICE_SID, identity: 'system' }

/** A text of a usual length. */
export const BODY = 'a message of a usual length, which says what such messages say to those who read them, and no more'

export const identityOf = (user: number) => `user${String(user).padStart(5, '0')}`

/** The users of a room: neighbours in every first room of somebody, farther and farther apart in their others. */
function membersOf(room: number, { users, members }: Rooms): number[] {
  const perRound = users / members
  const [round, place] = [Math.floor(room / perRound), room % perRound]
  return Array.from({ length: members }, (_, at) => (place + at * perRound + ((round * at) % perRound)) % users)
}

/** Runs some works, not too many at once. */
async function inTurn(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, more) => work(at + more)))
  }
}

/** Opens a core on an SQLite file of a data folder, as the server will find it, and closes it afterwards. */
export async function withCore<T>(data: string, work: (core: Core) => Promise<T>): Promise<T> {
  return onStore(openSqliteStore({ path: join(data, 'conversa.db') }), work)
}

/** The same on any store. */
export async function onStore<T>(store: Store, work: (core: Core) => Promise<T>): Promise<T> {
  try {
    const core = createCore(store)
    await core.ensureService({
      sid: TENANT.CONVERSA_SERVICE_SID,
      accountSid: TENANT.CONVERSA_ACCOUNT_SID,
      friendlyName: 'of a measurement',
    })
    return await work(core)
  } finally {
    await store.close()
  }
}

async function make(core: Core, friendlyName: string): Promise<string> {
  const answer = await core.execute(BACK_END, { type: 'conversation.create', friendlyName })
  if (!('conversation' in answer)) throw new Error('unable to make a conversation')
  return answer.conversation.sid
}

/**
 * Makes rooms with their members.
 *
 * @returns the SIDs of the rooms of each user
 */
export async function makeRooms(core: Core, rooms: Rooms): Promise<string[][]> {
  const ofUsers = Array.from({ length: rooms.users }, (): string[] => [])
  await inTurn(rooms.rooms, async (number) => {
    const conversationSid = await make(core, `room ${number}`)
    for (const user of membersOf(number, rooms)) {
      await core.execute(BACK_END, { type: 'participant.add', conversationSid, identity: identityOf(user) })
      ofUsers[user]?.push(conversationSid)
    }
  })
  return ofUsers
}

/** Makes one conversation of one user with some messages. @returns its SID */
export async function makeHistory(core: Core, user: number, messages: number): Promise<string> {
  const conversationSid = await make(core, `${messages} messages`)
  await core.execute(BACK_END, { type: 'participant.add', conversationSid, identity: identityOf(user) })
  await inTurn(messages, () => core.execute(BACK_END, { type: 'message.send', conversationSid, body: BODY }))
  return conversationSid
}
