import type { AddressPair, Awaitable, Foresight, Scope, Tx, UserKey } from '@conversa/core'
import { type Connection, prepared } from './connection.ts'
import { conversationTable } from './conversation-table.ts'
import { KnownRecords, nameOf } from './known-records.ts'
import { messageTable } from './message-table.ts'
import { participantTable } from './participant-table.ts'
import { type Ground, PostgresTx } from './postgres-tx.ts'
import { serviceTable } from './service-table.ts'
import { userTable } from './user-table.ts'
import { inOrder, webhookTable } from './webhook-table.ts'
import { allOf, WriteBuffer } from './write-buffer.ts'

/** One work that waits for its turn. */
export interface Item {
  readonly scopes: readonly Scope[]
  readonly foresight: Foresight | undefined
  readonly work: (tx: Tx) => Awaitable<unknown>
}

/** How a work ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** A pair of addresses has no row: its name is locked. In one order, as all scopes are. */
const LOCK_ADDRESSES = prepared(
  'addresses lock',
  'SELECT pg_advisory_xact_lock(name) FROM (SELECT DISTINCT hashtextextended(unnest($1::text[]), 0) AS name ORDER BY 1) names',
)

/**
 * Runs works in one transaction, one after another. It takes two round trips, however many works there are, when they ask for nothing
 * that was not foreseen: their scopes are locked and what they will ask is fetched in one, what they wrote goes out in the other.
 *
 * @param committing hears that from now on something may be committed
 * @returns how each work ended; all that succeeded is committed
 * @throws when a statement failed, or a work threw when some of what it wrote had gone out: then nothing is committed
 */
export async function runGroup(
  connection: Connection,
  items: readonly Item[],
  committing: () => void,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly leavesRows: boolean }> {
  const ground: Ground = { connection, writes: new WriteBuffer(), known: new KnownRecords(), leavesRows: false }
  await allOf([connection.run('BEGIN'), ...lock(ground, items), ...foresee(ground, items)])
  const outcomes: Outcome[] = []
  for (const { work } of items) outcomes.push(await runWork(ground, work))
  committing()
  await allOf([ground.writes.send(connection), connection.run('COMMIT')])
  return { outcomes, leavesRows: ground.leavesRows }
}

async function runWork(ground: Ground, work: Item['work']): Promise<Outcome> {
  const tx = new PostgresTx(ground)
  try {
    const value = await work(tx)
    tx.finish()
    return { value }
  } catch (error) {
    if (tx.hasSent || tx.hasFailed) throw error
    return { error }
  }
}

/** Conversations first, then users, then addresses, each in one order. */
function lock({ connection, known }: Ground, items: readonly Item[]): Promise<unknown>[] {
  const scopes = items.flatMap((item) => item.scopes)
  const sids = [...new Set(scopes.flatMap((scope) => ('conversation' in scope ? [scope.conversation] : [])))]
  const users = distinct(scopes.flatMap((scope) => ('user' in scope ? [scope.user] : [])))
  const addresses = scopes.flatMap((scope) => ('addresses' in scope ? [addressName(scope.addresses)] : []))
  const locked: Promise<unknown>[] = []
  if (sids.length > 0) {
    for (const sid of sids) known.set(nameOf.conversation(sid), undefined)
    const found = conversationTable.lock(connection, sids)
    locked.push(found.then((records) => records.map((record) => known.set(nameOf.conversation(record.sid), record))))
  }
  if (users.length > 0) locked.push(knowUsers(known, users, userTable.lock(connection, users)))
  if (addresses.length > 0) locked.push(connection.rows(LOCK_ADDRESSES, [addresses]))
  return locked
}

