import { type Foresight, type Scope, type UserKey, type UserRecord, userName } from '@conversa/core'
import type { FactCache } from './fact-cache.ts'
import type { Item } from './group.ts'
import { nameOf } from './known-records.ts'
import { messageTable } from './message-table.ts'
import { type MemberKey, participantTable } from './participant-table.ts'
import type { Ground } from './postgres-tx.ts'
import { serviceTable } from './service-table.ts'
import { userTable } from './user-table.ts'
import { inOrder, webhookTable } from './webhook-table.ts'

/** What the works of a group will ask, and how it is answered. */
export interface Foreseen {
  /** Users who act, each once. */
  readonly actors: readonly UserKey[]
  /** They in the conversations, each once. */
  readonly members: readonly MemberKey[]
  /** What is being fetched together with the locks; a failure of any spoils the transaction. */
  readonly fetched: readonly Promise<unknown>[]
}

type Knowing = Pick<Ground, 'connection' | 'known'>
type Foreseeing = Foresight & { readonly scopes: readonly Scope[] }

/**
 * Fetches what works will probably ask. It is asked after the locks, so that it is as it will stay.
 *
 * @param looksKeysUp whether keys of sends are looked up; otherwise a send takes its own for new
 */
export function foresee(knowing: Knowing, items: readonly Item[], cache: FactCache, looksKeysUp: boolean): Foreseen {
  const foreseen = items.flatMap(({ scopes, foresight }) => (foresight ? [{ scopes, ...foresight }] : []))
  if (foreseen.length === 0) return { actors: [], members: [], fetched: [] }
  const actors = distinct(foreseen.map(({ actor }) => actor))
  const members = membersOf(foreseen)
  const fetched = [
    ...fetchServices(knowing, foreseen),
    fetchUsers(knowing, { actors, owners: ownersOf(foreseen) }, cache),
    fetchMembers(
      knowing,
      members.filter((member) => !cache.expects(member)),
    ),
    fetchAnswers(knowing, foreseen),
  ]
  if (looksKeysUp) fetched.push(fetchSends(knowing, foreseen))
  return { actors, members, fetched }
}

/** Takes over what the cache knows of members, and fetches those that it expected to know and does not. */
export async function recallMembers(
  { connection, known }: Knowing,
  { actors, members }: Foreseen,
  cache: FactCache,
): Promise<void> {
  const users = new Map(actors.map(({ serviceSid, identity }) => [identity, known.get(nameOf.user(serviceSid, identity))]))
  const missing: MemberKey[] = []
  for (const member of members) {
    const name = nameOf.participant(member.conversationSid, member.identity)
    if (known.has(name)) continue
    const found = cache.member(member, users.get(member.identity) as UserRecord | undefined)
    if (found) known.set(name, found)
    else missing.push(member)
  }
  await fetchMembers({ connection, known }, missing)
}

function membersOf(foreseen: readonly Foreseeing[]): MemberKey[] {
  const members = new Map<string, MemberKey>()
  for (const { scopes, actor } of foreseen) {
    for (const scope of scopes) {
      if (!('conversation' in scope)) continue
      const { conversation: conversationSid } = scope
      members.set(nameOf.participant(conversationSid, actor.identity), { conversationSid, identity: actor.identity })
    }
  }
  return [...members.values()]
}

function fetchServices({ connection, known }: Knowing, foreseen: readonly Foreseeing[]): Promise<unknown>[] {
  const services = [...new Set(foreseen.map(({ actor }) => actor.serviceSid))]
  const rooms = new Map<string, string>()
  for (const { scopes, actor } of foreseen) {
    for (const scope of scopes) if ('conversation' in scope) rooms.set(scope.conversation, actor.serviceSid)
  }
  return [
    serviceTable.roles(connection, services).then((roles) => {
      for (const sid of services) {
        const own = roles.filter(({ serviceSid }) => serviceSid === sid)
        known.set(nameOf.roles(sid), new Map(own.map((role) => [role.sid, role])))
      }
    }),
    Promise.all([serviceTable.find(connection, services), webhookTable.listening(connection, services, [...rooms.keys()])]).then(
      ([records, webhooks]) => {
        for (const sid of services) known.set(nameOf.service(sid), undefined)
        for (const record of records) {
          known.set(nameOf.service(record.sid), record)
          const heard = webhooks.filter((one) => one.serviceSid === record.sid || isOfAccount(one, record.accountSid))
          known.set(nameOf.listening(record.sid), inOrder(heard, record.sid))
          for (const [conversationSid, serviceSid] of rooms) {
            if (serviceSid === record.sid)
              known.set(nameOf.listening(serviceSid, conversationSid), inOrder(heard, serviceSid, conversationSid))
          }
        }
      },
    ),
  ]
}

