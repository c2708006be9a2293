import { CLOSE_CODES } from '@conversa/protocol'
import { type ConversaError, failure } from '../errors.ts'
import { backOff } from './back-off.ts'
import type { Random } from './clock.ts'

/*
 * The life of the connection, as data. What holds in every walk (connection-state.test.ts):
 *
 * 1. A transport exists in `opening`, `starting` and `open`, and in no other state: whoever leaves them closed or drops it.
 * 2. A state that waits for something which may never come has a deadline; only `idle`, `fetching`, `denied` and `ended` have none.
 * 3. `ended` is never left, `denied` only by a new token or the end.
 * 4. Pauses are never shorter than what the server asked for nor, unless the machine awakes, than half of their back-off; and never
 *    longer than 30 s or what the server asked for.
 * 5. A token that is refused is replaced once; the second refusal in a row is the application's to solve.
 *
 *   idle ─begin─> opening ─opened─> starting ─started─> open
 *                   ^  └─ closed, due ─┴── closed … ──────┤
 *                   └ due, awake waiting <────────────────┘      token refused: fetching ─token─> opening, or denied
 */

/** Where the connection stands. `until` is a deadline in milliseconds since 1970; `attempt` counts failures in a row. */
export type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'opening' | 'starting'; readonly attempt: number; readonly renewed: boolean; readonly until: number }
  | {
      readonly kind: 'open'
      readonly attempt: number
      readonly since: number
      readonly heartbeat: number
      /** When the server was asked last whether it is there, in milliseconds since 1970; 0 before. */
      readonly pinged: number
      readonly until: number
    }
  /** `earliest`: the server wants nobody before. */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly until: number; readonly earliest: number }
  /** A new token was asked for. */
  | { readonly kind: 'fetching'; readonly attempt: number }
  /** Nothing happens before the application brings another token. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'ended' }

/** What can happen to it. */
export type Event =
  | { readonly type: 'begin' }
  | { readonly type: 'opened' }
  | { readonly type: 'started'; readonly heartbeat: number }
  | { readonly type: 'refused'; readonly error: ConversaError }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  /** The deadline of the state has passed. */
  | { readonly type: 'due' }
  /** There is a token that was not tried yet. */
  | { readonly type: 'token' }
  /** There may be a network again, and the connection may have gone unnoticed. */
  | { readonly type: 'awake' }
  /** What is known has a hole that only a new session fills. */
  | { readonly type: 'resynchronise'; readonly error?: ConversaError }
  | { readonly type: 'shutdown' }

/** What is to be done, in this order. */
export type Effect =
  | { readonly type: 'open' | 'sendStart' | 'ping' | 'drop' }
  /** The present token was refused. */
  | { readonly type: 'fetchToken'; readonly error: ConversaError }
  | { readonly type: 'failed'; readonly error: ConversaError; readonly terminal: boolean }

/** What a decision depends on besides state and event. */
export interface Context {
  readonly now: number
  readonly random: Random
  /** When the server was last heard, in milliseconds since 1970. */
  readonly lastHeard: number
  /** Whether somebody can be asked for a new token. */
  readonly canFetchToken: boolean
}

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** Milliseconds for connecting and starting the session together, and for an answer after the machine has slept. */
const CONNECT_TIMEOUT = 10_000
/** Milliseconds after which a connection counts as one that worked: the pauses begin anew. */
const SETTLED_AFTER = 10_000
/** The longest pause that a server may ask for, in milliseconds. */
const LONGEST_REQUESTED_PAUSE = 300_000

const open: Effect = { type: 'open' }
const drop: Effect = { type: 'drop' }

/**
 * Decides what follows. Pure: the runner performs the effects.
 *
 * @returns the next state, the same object when nothing changes, and what is to be done
 */
export function next(state: State, event: Event, context: Context): Step {
  if (state.kind === 'ended') return stay(state)
  if (event.type === 'shutdown') return { state: { kind: 'ended' }, effects: hasTransport(state) ? [drop] : [] }
  switch (state.kind) {
    case 'idle':
      return event.type === 'begin' ? opening(0, false, context) : stay(state)
    case 'opening':
    case 'starting':
      return whileConnecting(state, event, context)
    case 'open':
      return whileOpen(state, event, context)
    case 'waiting':
      return whileWaiting(state, event, context)
    case 'fetching':
      return event.type === 'token' ? opening(state.attempt, true, context) : stay(state)
    case 'denied':
      return event.type === 'token' ? opening(0, false, context) : stay(state)
  }
}

type Connecting = State & { readonly kind: 'opening' | 'starting' }
type Open = State & { readonly kind: 'open' }
type Waiting = State & { readonly kind: 'waiting' }

function whileWaiting(state: Waiting, { type }: Event, context: Context): Step {
  const goesOn = type === 'due' || type === 'token' || (type === 'awake' && state.earliest <= context.now)
  return goesOn ? opening(state.attempt, false, context) : stay(state)
}

