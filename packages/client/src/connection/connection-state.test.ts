import { CLOSE_CODES } from '@conversa/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConversaError } from '../errors.ts'
import { type Context, type Event, next, type State, type Step } from './connection-state.ts'

const NOW = 1_000_000
const HEARTBEAT = 20_000

const context: Context = { now: NOW, random: () => 0.5, lastHeard: NOW, canFetchToken: true }
const noProvider: Context = { ...context, canFetchToken: false }
const silence: Context = { ...context, lastHeard: NOW - 2 * HEARTBEAT }

const error = (retry: ConversaError['retry']) => new ConversaError({ code: 20104, message: 'no', status: 401, retry })

const connecting = { attempt: 2, renewed: false, until: NOW }
const STATES = {
  idle: { kind: 'idle' },
  opening: { kind: 'opening', ...connecting },
  starting: { kind: 'starting', ...connecting },
  'starting with a new token': { kind: 'starting', ...connecting, renewed: true },
  open: { kind: 'open', attempt: 2, since: NOW, heartbeat: HEARTBEAT, pinged: 0, until: NOW },
  'open and pinged': { kind: 'open', attempt: 2, since: NOW, heartbeat: HEARTBEAT, pinged: NOW - HEARTBEAT, until: NOW },
  waiting: { kind: 'waiting', attempt: 2, until: NOW, earliest: NOW },
  fetching: { kind: 'fetching', attempt: 2 },
  denied: { kind: 'denied' },
  ended: { kind: 'ended' },
} as const satisfies Record<string, State>

const EVENTS = {
  begin: { type: 'begin' },
  opened: { type: 'opened' },
  started: { type: 'started', heartbeat: HEARTBEAT },
  'refused for now': { type: 'refused', error: error('later') },
  'refused token': { type: 'refused', error: error('after-sign-in') },
  'refused for good': { type: 'refused', error: error('never') },
  lost: { type: 'closed', code: 1006, reason: '' },
  'sent away': { type: 'closed', code: CLOSE_CODES.goingAway, reason: '45000' },
  'closed as expired': { type: 'closed', code: CLOSE_CODES.tokenExpired, reason: '' },
  'closed for good': { type: 'closed', code: CLOSE_CODES.signInRefused, reason: '' },
  due: { type: 'due' },
  token: { type: 'token' },
  awake: { type: 'awake' },
  resynchronise: { type: 'resynchronise' },
  shutdown: { type: 'shutdown' },
} as const satisfies Record<string, Event>

type StateName = keyof typeof STATES
type EventName = keyof typeof EVENTS

/** A step in words: the next kind of state, then what is done. Terminal failures are `denied`. */
function inWords({ state, effects }: Step): string {
  const done = effects.map((effect) => (effect.type === 'failed' && effect.terminal ? 'failed for good' : effect.type))
  return [state.kind, ...done].join(', ')
}

type Row = { readonly [Name in EventName]?: string }

const CLOSED: Row = {
  lost: 'waiting, failed',
  'sent away': 'waiting, failed',
  'closed as expired': 'fetching, fetchToken',
  'closed for good': 'denied, failed for good',
  shutdown: 'ended, drop',
}

const STARTING: Row = {
  ...CLOSED,
  started: 'open',
  'refused for now': 'waiting, drop, failed',
  'refused token': 'fetching, drop, fetchToken',
  'refused for good': 'denied, drop, failed for good',
  due: 'waiting, drop, failed',
}

const OPEN: Row = { ...CLOSED, due: 'open', awake: 'open, ping', resynchronise: 'waiting, drop' }

/** What follows in every state from every event; what is not named changes nothing. */
const TABLE: { readonly [State in StateName]: Row } = {
  idle: { begin: 'opening, open', shutdown: 'ended' },
  opening: { ...CLOSED, opened: 'starting, sendStart', due: 'waiting, drop, failed' },
  starting: STARTING,
  'starting with a new token': { ...STARTING, 'refused token': 'denied, drop, failed for good' },
  open: OPEN,
  'open and pinged': OPEN,
  waiting: { due: 'opening, open', token: 'opening, open', awake: 'opening, open', shutdown: 'ended' },
  fetching: { token: 'opening, open', shutdown: 'ended' },
  denied: { token: 'opening, open', shutdown: 'ended' },
  ended: {},
}