const isOfAccount = (webhook: { serviceSid: string | null; accountSid: string }, accountSid: string) =>
  webhook.serviceSid === null && webhook.accountSid === accountSid

/** Under what answers of users may be kept that their works ask for, by the names of the users. */
function ownersOf(foreseen: readonly Foreseeing[]): ReadonlyMap<string, string> {
  const asked = foreseen.flatMap(({ actor, mayOwn }) => (mayOwn === undefined ? [] : [[userName(actor), mayOwn] as const]))
  return new Map(asked)
}

interface AskedUsers {
  readonly actors: readonly UserKey[]
  readonly owners: ReadonlyMap<string, string>
}

/** Of users who are known only those come who have changed. */
async function fetchUsers({ connection, known }: Knowing, { actors, owners }: AskedUsers, cache: FactCache): Promise<void> {
  const cached = actors.map((key) => cache.user(key))
  const changed = await userTable.changed(
    connection,
    actors,
    cached.map((user) => user?.revision ?? null),
    actors.map((key) => owners.get(userName(key)) ?? null),
  )
  for (const owner of owners.values()) known.set(nameOf.answers(owner), false)
  for (const [at, { serviceSid, identity }] of actors.entries()) {
    // A work of the group may have its user locked: what came with the lock is the same, or newer.
    if (!known.has(nameOf.user(serviceSid, identity))) known.set(nameOf.user(serviceSid, identity), cached[at])
  }
  for (const { key, user, owns } of changed) {
    known.set(nameOf.user(key.serviceSid, key.identity), user)
    const owner = owners.get(userName(key))
    if (owner !== undefined) known.set(nameOf.answers(owner), owns)
  }
}

async function fetchMembers({ connection, known }: Knowing, members: readonly MemberKey[]): Promise<void> {
  if (members.length === 0) return
  const records = await participantTable.findOf(connection, members)
  for (const { conversationSid, identity } of members) known.set(nameOf.participant(conversationSid, identity), undefined)
  for (const record of records) known.set(nameOf.participant(record.conversationSid, record.identity ?? ''), record)
}

async function fetchSends({ connection, known }: Knowing, foreseen: readonly Foreseeing[]): Promise<void> {
  const sends = foreseen.flatMap(({ scopes, actor, send }) =>
    scopes.flatMap((scope) =>
      'conversation' in scope && send !== undefined
        ? [{ conversationSid: scope.conversation, author: actor.identity, key: send }]
        : [],
    ),
  )
  if (sends.length === 0) return
  const records = await messageTable.findByKeys(connection, sends)
  for (const { conversationSid, author, key } of sends) known.set(nameOf.message(conversationSid, author, key), undefined)
  for (const record of records) known.set(nameOf.message(record.conversationSid, record.author, record.key ?? ''), record)
}

async function fetchAnswers({ connection, known }: Knowing, foreseen: readonly Foreseeing[]): Promise<void> {
  const answers = foreseen.flatMap(({ answer }) => (answer ? [answer] : []))
  if (answers.length === 0) return
  const rows = await serviceTable.answers(connection, answers)
  for (const { owner, key } of answers) known.set(nameOf.answer(owner, key), undefined)
  for (const { owner, key, kept } of rows) known.set(nameOf.answer(owner, key), kept)
}

/** Users, each once. */
export function distinct(keys: readonly UserKey[]): UserKey[] {
  return [...new Map(keys.map((key) => [nameOf.user(key.serviceSid, key.identity), key])).values()]
}