function whileConnecting(state: Connecting, event: Event, context: Context): Step {
  switch (event.type) {
    case 'opened':
      return state.kind === 'opening' ? { state: { ...state, kind: 'starting' }, effects: [{ type: 'sendStart' }] } : stay(state)
    case 'started':
      return state.kind === 'starting' ? started(state, event.heartbeat, context) : stay(state)
    case 'refused':
      return state.kind === 'starting' ? refused(state, event.error, context) : stay(state)
    case 'closed':
      return closed(state, event, context)
    case 'due':
      return pause(state, context, failure('connectionLost'))
    default:
      return stay(state)
  }
}

function whileOpen(state: Open, event: Event, context: Context): Step {
  switch (event.type) {
    case 'closed':
      return closed(state, event, context)
    case 'resynchronise':
      return pause(state, context, event.error)
    case 'due':
      return listenForHeartbeat(state, context)
    case 'awake':
      return ping(state, Math.min(state.heartbeat, CONNECT_TIMEOUT), context)
    default:
      return stay(state)
  }
}

function started({ attempt }: Connecting, heartbeat: number, { now }: Context): Step {
  const state: State = { kind: 'open', attempt, since: now, heartbeat, pinged: 0, until: now + heartbeat }
  return stay(state)
}

/** A refused token is replaced once; when the new one is refused too, only the application can help. */
function refused(state: Connecting, error: ConversaError, context: Context): Step {
  if (error.retry === 'later') return pause(state, context, error)
  const renewable = error.retry === 'after-sign-in' && context.canFetchToken && !state.renewed
  return renewable ? fetchToken(state, error) : deny(error)
}

function closed(state: Connecting | Open, { code, reason }: Event & { type: 'closed' }, context: Context): Step {
  if (code === CLOSE_CODES.tokenExpired) {
    const error = failure('tokenExpired')
    return context.canFetchToken ? fetchToken(state, error, []) : deny(error, [])
  }
  if (code >= 4500 && code <= 4999) return deny(failure('connectionRefused', { closeCode: code }), [])
  const asked = code === CLOSE_CODES.goingAway ? Math.min(Number.parseInt(reason, 10) || 0, LONGEST_REQUESTED_PAUSE) : 0
  return pause(state, context, failure('connectionLost', { closeCode: code }), [], asked)
}

function listenForHeartbeat(state: Open, context: Context): Step {
  const { now, lastHeard } = context
  const { heartbeat, pinged } = state
  // Who answers a ping at once is heard at the time of the ping.
  if (lastHeard < pinged) return pause(state, context, failure('connectionLost'))
  if (now - lastHeard < heartbeat) return stay({ ...state, until: lastHeard + heartbeat })
  return ping(state, heartbeat, context)
}

/** Asks whether the server is there. Who waits for that already does not wait any longer than before. */
function ping(state: Open, patience: number, { now, lastHeard }: Context): Step {
  const until = now + patience
  if (lastHeard < state.pinged) return stay({ ...state, until: Math.min(state.until, until) })
  return { state: { ...state, pinged: now, until }, effects: [{ type: 'ping' }] }
}

function opening(attempt: number, renewed: boolean, { now }: Context): Step {
  return { state: { kind: 'opening', attempt, renewed, until: now + CONNECT_TIMEOUT }, effects: [open] }
}

/** Back after a pause. A connection that lived for a while does not count as a failure. */
function pause(
  state: Connecting | Open,
  { now, random }: Context,
  error: ConversaError | undefined,
  effects: readonly Effect[] = [drop],
  atLeast = 0,
): Step {
  const attempt = state.kind === 'open' && now - state.since >= SETTLED_AFTER ? 0 : state.attempt
  const earliest = now + atLeast
  const until = Math.max(now + backOff(attempt, random), earliest)
  return {
    state: { kind: 'waiting', attempt: attempt + 1, until, earliest },
    effects: error ? [...effects, failed(error, false)] : effects,
  }
}

function fetchToken({ attempt }: Connecting | Open, error: ConversaError, effects: readonly Effect[] = [drop]): Step {
  return { state: { kind: 'fetching', attempt }, effects: [...effects, { type: 'fetchToken', error }] }
}

function deny(error: ConversaError, effects: readonly Effect[] = [drop]): Step {
  return { state: { kind: 'denied' }, effects: [...effects, failed(error, true)] }
}

function failed(error: ConversaError, terminal: boolean): Effect {
  return { type: 'failed', error, terminal }
}

/** Whether a transport belongs to the state. */
function hasTransport({ kind }: State): boolean {
  return kind === 'opening' || kind === 'starting' || kind === 'open'
}

function stay(state: State): Step {
  return { state, effects: [] }
}
