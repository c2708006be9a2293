import type { RecordableHistogram } from 'node:perf_hooks'
import type { Dialect } from './dialect.ts'
import { FrameSocket } from './frame-socket.ts'
import type { LoadUser } from './plan.ts'

/** What all clients of a load count together. */
export interface Tally {
  isCounting: boolean
  acknowledged: number
  delivered: number
  /** Acknowledged in the whole run, and heard by others. */
  allAcknowledged: number
  allDelivered: number
  doubled: number
  misordered: number
  refused: number
  readonly acknowledgement: RecordableHistogram
  readonly delivery: RecordableHistogram
}

/** Texts of 64 to 200 bytes. */
const FILLING = 'the quick brown fox jumps over the lazy dog and comes back '.repeat(4)
const LEAST = 64
const SPREAD = 137

const microseconds = () => Math.round(performance.now() * 1000)

/** One connected user of a load. */
export class LoadClient {
  readonly #dialect: Dialect
  readonly #user: LoadUser
  readonly #tally: Tally
  /** Begins every key and every text of this one, so that they know their own. */
  readonly #name: string
  readonly #mark: string
  /** The newest index heard of each room. */
  readonly #newest = new Map<string, number>()
  /** When sends that are under way began, and in which room. */
  readonly #underWay = new Map<number, { readonly at: number; readonly room: string }>()
  #socket: FrameSocket | undefined
  #id = 1
  #started: () => void = () => {}
  #turnedAway: (reason: Error) => void = () => {}
  #resume: string | undefined
  /** What a sender does when a send was acknowledged. */
  acknowledged: () => void = () => {}

  constructor(dialect: Dialect, user: LoadUser, tally: Tally, name: string) {
    this.#dialect = dialect
    this.#user = user
    this.#tally = tally
    this.#name = name
    this.#mark = `@${name}@`
  }

  /** Connects and signs in; whoever was here before comes back to what they know. */
  async open(url: URL): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#started = resolve
      this.#turnedAway = reject
    })
    const reader = { text: (text: string) => this.#hear(text), closed: () => {} }
    this.#socket = await FrameSocket.open(url, reader)
    this.#socket.send(this.#dialect.start(this.#user, this.#resume))
    await started
  }

  /** Sends one message, to each room in turn. */
  send(): void {
    const id = ++this.#id
    const { rooms } = this.#user
    const room = rooms[id % rooms.length] as string
    const at = microseconds()
    this.#underWay.set(id, { at, room })
    const stamp = `${this.#mark}${at}@`
    const body = stamp + FILLING.slice(0, LEAST + ((id * 31) % SPREAD) - stamp.length)
    this.#socket?.send(this.#dialect.send(id, room, body, `${this.#name}${id.toString(36).padStart(6, '0')}`))
  }

  get underWay(): number {
    return this.#underWay.size
  }

  /** The newest index that was heard of a room. */
  newest(room: string): number {
    return this.#newest.get(room) ?? -1
  }

  end(): void {
    this.#socket?.end()
  }

  #hear(text: string): void {
    const heard = this.#dialect.read(text)
    if (heard?.kind === 'delivered') this.#delivered(heard.room, heard.index, heard.body)
    else if (heard?.kind === 'acknowledged') this.#acknowledge(heard.id, heard.index)
    else if (heard?.kind === 'started') {
      this.#resume = heard.resume
      this.#started()
    } else if (heard?.kind === 'refused') {
      this.#tally.refused++
      this.#turnedAway(new Error(`unable to sign in: ${heard.text}`))
      console.error(heard.text)
    }
  }

  #acknowledge(id: number, index: number): void {
    const sent = this.#underWay.get(id)
    if (!sent) return
    this.#underWay.delete(id)
    const tally = this.#tally
    tally.allAcknowledged++
    if (tally.isCounting) {
      tally.acknowledged++
      tally.acknowledgement.record(Math.max(1, microseconds() - sent.at))
    }
    if (!this.#dialect.isEchoed) this.#follow(sent.room, index)
    this.acknowledged()
  }

  #delivered(room: string, index: number, body: string): void {
    if (!this.#follow(room, index)) return
    const tally = this.#tally
    if (body.startsWith(this.#mark)) return
    tally.allDelivered++
    if (!tally.isCounting) return
    const at = Number.parseInt(body.slice(body.indexOf('@', 1) + 1), 10)
    tally.delivered++
    tally.delivery.record(Math.max(1, microseconds() - at))
  }

  /** Every index of a room comes once and in its order. @returns whether this one is new */
  #follow(room: string, index: number): boolean {
    const newest = this.#newest.get(room)
    if (newest !== undefined && index <= newest) {
      this.#tally.doubled++
      return false
    }
    if (newest !== undefined && index > newest + 1) this.#tally.misordered++
    this.#newest.set(room, index)
    return true
  }
}
