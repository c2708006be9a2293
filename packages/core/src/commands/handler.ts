import type { MakeSid } from '../ports/sids.ts'
import type { Reads, Scope } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import type { AnyCommand, AnyCommandType, AnyResult, GivenWith } from './back-end-command.ts'
import type { Written } from './changes.ts'
import type { MediaLimits } from './media.ts'
import type { OptOutAnswers } from './opt-out-answer.ts'

/** What deciding may use besides the facts. */
export interface Context {
  readonly now: number
  readonly makeSid: MakeSid
  /** The usual ones when they are not given. */
  readonly mediaLimits?: MediaLimits | undefined
  /** Conversations that are not closed and that one user may be in; undefined is as many as they like. */
  readonly conversationsPerIdentity?: number | undefined
  readonly answers?: OptOutAnswers | undefined
}

/** What was decided: what changes, and what the caller is told. */
export interface Decision<Name extends AnyCommandType> {
  readonly changes: Written
  readonly result: AnyResult<Name>
}

/**
 * How one command is carried out: the facts that it needs are read first, then a pure function decides. What only a back end may
 * say comes beside the command; it is empty for everybody else.
 */
export interface Handler<Name extends AnyCommandType, Facts> {
  /** What the command changes, for the store to lock. */
  scopes(actor: Actor, command: AnyCommand<Name>): readonly Scope[]
  facts(reads: Reads, actor: Actor, command: AnyCommand<Name>, given: GivenWith<Name>, context: Context): Promise<Facts | Refusal>
  decide(facts: Facts, command: AnyCommand<Name>, context: Context, given: GivenWith<Name>): Decision<Name> | Refusal
}

/** A handler without its facts: they never leave it. */
export interface AnyHandler<Name extends AnyCommandType> {
  scopes(actor: Actor, command: AnyCommand<Name>): readonly Scope[]
  handle(
    reads: Reads,
    actor: Actor,
    command: AnyCommand<Name>,
    context: Context,
    given?: GivenWith<Name>,
  ): Promise<Decision<Name> | Refusal>
}

/** What everybody but a back end says beside a command. */
const NOTHING = {}

/** Joins the two halves of a handler. */
export function handler<Name extends AnyCommandType, Facts>(parts: Handler<Name, Facts>): AnyHandler<Name> {
  return {
    scopes: parts.scopes,
    async handle(reads, actor, command, context, given = NOTHING) {
      const facts = await parts.facts(reads, actor, command, given, context)
      return facts instanceof Refusal ? facts : parts.decide(facts, command, context, given)
    },
  }
}

/** The scope of a command about a conversation. */
export const conversationScope = (_actor: Actor, command: { readonly conversationSid: string }): readonly Scope[] => [
  { conversation: command.conversationSid },
]

/**
 * The scope of a command that changes a part of what a service or an account has set: it is written whole, so whoever changes some of
 * it waits for the others, on whichever node. Settings change seldom enough for one scope.
 */
export const settingsScope = (): readonly Scope[] => [{ settings: true }]
