import type { Feed, Notice } from '@conversa/core'
import { type Connections, prepared } from './connection.ts'

/** Milliseconds for which notices are kept: whoever does not look for longer looks at everything. */
const KEPT = 600_000
/** Milliseconds between two removals of old notices. */
const BETWEEN_REMOVALS = 60_000

/** Transactions before this one have ended, whichever way; later ones may still commit. */
const NOW = prepared('notices now', 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS now')
const SINCE = prepared(
  'notices since',
  `SELECT about, max(revision) AS revision FROM notices
   WHERE transaction >= $1::xid8 AND transaction < pg_snapshot_xmin(pg_current_snapshot()) GROUP BY about`,
)
const REMOVE = prepared('notices remove', 'DELETE FROM notices WHERE transaction < $1::xid8')

/** Where the feed had come to, and when. */
interface Place {
  readonly transaction: string
  readonly at: number
}

/**
 * What all nodes committed, in the order in which it can be read without passing anything over: it never goes beyond the oldest
 * transaction that is still under way, since a later one may commit before it.
 */
export class NoticeFeed implements Feed {
  readonly #connections: Connections
  #place: Place | undefined
  /** Earlier places, a minute apart: what lies before the oldest is removed when it is old enough. */
  #past: Place[] = []

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** Begins where the database is now. */
  async start(): Promise<void> {
    await this.poll()
  }

  async poll(): Promise<readonly Notice[] | undefined> {
    const at = performance.now()
    const since = this.#place
    const [now, rows] = await this.#connections.snapshot((connection) =>
      Promise.all([connection.rows(NOW, []), since ? connection.rows(SINCE, [since.transaction]) : []]),
    )
    const place = { transaction: now[0]?.now as string, at }
    this.#place = place
    if (at - (this.#past.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= BETWEEN_REMOVALS) await this.#remove(place)
    if (!since) return []
    // Others may have removed what was not read yet.
    if (at - since.at > KEPT / 2) return undefined
    return rows.flatMap((row) => noticeFrom(row.about as string, row.revision as number) ?? [])
  }

  async #remove(place: Place): Promise<void> {
    const old = this.#past.filter(({ at }) => place.at - at >= KEPT).at(-1)
    this.#past = [...this.#past.filter(({ at }) => place.at - at < KEPT), place]
    if (old) await this.#connections.transaction((connection) => connection.rows(REMOVE, [old.transaction]))
  }
}

/** @returns undefined for what a newer program has written and this one does not know */
function noticeFrom(text: string, revision: number): Notice | undefined {
  const [about, first = '', ...rest] = text.split(' ')
  const user = { serviceSid: first, identity: rest.join(' ') }
  switch (about) {
    case 'conversation':
      return { about, conversationSid: first, revision }
    case 'user':
      return { about, ...user, revision }
    case 'reachability':
      return { about, ...user }
    case 'service':
      return { about, serviceSid: first }
    case 'webhooks':
      return { about }
    default:
      return undefined
  }
}