const pairs = (Object.keys(STATES) as StateName[]).flatMap((state) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => [state, event] as const),
)

describe('what follows', () => {
  test.each(pairs)('%s, then %s', (stateName, eventName) => {
    const state: State = STATES[stateName]
    const step = next(state, EVENTS[eventName], context)
    expect(inWords(step)).toBe(TABLE[stateName][eventName] ?? state.kind)
    if (TABLE[stateName][eventName] === undefined) expect(step.state).toBe(state)
  })

  test('the table has every kind of state and of event', () => {
    const kinds: Record<State['kind'], true> = {
      idle: true,
      opening: true,
      starting: true,
      open: true,
      waiting: true,
      fetching: true,
      denied: true,
      ended: true,
    }
    const types: Record<Event['type'], true> = {
      begin: true,
      opened: true,
      started: true,
      refused: true,
      closed: true,
      due: true,
      token: true,
      awake: true,
      resynchronise: true,
      shutdown: true,
    }
    expect(new Set(Object.values(STATES).map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)))
    expect(new Set(Object.values(EVENTS).map(({ type }) => type))).toEqual(new Set(Object.keys(types)))
  })

  test.each([
    ['starting', 'refused token', 'denied, drop, failed for good'],
    ['opening', 'closed as expired', 'denied, failed for good'],
    ['open', 'closed as expired', 'denied, failed for good'],
  ] as const)('without anybody to ask for a token: %s, then %s', (state, event, words) => {
    expect(inWords(next(STATES[state], EVENTS[event], noProvider))).toBe(words)
  })
})

describe('silence', () => {
  test('for a heartbeat is answered by a ping, and for two it ends the connection', () => {
    expect(inWords(next(STATES.open, { type: 'due' }, silence))).toBe('open, ping')
    expect(inWords(next(STATES['open and pinged'], { type: 'due' }, silence))).toBe('waiting, drop, failed')
    // An answer in the same millisecond was heard at the time of the ping.
    const atOnce = { ...context, lastHeard: NOW - HEARTBEAT }
    expect(inWords(next(STATES['open and pinged'], { type: 'due' }, atOnce))).toBe('open, ping')
  })

  test('that was broken after the ping is none', () => {
    const { state } = next(STATES['open and pinged'], { type: 'due' }, { ...context, lastHeard: NOW - 5 })
    expect(state).toMatchObject({ kind: 'open', until: NOW - 5 + HEARTBEAT })
  })
})

describe('a machine that awakes', () => {
  const awake = (state: State, at: Context = context) => next(state, EVENTS.awake, at)

  test('asks at once whether the server is there, and waits for that for ten seconds', () => {
    const { state } = awake(STATES.open)
    expect(state).toMatchObject({ pinged: NOW, until: NOW + 10_000 })
    const later = { ...context, now: NOW + 10_000 }
    expect(inWords(next(state, EVENTS.due, { ...later, lastHeard: NOW - 1 }))).toBe('waiting, drop, failed')
    expect(inWords(next(state, EVENTS.due, { ...later, lastHeard: NOW }))).toBe('open')
  })

  test('again and again waits no longer than after the first time', () => {
    const asleep = { ...context, lastHeard: NOW - HEARTBEAT }
    const { state } = awake(STATES.open, asleep)
    const again = awake(state, { ...asleep, now: NOW + 9000 })
    expect([inWords(again), again.state]).toMatchObject(['open', { pinged: NOW, until: NOW + 10_000 }])
  })

  test('does not come before the server wants it', () => {
    const { state } = next(STATES.open, EVENTS['sent away'], context)
    expect(awake(state, { ...context, now: NOW + 44_999 }).state).toBe(state)
    expect(inWords(awake(state, { ...context, now: NOW + 45_000 }))).toBe('opening, open')
  })
})