/** What was foreseen comes after the locks, so that it is as it will stay. */
function foresee({ connection, known }: Ground, items: readonly Item[]): Promise<unknown>[] {
  const foreseen = items.flatMap(({ scopes, foresight }) => (foresight ? [{ scopes, ...foresight }] : []))
  if (foreseen.length === 0) return []
  const rooms = foreseen.flatMap(({ scopes, actor, send }) =>
    scopes.flatMap((scope) => ('conversation' in scope ? [{ conversationSid: scope.conversation, ...actor, send }] : [])),
  )
  const services = [...new Set(foreseen.map(({ actor }) => actor.serviceSid))]
  const fetched = [...fetchServices({ connection, known }, services, rooms), ...fetchMembers({ connection, known }, rooms)]
  const actors = distinct(foreseen.map(({ actor }) => actor))
  fetched.push(knowUsers(known, actors, userTable.find(connection, actors)))
  const answers = foreseen.flatMap(({ answer }) => (answer ? [answer] : []))
  if (answers.length > 0) {
    for (const { owner, key } of answers) known.set(nameOf.answer(owner, key), undefined)
    const found = serviceTable.answers(connection, answers)
    fetched.push(found.then((rows) => rows.map(({ owner, key, kept }) => known.set(nameOf.answer(owner, key), kept))))
  }
  return fetched
}

interface Room extends UserKey {
  readonly conversationSid: string
  readonly send: string | undefined
}

type Knowing = Pick<Ground, 'connection' | 'known'>

function fetchServices({ connection, known }: Knowing, services: readonly string[], rooms: readonly Room[]): Promise<unknown>[] {
  const conversations = [...new Set(rooms.map(({ conversationSid }) => conversationSid))]
  return [
    serviceTable.roles(connection, services).then((roles) => {
      for (const sid of services) {
        const own = roles.filter(({ serviceSid }) => serviceSid === sid)
        known.set(nameOf.roles(sid), new Map(own.map((role) => [role.sid, role])))
      }
    }),
    Promise.all([serviceTable.find(connection, services), webhookTable.listening(connection, services, conversations)]).then(
      ([records, webhooks]) => {
        for (const sid of services) known.set(nameOf.service(sid), undefined)
        for (const record of records) {
          known.set(nameOf.service(record.sid), record)
          const heard = webhooks.filter((one) => one.serviceSid === record.sid || isOfAccount(one, record.accountSid))
          known.set(nameOf.listening(record.sid), inOrder(heard, record.sid))
          for (const { serviceSid, conversationSid } of rooms) {
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

function fetchMembers({ connection, known }: Knowing, rooms: readonly Room[]): Promise<unknown>[] {
  if (rooms.length === 0) return []
  for (const { conversationSid, identity } of rooms) known.set(nameOf.participant(conversationSid, identity), undefined)
  const members = participantTable.findOf(connection, rooms).then((records) => {
    for (const record of records) known.set(nameOf.participant(record.conversationSid, record.identity ?? ''), record)
  })
  const sends = rooms.flatMap(({ conversationSid, identity, send }) =>
    send === undefined ? [] : [{ conversationSid, author: identity, key: send }],
  )
  if (sends.length === 0) return [members]
  for (const { conversationSid, author, key } of sends) known.set(nameOf.message(conversationSid, author, key), undefined)
  const sent = messageTable.findByKeys(connection, sends).then((records) => {
    for (const record of records) known.set(nameOf.message(record.conversationSid, record.author, record.key ?? ''), record)
  })
  return [members, sent]
}

async function knowUsers(known: KnownRecords, keys: readonly UserKey[], found: ReturnType<typeof userTable.find>): Promise<void> {
  const records = await found
  for (const { serviceSid, identity } of keys) known.set(nameOf.user(serviceSid, identity), undefined)
  for (const record of records) known.set(nameOf.user(record.serviceSid, record.identity), record)
}

function distinct(keys: readonly UserKey[]): UserKey[] {
  return [...new Map(keys.map((key) => [nameOf.user(key.serviceSid, key.identity), key])).values()]
}

const addressName = ({ address, proxyAddress }: AddressPair) => JSON.stringify([address, proxyAddress])

/** Names of the scopes of a work, the same for the same scope. Works without one keep their order among themselves. */
export function scopeNames(scopes: readonly Scope[]): readonly string[] {
  if (scopes.length === 0) return ['']
  return scopes.map((scope) => {
    if ('conversation' in scope) return nameOf.conversation(scope.conversation)
    return 'user' in scope ? nameOf.user(scope.user.serviceSid, scope.user.identity) : addressName(scope.addresses)
  })
}
