import { DatabaseSync } from 'node:sqlite'
import { openSqliteInventory } from '@conversa/adapters/sqlite'
import type { Inventory, Reads, Rows } from '@conversa/core'

/** What can be asked for, and listed by no read. */
export interface Unlisted {
  readonly answers: readonly { readonly owner: string; readonly key: string }[]
  readonly optOutAnswers: readonly { readonly accountSid: string; readonly address: string; readonly proxyAddress: string }[]
  readonly optOuts: readonly { readonly accountSid: string; readonly address: string; readonly proxyAddress: string }[]
}

/** @param path a file of SQLite that nobody writes to */
export function unlistedIn(path: string): Unlisted {
  using database = new DatabaseSync(path)
  const rows = (sql: string) => database.prepare(sql).all() as never
  return {
    answers: rows('SELECT owner, key FROM answers'),
    optOutAnswers: rows('SELECT account_sid AS accountSid, address, proxy_address AS proxyAddress FROM opt_out_answers'),
    optOuts: rows('SELECT account_sid AS accountSid, address, proxy_address AS proxyAddress FROM opt_outs'),
  }
}

/** The same of a file of SQLite. */
export async function everythingInFile(path: string, unlisted = unlistedIn(path)): Promise<object> {
  using inventory = openSqliteInventory(path)
  return await everythingIn(inventory, unlisted)
}

async function all<Row>(rows: Rows<Row>): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}

const bySid = (one: { sid: string }, other: { sid: string }) => (one.sid < other.sid ? -1 : 1)
const LIMIT = 1e9
const TYPES = ['fcm', 'apn'] as const

/**
 * All that a store holds, as its reads tell it and in an order of its own: the same from whichever store.
 *
 * @param unlisted what to ask for besides
 */
export async function everythingIn(inventory: Inventory, { answers: keys, optOuts, optOutAnswers }: Unlisted): Promise<object> {
  const { reads } = inventory
  const services = (await all(inventory.services())).sort(bySid)
  const accounts = [...new Set(services.map(({ accountSid }) => accountSid))].sort()
  const users = (await all(inventory.users())).sort(bySid)
  const conversations = (await all(inventory.conversations())).sort(bySid)
  const answers = await Promise.all(keys.map(async ({ owner, key }) => ({ owner, key, ...(await reads.answer(owner, key)) })))
  return {
    services: await Promise.all(services.map(async (service) => ({ service, ...(await ofService(reads, service.sid)) }))),
    accounts: await Promise.all(accounts.map((sid) => ofAccount(reads, sid))),
    users: await Promise.all(users.map(async (user) => ({ user, events: await reads.userEvents(user, 0, LIMIT) }))),
    memberships: await Promise.all(users.map((user) => reads.memberships(user, undefined, LIMIT))),
    departed: await Promise.all(services.map(({ sid }) => reads.departedRevision({ serviceSid: sid, identity: 'who left' }))),
    conversations: await Promise.all(
      conversations.map(async (conversation) => ({
        conversation,
        participants: (await all(inventory.participants(conversation))).sort(bySid),
        messages: await ofMessages(inventory, conversation.sid, await all(inventory.messages(conversation))),
        events: await reads.conversationEvents(conversation, 0, LIMIT),
        webhooks: await reads.conversationWebhooks(conversation.sid),
        listening: await reads.listening(conversation.serviceSid, conversation.sid),
        named: conversation.uniqueName && (await reads.conversationByName(conversation.serviceSid, conversation.uniqueName)),
      })),
    ),
    due: await reads.conversationsDue(LIMIT, LIMIT),
    media: (await all(inventory.media())).sort(bySid),
    answers,
    optOuts: await Promise.all(optOuts.map((one) => reads.optOut(one.accountSid, one))),
    optOutAnswers: await Promise.all(optOutAnswers.map((one) => reads.optOutAnswer(one.accountSid, one, 'out'))),
    channelParts: await reads.channelParts('sms'),
    outbox: await ofOutbox(reads),
  }
}

async function ofService(reads: Reads, sid: string) {
  return {
    roles: [...(await reads.roles(sid))].sort(),
    conversations: await reads.conversations(sid, { limit: LIMIT }),
    registrations: await Promise.all(
      TYPES.map((type) => reads.servicePushRegistrations(sid, { channelTypes: [type], limit: LIMIT })),
    ),
    webhooks: await reads.listening(sid, undefined),
  }
}

async function ofAccount(reads: Reads, sid: string) {
  return {
    account: await reads.account(sid),
    addresses: await reads.addressConfigurations(sid, { limit: LIMIT }),
    credentials: await reads.pushCredentials(sid, undefined, LIMIT),
    templates: await reads.contentTemplates(sid, undefined, LIMIT),
  }
}

function ofMessages({ reads }: Inventory, conversationSid: string, messages: readonly { readonly index: number }[]) {
  return Promise.all(
    messages.map(async (message) => ({ message, receipts: await reads.receipts(conversationSid, message.index) })),
  )
}

async function ofOutbox(reads: Reads) {
  const queues = [...(await reads.outboxQueues())].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  return {
    waiting: await Promise.all(queues.map(async (queue) => ({ queue, entries: await reads.outboxEntries(queue, LIMIT) }))),
    counts: await Promise.all((['webhook', 'channel'] as const).map((kind) => reads.outboxCounts(kind))),
    dead: await reads.deadEntries(0, LIMIT),
  }
}