describe('pauses', () => {
  const pauseAfter = (state: State, event: Event, at = context) => {
    const { state: paused } = next(state, event, at)
    return 'until' in paused ? paused.until - at.now : Number.NaN
  }

  test.each([0, 1, 2, 5, 6, 7, 50])('after %i failures are between half and all of the back-off', (attempt) => {
    const most = Math.min(30_000, 500 * 2 ** attempt)
    for (const random of [0, 0.5, 0.999_999]) {
      const pause = pauseAfter({ ...STATES.opening, attempt }, EVENTS.lost, { ...context, random: () => random })
      expect(pause).toBeGreaterThanOrEqual(most / 2)
      expect(pause).toBeLessThanOrEqual(most)
    }
  })

  test('are as long as the server asks for, up to five minutes', () => {
    const away = (reason: string): Event => ({ type: 'closed', code: CLOSE_CODES.goingAway, reason })
    expect(pauseAfter(STATES.open, away('45000'))).toBe(45_000)
    expect(pauseAfter(STATES.open, away('9999999'))).toBe(300_000)
    for (const nonsense of ['', 'soon', '-5']) expect(pauseAfter(STATES.open, away(nonsense))).toBeLessThan(30_000)
  })

  test('begin anew after a connection that lasted, and go on after one that did not', () => {
    const lasted = next({ ...STATES.open, since: NOW - 10_000 }, EVENTS.lost, context).state
    const brief = next({ ...STATES.open, since: NOW - 9999 }, EVENTS.lost, context).state
    expect([lasted, brief]).toMatchObject([{ attempt: 1 }, { attempt: 3 }])
  })
})

describe('every walk', () => {
  const events = fc.array(fc.constantFrom(...Object.values(EVENTS)), { maxLength: 60 })
  const contexts = fc.constantFrom(context, noProvider, silence)

  /** All steps of a walk from the beginning, with time passing. */
  function walk(happening: readonly Event[], at: Context): { from: State; event: Event; step: Step; now: number }[] {
    let state: State = STATES.idle
    let { now } = at
    return happening.map((event) => {
      now += 1000
      const from = state
      const step = next(from, event, { ...at, now })
      state = step.state
      return { from, event, step, now }
    })
  }

  const holds = (judge: (step: ReturnType<typeof walk>[number]) => boolean) =>
    fc.assert(fc.property(events, contexts, (happening, at) => walk(happening, at).every(judge)))

  test('has a transport in opening, starting and open alone, and leaves none behind', () => {
    const has = ({ kind }: State) => ['opening', 'starting', 'open'].includes(kind)
    holds(({ from, event, step }) => {
      const opens = step.effects.filter(({ type }) => type === 'open').length
      const drops = step.effects.filter(({ type }) => type === 'drop').length
      const closed = event.type === 'closed' && has(from) ? 1 : 0
      return Number(has(from)) + opens - drops - closed === Number(has(step.state))
    })
  })

  test('has a deadline wherever it waits for what may never come', () => {
    const isPatient = ({ kind }: State) => ['idle', 'fetching', 'denied', 'ended'].includes(kind)
    holds(({ step }) => isPatient(step.state) !== 'until' in step.state)
  })

  test('ends for good, and is denied until there is another token or the end', () => {
    holds(({ from, event, step }) => {
      if (from.kind === 'ended') return step.state === from && step.effects.length === 0
      return from.kind !== 'denied' || step.state === from || event.type === 'token' || event.type === 'shutdown'
    })
  })

  test('never pauses for less than a quarter of a second or for more than five minutes', () => {
    holds(({ from, step, now }) => {
      if (step.state.kind !== 'waiting' || step.state === from) return true
      const pause = step.state.until - now
      return pause >= 250 && pause <= 300_000
    })
  })

  test('asks for a token only when that is of use, and never twice in a row', () => {
    fc.assert(
      fc.property(events, contexts, (happening, at) => {
        const steps = walk(happening, at)
        const asks = steps.filter(({ step }) => step.effects.some(({ type }) => type === 'fetchToken'))
        const isRefusedAgain = ({ from, event }: (typeof steps)[number]) =>
          event.type === 'refused' && from.kind === 'starting' && from.renewed
        return asks.every((each) => at.canFetchToken && !isRefusedAgain(each))
      }),
    )
  })
})
