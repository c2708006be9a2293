import type { Tenure } from '../outbox/outbox-courier.ts'
import type { After, Now } from '../ports/ports.ts'
import type { Leases } from '../ports/store.ts'
import type { ChannelAdapter } from './channel.ts'

/** Milliseconds after which another node takes an adapter over from one that says nothing any more. */
const LEASE = 6000
/** Milliseconds between two looks at who has it. */
const BETWEEN = 1500
/** Milliseconds before the end of its time at which a node lets go that could not renew it: its connection is to end before another one begins. */
const MARGIN = 1500

/** Where an adapter is: on this node, on another one, not here any more because the store was not reached in time, or given back. */
export type ChannelPlace = 'here' | 'elsewhere' | 'lost' | 'given back'

export interface ChannelHolderOptions {
  readonly adapter: ChannelAdapter
  readonly leases: Leases
  readonly now: Now
  readonly after: After
  /** Lets the adapter begin. @param tenure under which what it brings is stored */
  readonly open: (tenure: Tenure) => Promise<void>
  /** Hears where the adapter is, when that changes. */
  readonly moved: (place: ChannelPlace) => void
}

/**
 * Runs an adapter that may run once on one node of many: whoever holds its lease opens it, and closes it before the lease ends when it cannot
 * be renewed. What a node does that lost it without knowing is not stored: its token is checked in the transaction.
 */
export class ChannelHolder {
  readonly #options: ChannelHolderOptions
  readonly #lease: string
  /** Under which the adapter is open; undefined while it is not. */
  #token: number | undefined
  /** When this node lets go unless it can renew the lease, milliseconds since 1970. */
  #until = 0
  #place: ChannelPlace | undefined
  #isStopped = false
  #cancelLook: () => void = () => {}
  #cancelEnd: () => void = () => {}
  #looking: Promise<void> = Promise.resolve()
  /** Opening and closing, one after another. */
  #moving: Promise<void> = Promise.resolve()

  constructor(options: ChannelHolderOptions) {
    this.#options = options
    this.#lease = `channel ${options.adapter.name}`
  }

  /** Under which this node may use the adapter now; without a token it may not. */
  get tenure(): Tenure {
    const isHere = this.#place === 'here' && this.#options.now() < this.#until
    return { lease: this.#lease, token: isHere ? this.#token : undefined }
  }

  /** Takes the adapter if no other node has it, and goes on looking. */
  async start(): Promise<void> {
    this.#looking = this.#look()
    await this.#looking
  }

  /** Closes the adapter, and lets the others have it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelLook()
    await this.#looking
    if (this.#token !== undefined) await this.#close('given back')
    // Another node has it a little later if this cannot be said.
    await this.#options.leases.release(this.#lease).catch(() => {})
  }

  async #look(): Promise<void> {
    const { leases, now, after } = this.#options
    const asked = now()
    try {
      const token = await leases.hold(this.#lease, LEASE)
      if (token === undefined) await this.#close('elsewhere')
      else await this.#have(token, asked + LEASE - MARGIN)
    } catch {
      // The store cannot be asked now: the end of its time says when this node lets go.
    }
    if (!this.#isStopped) this.#cancelLook = after(BETWEEN, () => void this.start())
  }

  async #have(token: number, until: number): Promise<void> {
    // Its time was over, and nobody had taken it: what was open then is of a lease that is lost.
    if (this.#token !== undefined && this.#token !== token) await this.#close('lost')
    const left = until - this.#options.now()
    if (left <= 0 || this.#isStopped) return
    this.#until = until
    this.#cancelEnd()
    this.#cancelEnd = this.#options.after(left, () => void this.#close('lost'))
    if (this.#token === undefined) await this.#open(token)
  }

  async #open(token: number): Promise<void> {
    this.#token = token
    this.#moving = this.#moving.then(() => this.#options.open({ lease: this.#lease, token }))
    try {
      await this.#moving
      if (this.#token === token) this.#moved('here')
    } catch (error) {
      this.#moving = Promise.resolve()
      await this.#close('given back')
      await this.#options.leases.release(this.#lease)
      throw error
    }
  }

  async #close(place: ChannelPlace): Promise<void> {
    this.#cancelEnd()
    const isOpen = this.#token !== undefined
    this.#token = undefined
    if (isOpen) this.#moving = this.#moving.then(() => this.#options.adapter.close?.()).catch(() => {})
    this.#moved(place)
    await this.#moving
  }

  #moved(place: ChannelPlace): void {
    if (this.#place === place) return
    this.#place = place
    this.#options.moved(place)
  }
}
