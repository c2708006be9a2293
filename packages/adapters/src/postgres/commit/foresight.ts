import { type Foresight, type Scope, type UserKey, userName } from '@conversa/core'
import type { Ground } from '../postgres-tx.ts'
import { messageTable } from '../tables/message-table.ts'
import { type MemberKey, participantTable } from '../tables/participant-table.ts'
import { serviceTable } from '../tables/service-table.ts'
import { userTable } from '../tables/user-table.ts'
import { inOrder, webhookTable } from '../tables/webhook-table.ts'
import type { FactCache, Member } from './fact-cache.ts'
import type { Item } from './group.ts'
import { sendName } from './known-records.ts'

/** What the works of a group will ask, and how it is answered. */
export interface Foreseen {
  /** Users who act, each once. */
  readonly actors: readonly UserKey[]
  /** They in the conversations, each once. */
  readonly members: readonly Member[]
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
  const users = new Map(actors.map(({ serviceSid, identity }) => [identity, known.get('user', serviceSid, identity)]))
  const missing: MemberKey[] = []
  for (const member of members) {
    const { conversationSid, identity } = member
    if (known.has('participant', conversationSid, identity)) continue
    const found = cache.member(member, users.get(identity))
    if (found) known.set('participant', found, conversationSid, identity)
    else missing.push(member)
  }
  await fetchMembers({ connection, known }, missing)
}

/** One name for a conversation and somebody in it. */
export const memberOf = ({ conversationSid, identity }: MemberKey): Member => ({
  conversationSid,
  identity,
  name: `${conversationSid} ${identity}`,
})

function membersOf(foreseen: readonly Foreseeing[]): Member[] {
  const members: Member[] = []
  const found = new Map<string, Set<string>>()
  for (const { scopes, actor } of foreseen) {
    for (const scope of scopes) {
      if (!('conversation' in scope)) continue
      const { conversation: conversationSid } = scope
      const identities = found.get(conversationSid) ?? new Set()
      if (identities.has(actor.identity)) continue
      found.set(conversationSid, identities.add(actor.identity))
      members.push(memberOf({ conversationSid, identity: actor.identity }))
    }
  }
  return members
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
        known.set('roles', new Map(own.map((role) => [role.sid, role])), sid)
      }
    }),
    Promise.all([serviceTable.find(connection, services), webhookTable.listening(connection, services, [...rooms.keys()])]).then(
      ([records, webhooks]) => {
        for (const sid of services) known.set('service', undefined, sid)
        for (const record of records) {
          known.set('service', record, record.sid)
          const heard = webhooks.filter((one) => one.serviceSid === record.sid || isOfAccount(one, record.accountSid))
          known.set('listening', inOrder(heard, record.sid), record.sid)
          for (const [conversationSid, serviceSid] of rooms) {
            if (serviceSid === record.sid)
              known.set('listening', inOrder(heard, serviceSid, conversationSid), serviceSid, conversationSid)
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
  for (const owner of owners.values()) known.set('answers', false, owner)
  for (const [at, { serviceSid, identity }] of actors.entries()) {
    // A work of the group may have its user locked: what came with the lock is the same, or newer.
    if (!known.has('user', serviceSid, identity)) known.set('user', cached[at], serviceSid, identity)
  }
  for (const { key, user, owns } of changed) {
    known.set('user', user, key.serviceSid, key.identity)
    const owner = owners.get(userName(key))
    if (owner !== undefined) known.set('answers', owns, owner)
  }
}

async function fetchMembers({ connection, known }: Knowing, members: readonly MemberKey[]): Promise<void> {
  if (members.length === 0) return
  const records = await participantTable.findOf(connection, members)
  for (const { conversationSid, identity } of members) known.set('participant', undefined, conversationSid, identity)
  for (const record of records) known.set('participant', record, record.conversationSid, record.identity ?? '')
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
  for (const { conversationSid, author, key } of sends) known.set('message', undefined, conversationSid, sendName(author, key))
  for (const record of records) known.set('message', record, record.conversationSid, sendName(record.author, record.key ?? ''))
}

async function fetchAnswers({ connection, known }: Knowing, foreseen: readonly Foreseeing[]): Promise<void> {
  const answers = foreseen.flatMap(({ answer }) => (answer ? [answer] : []))
  if (answers.length === 0) return
  const rows = await serviceTable.answers(connection, answers)
  for (const { owner, key } of answers) known.set('answer', undefined, owner, key)
  for (const { owner, key, kept } of rows) known.set('answer', kept, owner, key)
}

/** Users, each once. */
export function distinct(keys: readonly UserKey[]): UserKey[] {
  return [...new Map(keys.map((key) => [userName(key), key])).values()]
}
