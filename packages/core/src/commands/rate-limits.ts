import type { Now } from '../ports/ports.ts'
import type { Actor } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import type { AnyCommand, AnyCommandType } from './back-end-command.ts'
import { PassingTimes } from './passing-times.ts'

/** Actions per second that are let through; undefined lets all of them through. */
export interface ActionRates {
  /** Within one service: conversations made and deleted, users and roles written. */
  readonly service?: number | undefined
  /** Within one conversation: the conversation itself, its participants and messages written. */
  readonly conversation?: number | undefined
}

/**
 * What an action counts against (rest-and-semantics 3.7). What carriers report, what timers do, devices, and settings of an account
 * or a service count against nothing.
 */
const COUNTS_AGAINST: { readonly [Name in AnyCommandType]: keyof ActionRates | null } = {
  'conversation.create': 'service',
  'conversation.assemble': 'service',
  'conversation.delete': 'service',
  'user.create': 'service',
  'user.update': 'service',
  'user.delete': 'service',
  'role.create': 'service',
  'role.update': 'service',
  'role.delete': 'service',
  'conversation.update': 'conversation',
  'membership.update': 'conversation',
  'participant.add': 'conversation',
  'participant.addNonChat': 'conversation',
  'participant.addToGroup': 'conversation',
  'participant.rebind': 'conversation',
  'participant.update': 'conversation',
  'participant.remove': 'conversation',
  'readHorizon.set': 'conversation',
  'message.send': 'conversation',
  'message.update': 'conversation',
  'message.remove': 'conversation',
  'message.receive': null,
  'message.begin': null,
  'receipt.record': null,
  'conversation.elapse': null,
  'push.register': null,
  'push.unregister': null,
  'push.remove': null,
  'account.update': null,
  'service.create': null,
  'service.update': null,
  'serviceNotifications.update': null,
  'contentTemplate.create': null,
  'contentTemplate.approve': null,
  'contentTemplate.delete': null,
  'pushCredential.create': null,
  'pushCredential.update': null,
  'pushCredential.delete': null,
  'addressConfiguration.create': null,
  'addressConfiguration.update': null,
  'addressConfiguration.delete': null,
  'webhooks.update': null,
  'conversationWebhook.create': null,
  'conversationWebhook.update': null,
  'conversationWebhook.delete': null,
}

/** Milliseconds over which a rate is reckoned: so much of it may come at once. */
const SPAN = 1000
/** Sums of fractions of a second are off by less. */
const ROUNDING = 1e-6

/**
 * Lets so many actions per second through (a token bucket per service and conversation that holds one second's worth). It knows what
 * came through this node.
 */
export class RateLimits {
  readonly #rates: ActionRates
  readonly #now: Now
  /** When each bucket will be full again. */
  readonly #full = new PassingTimes()

  constructor(rates: ActionRates, now: Now) {
    this.#rates = rates
    this.#now = now
  }

  /**
   * Counts an action, or refuses it and counts nothing.
   *
   * @returns the refusal, with the milliseconds after which one more has room
   */
  take<Name extends AnyCommandType>(actor: Actor, command: AnyCommand<Name>): Refusal | undefined {
    const scope = COUNTS_AGAINST[command.type as Name]
    const limit = scope && this.#rates[scope]
    if (!limit) return undefined
    const subject = 'conversationSid' in command && scope === 'conversation' ? command.conversationSid : actor.serviceSid
    const now = this.#now()
    // A clock that was set back must not lock anybody out.
    const full = Math.min(this.#full.get(subject, now) ?? now, now + SPAN)
    const after = full + SPAN / limit
    const early = after - now - SPAN
    if (early > ROUNDING) return new Refusal('actions-too-fast', { limit, retryAfter: Math.ceil(early) })
    this.#full.set(subject, after, now)
    return undefined
  }
}

/** Lets one command in: it is counted once, however often it is asked. */
export class Admission {
  readonly #take: () => Refusal | undefined
  #isIn = false

  constructor(take: () => Refusal | undefined) {
    this.#take = take
  }

  /** Counts the command unless it was counted before. @returns why it may not come in now */
  enter(): Refusal | undefined {
    if (this.#isIn) return undefined
    const refusal = this.#take()
    this.#isIn = refusal === undefined
    return refusal
  }
}

/**
 * A decision that may take effect. It is counted when everything else is right, so that nobody uses up what is another's by asking
 * for what they may not do.
 */
export function admitted<Decided extends object>(
  decision: Decided | Refusal,
  admission: Admission | undefined,
): Decided | Refusal {
  return decision instanceof Refusal ? decision : (admission?.enter() ?? decision)
}
