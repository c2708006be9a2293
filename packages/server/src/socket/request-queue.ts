import type { Request } from '@conversa/protocol'
import { QUERIES } from '@conversa/protocol/schema'

/** A request that was read from a frame. */
export interface Taken {
  readonly id: number
  readonly request: Request
  /** Whether the client sent it before and does not know what became of that. */
  readonly isRepeated: boolean
  /** Characters of the frame that it came in. */
  readonly size: number
}

/** Whose requests they are. */
export interface RequestServer {
  /** Carries a request out and answers; never rejects. */
  serve(taken: Taken): Promise<void>
  /** Stops reading from the peer, or goes on. */
  hold(held: boolean): void
}

/** Requests of one connection under way, beyond which further ones wait. */
const MOST_UNDER_WAY = 512
/**
 * Characters of requests under way, beyond which further ones wait: what somebody sends comes back to them as events, and a flood of
 * large messages must not be more than they can read meanwhile.
 */
const MOST_CHARACTERS_UNDER_WAY = 512 * 1024
/** Answers to queries can be large: few are made before the first of them is written. */
const MOST_QUERIES_UNDER_WAY = 8

/**
 * The requests of one connection: begun in their order, some at a time. While any waits, nothing more is read from the peer, so
 * that one who asks for much is held up and takes no memory from the others (G8).
 */
export class RequestQueue {
  readonly #server: RequestServer
  /** Mostly nothing waits, and then there is no list either: every connection has a queue. */
  #waiting: Taken[] | undefined
  #underWay = 0
  #queriesUnderWay = 0
  #charactersUnderWay = 0
  #congested = false
  #held = false
  #settling: (() => void)[] | undefined

  constructor(server: RequestServer) {
    this.#server = server
  }

  /** A ping asks whether anybody is there, and does not wait for what others wait for. */
  take(taken: Taken): void {
    if (taken.request.type === 'session.ping' || (!this.#waiting && this.#hasRoomFor(taken))) {
      this.#begin(taken)
      return
    }
    this.#waiting ??= []
    this.#waiting.push(taken)
    this.#advance()
  }

  /** Begins nothing while the answers so far have not got away. */
  congest(congested: boolean): void {
    this.#congested = congested
    this.#advance()
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = undefined
    this.#advance()
  }

  /** Waits until nothing is under way and nothing waits. */
  async settled(): Promise<void> {
    if (this.#isIdle) return
    await new Promise<void>((resolve) => {
      this.#settling ??= []
      this.#settling.push(resolve)
    })
  }

  get #isIdle(): boolean {
    return this.#underWay === 0 && !this.#waiting
  }

  #advance(): void {
    for (let next = this.#waiting?.[0]; next && this.#hasRoomFor(next); next = this.#waiting?.[0]) {
      this.#waiting?.shift()
      this.#begin(next)
    }
    if (this.#waiting?.length === 0) this.#waiting = undefined
    const held = this.#waiting !== undefined
    if (held === this.#held) return
    this.#held = held
    this.#server.hold(held)
  }

  #hasRoomFor({ request, size }: Taken): boolean {
    if (this.#congested || this.#underWay >= MOST_UNDER_WAY) return false
    if (this.#underWay > 0 && this.#charactersUnderWay + size > MOST_CHARACTERS_UNDER_WAY) return false
    return !isQuery(request) || this.#queriesUnderWay < MOST_QUERIES_UNDER_WAY
  }

  #begin(taken: Taken): void {
    const queries = isQuery(taken.request) ? 1 : 0
    this.#underWay++
    this.#queriesUnderWay += queries
    this.#charactersUnderWay += taken.size
    void this.#server.serve(taken).then(() => {
      this.#underWay--
      this.#queriesUnderWay -= queries
      this.#charactersUnderWay -= taken.size
      this.#advance()
      if (this.#isIdle) this.#settle()
    })
  }

  #settle(): void {
    const settling = this.#settling ?? []
    this.#settling = undefined
    for (const settle of settling) settle()
  }
}

function isQuery({ type }: Request): boolean {
  return Object.hasOwn(QUERIES, type)
}
