import { type Awaitable, type Foresight, type Scope, type Tx, type UserKey, userName } from '@conversa/core'
import { type Connection, prepared } from '../connection.ts'
import { KeyTaken } from '../failures.ts'
import { type Ground, PostgresTx } from '../postgres-tx.ts'
import { conversationTable, type Locks } from '../tables/conversation-table.ts'
import { messageTable, type SendKey } from '../tables/message-table.ts'
import { userTable } from '../tables/user-table.ts'
import type { FactCache, Member } from './fact-cache.ts'
import { distinct, type Foreseen, foresee, memberOf, recallMembers } from './foresight.ts'
import { KnownRecords } from './known-records.ts'
import { allOf, WriteBuffer } from './write-buffer.ts'

/** One work that waits for its turn. */
export interface Item {
  readonly scopes: readonly Scope[]
  readonly foresight: Foresight | undefined
  readonly work: (tx: Tx) => Awaitable<unknown>
}

/** How a work ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Pairs of addresses and settings are no rows: their names are locked. In one order, as all scopes are. */
const LOCK_NAMES = prepared(
  'lock names',
  'SELECT pg_advisory_xact_lock(name) FROM (SELECT DISTINCT hashtextextended(unnest($1::text[]), 0) AS name ORDER BY 1) names',
)

/** What groups of one node share, and how a group is run. */
export interface GroupOptions {
  readonly cache: FactCache
  /** Whether keys of sends are looked up first; otherwise they are taken for new, and the group fails when one is not. */
  readonly looksKeysUp: boolean
  /** Hears that from now on something may be committed. */
  readonly committing: () => void
}

/**
 * Runs works in one transaction, one after another. It takes two round trips, however many works there are, when they ask for nothing
 * that was not foreseen: their scopes are locked and what they will ask is fetched in one, what they wrote goes out in the other.
 *
 * @returns how each work ended; all that succeeded is committed
 * @throws when a statement failed, or a work threw when some of what it wrote had gone out: then nothing is committed
 */
export async function runGroup(
  connection: Connection,
  items: readonly Item[],
  { cache, looksKeysUp, committing }: GroupOptions,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly leavesRows: boolean }> {
  const known = new KnownRecords()
  const ground: Ground = { connection, writes: new WriteBuffer(), known, changedMembers: [], leavesRows: false }
  const begun = connection.run('BEGIN')
  const { conversations, others } = lock(ground, items)
  const foreseen = foresee(ground, items, cache, looksKeysUp)
  await allOf([begun, conversations, ...others, ...foreseen.fetched])
  const locks = await conversations
  for (const one of locks.locked) cache.locked(one)
  await recallMembers(ground, foreseen, cache)
  const outcomes: Outcome[] = []
  const doubtful: SendKey[] = []
  for (const item of items) outcomes.push(await runWork(ground, item, looksKeysUp ? undefined : doubtful))
  if (doubtful.length > 0 && (await messageTable.findByKeys(connection, doubtful)).length > 0) throw new KeyTaken()
  committing()
  await allOf([ground.writes.send(connection), connection.run('COMMIT')])
  remember(ground, { locks, foreseen, cache })
  return { outcomes, leavesRows: ground.leavesRows }
}

/** @param doubtful takes the key of a send that was taken for new and came to no message; undefined when none is taken for new */
async function runWork(ground: Ground, { work, foresight }: Item, doubtful: SendKey[] | undefined): Promise<Outcome> {
  const tx = new PostgresTx(ground, doubtful && foresight?.send)
  try {
    const value = await work(tx)
    // Whoever may not send any more may have sent it long ago, and is to get the answer of then.
    if (tx.doubtful) doubtful?.push(tx.doubtful)
    tx.finish()
    return { value }
  } catch (error) {
    if (tx.hasSent || tx.hasFailed) throw error
    tx.undo()
    return { error }
  }
}

const NO_LOCKS: Locks = { locked: [], transaction: undefined }

interface Locking {
  readonly conversations: Promise<Locks>
  readonly others: readonly Promise<unknown>[]
}

/** Conversations first, then users, then the others, each in one order. */
function lock({ connection, known }: Ground, items: readonly Item[]): Locking {
  const scopes = items.flatMap((item) => item.scopes)
  const sids = [...new Set(scopes.flatMap((scope) => ('conversation' in scope ? [scope.conversation] : [])))]
  const users = distinct(scopes.flatMap((scope) => ('user' in scope ? [scope.user] : [])))
  const names = scopes.flatMap((scope) => ('conversation' in scope || 'user' in scope ? [] : [nameOfOther(scope)]))
  for (const sid of sids) known.set('conversation', undefined, sid)
  const conversations = sids.length > 0 ? conversationTable.lock(connection, sids) : Promise.resolve(NO_LOCKS)
  const others: Promise<unknown>[] = [
    conversations.then(({ locked }) => {
      for (const { record } of locked) known.set('conversation', record, record.sid)
    }),
  ]
  if (users.length > 0) {
    others.push(
      userTable.lock(connection, users).then((records) => {
        for (const { serviceSid, identity } of users) known.set('user', undefined, serviceSid, identity)
        for (const record of records) known.set('user', record, record.serviceSid, record.identity)
      }),
    )
  }
  if (names.length > 0) others.push(connection.rows(LOCK_NAMES, [names]))
  return { conversations, others }
}

/** What was committed is remembered: the conversations are as this node left them until somebody else writes them. */
function remember(
  { known, changedMembers }: Ground,
  { locks, foreseen, cache }: { locks: Locks; foreseen: Foreseen; cache: FactCache },
): void {
  for (const { record, version } of locks.locked) {
    const after = known.get('conversation', record.sid)
    cache.left(record.sid, after === undefined ? undefined : after === record ? version : locks.transaction)
  }
  const services = new Map(foreseen.actors.map(({ serviceSid, identity }) => [identity, serviceSid]))
  const userOf = (identity: string) => known.get('user', services.get(identity) ?? '', identity)
  for (const { identity } of foreseen.actors) {
    const user = userOf(identity)
    if (user) cache.rememberUser(user)
  }
  const rememberMember = (member: Member) => {
    const participant = known.get('participant', member.conversationSid, member.identity)
    cache.rememberMember(member, participant, userOf(member.identity))
  }
  for (const key of changedMembers) rememberMember(memberOf(key))
  for (const member of foreseen.members) rememberMember(member)
}

/** The name of what is no row that can be locked. */
function nameOfOther(scope: Exclude<Scope, { conversation: string } | { user: UserKey }>): string {
  if ('settings' in scope) return 'settings'
  const { address, proxyAddress } = scope.addresses
  return JSON.stringify([address, proxyAddress])
}

/** Names of the scopes of a work, the same for the same scope. Works without one keep their order among themselves. */
export function scopeNames(scopes: readonly Scope[]): readonly string[] {
  if (scopes.length === 0) return ['']
  return scopes.map((scope) => {
    if ('conversation' in scope) return `conversation ${scope.conversation}`
    return 'user' in scope ? userName(scope.user) : nameOfOther(scope)
  })
}
