import type { Core, Reads, Scope, Store, Tx } from '@conversa/core'
import { altered } from './altered.ts'
import type { Sabotage } from './node.ts'
import { SeededRandom } from './random.ts'
import type { WorldOptions } from './world.ts'

/** A bug that a careless change could bring, and the store on which it shows. */
export interface SeededBug {
  readonly name: string
  readonly store: WorldOptions['store']
  /** What the judge says of it. */
  readonly shows: RegExp
  readonly sabotage: () => Sabotage
}

/** A store whose transactions see an altered `Tx`. */
function withTx(alter: (tx: Tx) => Partial<Tx>): NonNullable<Sabotage['store']> {
  return (store) =>
    altered<Store>(store, {
      read: (work) => store.read((reads) => work(altered<Reads>(reads, alter(reads as Tx)))),
      transact: (scopes: readonly Scope[], work: (tx: Tx) => never) =>
        store.transact(scopes, (tx) => work(altered(tx, alter(tx)))),
    })
}

const acknowledgesBeforeTheCommit: NonNullable<Sabotage['store']> = (store) =>
  altered<Store>(store, {
    transact: <T>(scopes: readonly Scope[], work: (tx: Tx) => T | Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const early = async (tx: Tx) => {
          const result = await work(tx)
          resolve(result)
          return result
        }
        store.transact(scopes, early).catch(reject)
      }),
  })

function withCore(alter: (core: Core) => Partial<Core>): NonNullable<Sabotage['core']> {
  return (core) => altered(core, alter(core))
}

/** The bugs that the simulation must find, each by itself. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'acknowledges and publishes before the commit',
    store: 'sqlite',
    shows: /^I[178]/,
    sabotage: () => ({ store: acknowledgesBeforeTheCommit }),
  },
  {
    name: 'forgets the keys of sends',
    store: 'memory',
    shows: /^I[23]/,
    sabotage: () => ({ incoming: (text) => (text.includes('message.send') ? text.replace(/,"key":"[^"]*"/, '') : text) }),
  },
  {
    name: 'sees a new key in every retry',
    store: 'memory',
    shows: /^I[23]/,
    sabotage: () => {
      let count = 0
      return {
        incoming: (text) => (text.includes('message.send') ? text.replace(/"key":"[^"]*"/, () => `"key":"k${count++}"`) : text),
      }
    },
  },
  {
    name: 'resumes one revision too late',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({
      store: withTx((tx) => ({
        conversationEvents: async (conversation, after, limit) => {
          const events = await tx.conversationEvents(conversation, after, limit)
          return after === 0 ? events : events?.slice(1)
        },
      })),
    }),
  },
  {
    name: 'leaves edits out of a delta',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({
      store: withTx((tx) => ({
        conversationEvents: async (conversation, after, limit) =>
          (await tx.conversationEvents(conversation, after, limit))?.filter(
            ({ type }) => after === 0 || type !== 'message.updated',
          ),
      })),
    }),
  },
  {
    name: 'says nothing of memberships that changed meanwhile',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({
      core: withCore((core) => ({
        catchUpUser: async (key, after) => {
          const { news, ...current } = await core.catchUpUser(key, after)
          return { ...current, news: 'delta' in news ? { delta: [], revision: news.revision } : news }
        },
      })),
    }),
  },
  {
    name: 'counts removed messages',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({
      store: withTx((tx) => ({
        saveConversation: (record) => {
          const before = tx.conversation(record.serviceSid, record.sid) as typeof record | undefined
          tx.saveConversation({ ...record, messagesCount: Math.max(record.messagesCount, before?.messagesCount ?? 0) })
        },
      })),
    }),
  },
  {
    name: 'counts tombstones as unread',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({ store: withTx(() => ({ tombstonesAbove: () => 0 })) }),
  },
  {
    name: 'lowers a horizon by advancing it',
    store: 'memory',
    shows: /^I9/,
    sabotage: () => ({ incoming: (text) => text.replace(',"advance":true', '') }),
  },
  {
    name: 'tells a wrong unread count',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => ({
      outgoing: (text) =>
        text.replace(/"unread":(\d+),"dateUpdated"/, (_, count) => `"unread":${Number(count) + 1},"dateUpdated"`),
    }),
  },
  {
    name: 'loses a message of a group now and then',
    store: 'memory',
    shows: /^I8/,
    sabotage: () => {
      const random = new SeededRandom(7)
      return { store: withTx((tx) => ({ addMessage: (record) => (random.chance(0.02) ? undefined : tx.addMessage(record)) })) }
    },
  },
  {
    name: 'gives the index of a removed message again',
    store: 'memory',
    shows: /^I15 not at rest/,
    sabotage: () => ({
      store: withTx((tx) => ({
        saveConversation: (record) => {
          const before = tx.conversation(record.serviceSid, record.sid) as typeof record | undefined
          const shrunk = before !== undefined && record.messagesCount < before.messagesCount
          tx.saveConversation(shrunk ? { ...record, nextIndex: (record.lastMessage?.index ?? -1) + 1 } : record)
        },
      })),
    }),
  },
]
