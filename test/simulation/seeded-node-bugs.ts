import type { Bus, BusMessage, Core, Reads, Store } from '@conversa/core'
import { altered } from './altered.ts'
import { type Sabotage, SERVICE_SID } from './node.ts'
import type { SharedDatabase } from './shared-database.ts'

/** A bug that shows where several nodes share a database. */
export interface SeededNodeBug {
  readonly name: string
  /** What the judge says of it. */
  readonly shows: RegExp
  readonly sabotage: () => Sabotage
}

/** A bus whose messages are changed on their way in. */
const hearing = (bus: Bus, alter: (messages: readonly BusMessage[]) => readonly BusMessage[]): Bus =>
  altered<Bus>(bus, { subscribe: (hear) => bus.subscribe((messages) => hear(alter(messages))) })

/** The same on their way out. */
const saying = (bus: Bus, alter: (messages: readonly BusMessage[]) => readonly BusMessage[]): Bus =>
  altered<Bus>(bus, { publish: (messages) => bus.publish(alter(messages)) })

const withFeed = (store: Store, poll: NonNullable<Store['feed']>['poll']): Store => altered<Store>(store, { feed: { poll } })

/** Reads of a log, except of a whole one, which is the judge's. */
function withLog(store: Store, alter: (found: Awaited<ReturnType<Reads['conversationEvents']>>) => typeof found): Store {
  return altered<Store>(store, {
    read: (work) =>
      store.read((reads) =>
        work(
          altered<Reads>(reads, {
            conversationEvents: async (conversation, after, limit) => {
              const found = await reads.conversationEvents(conversation, after, limit)
              return after === 0 ? found : alter(found)
            },
          }),
        ),
      ),
  })
}

const hintsAreTakenForAllThatHappened = (): Sabotage => {
  let hinted = new Set<string>()
  const nameOf = (conversationSid: string, revision: number) => `${conversationSid} ${revision}`
  return {
    store: (store) => {
      const known = new Set<string>()
      hinted = known
      return withLog(store, (found) =>
        found?.filter(({ conversationSid, revision }) => known.has(nameOf(conversationSid, revision))),
      )
    },
    bus: (bus) => {
      const known = hinted
      return hearing(bus, (messages) => {
        for (const one of messages) if (one.about === 'conversation') known.add(nameOf(one.conversationSid, one.revision))
        return messages
      })
    },
  }
}

/** Whoever comes from another node is taken to have heard what this one has handed out. */
const resumesFromWhereTheNodeIs = (core: Core): Core => {
  const handedOut = new Map<string, number>()
  core.overhear({ kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }, undefined, (event) => {
    if ('revision' in event && 'conversationSid' in event && !event.type.startsWith('membership.'))
      handedOut.set(event.conversationSid, event.revision)
  })
  const answer: Core['answer'] = (actor, query) => {
    if (query.type !== 'conversation.resume') return core.answer(actor, query)
    const since = query.since.map(({ conversationSid, revision }) => ({
      conversationSid,
      revision: revision === 0 ? 0 : Math.max(revision, handedOut.get(conversationSid) ?? 0),
    }))
    return core.answer(actor, { ...query, since })
  }
  return altered<Core>(core, { answer })
}

/** Every node that ever lived is taken to live on. */
const keepsDeadNodes = (bus: Bus): Bus => {
  const alive = new Map<string, BusMessage>()
  return hearing(bus, (messages) => {
    const isSign = messages.some(({ about }) => about === 'alive')
    for (const one of messages) if (one.about === 'alive') alive.set(one.node, one)
    return isSign ? [...messages, ...alive.values()] : messages
  })
}

const takesNobodyBack = (bus: Bus): Bus => {
  const seen = new Map<string, Extract<BusMessage, { about: 'present' }>['users'][number]>()
  return hearing(bus, (messages) =>
    messages.map((one) => {
      if (one.about === 'moved') return { ...one, isPresent: true }
      if (one.about !== 'present') return one
      for (const user of one.users) seen.set(`${one.node} ${user.identity}`, user)
      return { ...one, users: [...seen].flatMap(([name, user]) => (name.startsWith(one.node) ? [user] : [])) }
    }),
  )
}

const letsEverybodyHold = ({ leases }: SharedDatabase): void => {
  const hold = leases.hold.bind(leases)
  const tokens = new Map<string, number>()
  leases.hold = (name, holder, milliseconds) => {
    const token = hold(name, holder, milliseconds) ?? tokens.get(name)
    if (token !== undefined) tokens.set(name, token)
    return token
  }
}

/** What commits later than it began is passed over when somebody looked in between. */
const readsPastWhatIsUnderWay = ({ notices }: SharedDatabase): void => {
  const [begin, place] = [notices.begin.bind(notices), notices.place.bind(notices)]
  let last = 0
  notices.begin = () => {
    last = begin()
    return last
  }
  notices.place = () => ({ ...place(), transaction: last + 1 })
}

const startsTheOutboxOnce = (core: Core): Core => {
  let isStarted = false
  const startOutbox = async () => {
    if (!isStarted) await core.startOutbox()
    isStarted = true
  }
  return altered<Core>(core, { startOutbox })
}

const isOfUser = ({ about }: BusMessage) => about === 'user'

/** The bugs of several nodes that the simulation must find, each by itself. */
export const SEEDED_NODE_BUGS: readonly SeededNodeBug[] = [
  { name: 'takes what hints tell of for all that happened', shows: /^I8/, sabotage: hintsAreTakenForAllThatHappened },
  {
    name: 'believes that the bus loses nothing',
    shows: /^I8/,
    sabotage: () => ({ store: (store) => withFeed(store, async () => []) }),
  },
  {
    name: 'hears nothing of what other nodes change about users',
    shows: /^I8/,
    sabotage: () => ({
      store: (store) => withFeed(store, async () => (await store.feed?.poll())?.filter((one) => !isOfUser(one))),
      bus: (bus) => hearing(bus, (messages) => messages.filter((one) => !isOfUser(one))),
    }),
  },
  {
    name: 'reads past the oldest transaction that is under way',
    shows: /^I8/,
    sabotage: () => ({ database: readsPastWhatIsUnderWay }),
  },
  {
    name: 'resumes from where the node is instead of where the client is',
    shows: /^I8/,
    sabotage: () => ({ core: resumesFromWhereTheNodeIs }),
  },
  {
    name: 'writes what became of an entry that another node has taken over',
    shows: /without the lease$/,
    sabotage: () => ({
      database: ({ leases }) => {
        leases.require = () => {}
      },
    }),
  },
  { name: 'lets two nodes hold a lease', shows: /without the lease$/, sabotage: () => ({ database: letsEverybodyHold }) },
  { name: 'leaves what another node was to send', shows: /^I15 not at rest/, sabotage: () => ({ core: startsTheOutboxOnce }) },
  {
    name: 'keeps those present who were on a node that died',
    shows: /^I15 .* online$/,
    sabotage: () => ({ bus: keepsDeadNodes }),
  },
  { name: 'never takes presence back', shows: /^I15 .* online$/, sabotage: () => ({ bus: takesNobodyBack }) },
  {
    name: 'tells of typing on its own node alone',
    shows: /^I15 .* typing/,
    sabotage: () => ({ bus: (bus) => saying(bus, (messages) => messages.filter(({ about }) => about !== 'passing')) }),
  },
]
