/** How a server is spoken to: in the frames of our socket, or in those of a bare relay. */
export type DialectName = 'conversa' | 'raw'

/** Somebody who is connected. */
export interface LoadUser {
  readonly token: string
  /** The conversations that they are in. */
  readonly rooms: readonly string[]
}

/** A load that one process of many clients puts on a server. */
export interface LoadPlan {
  readonly dialect: DialectName
  /** Of the WebSockets; the users spread over them. */
  readonly urls: readonly string[]
  readonly users: readonly LoadUser[]
  /** How many of the users send, from the first. */
  readonly senders: number
  readonly pace: Pace
  /** Milliseconds before anything counts. */
  readonly warmUp: number
  /** Milliseconds that count. */
  readonly duration: number
}

/** Each sender keeps some sends under way, or all of them together make some sends per second. */
export type Pace = { readonly underWay: number } | { readonly perSecond: number }

/** Milliseconds within which a half, and 99 of a hundred, came. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** What came of a load. */
export interface LoadResult {
  /** Sends acknowledged per second. */
  readonly acknowledged: number
  /** Messages that somebody else heard, per second. */
  readonly deliveries: number
  readonly acknowledgement: Latency
  readonly delivery: Latency
  /** The share of one core that the clients needed: near 1 they were the limit. */
  readonly clientCpu: number
  /** Over the whole run, warm-up and end too. */
  readonly faults: LoadFaults
}

/** What a server must never do: all are to be 0. */
export interface LoadFaults {
  readonly missing: number
  readonly doubled: number
  readonly misordered: number
  readonly refused: number
}

/** How all clients came back who lost their connection at once. */
export interface Storm {
  /** Until the last one was there. */
  readonly seconds: number
  /** Until one was there again, from the loss. */
  readonly back: Latency
}

/** What the process of the clients hears. */
export type LoadOrder = { readonly connect: LoadPlan } | { readonly run: true } | { readonly storm: true }

/** What it tells: it stands connected, the part that counts begins and ends, and what came of it. */
export type LoadReport =
  | { readonly stage: 'connected' | 'begun' | 'ended' }
  | { readonly stage: 'done'; readonly result: LoadResult }
  | { readonly stage: 'back'; readonly storm: Storm }
  | { readonly stage: 'failed'; readonly message: string }
