import type { Command, CommandType, Result } from '@conversa/protocol'
import type { Actor } from './actor.ts'
import type { Changes } from './changes.ts'
import type { MediaLimits } from './media.ts'
import { Refusal } from './refusal.ts'
import type { MakeSid } from './sids.ts'
import type { Reads, Scope } from './store.ts'

/** What deciding may use besides the facts. */
export interface Context {
  readonly now: number
  readonly makeSid: MakeSid
  /** The usual ones when they are not given. */
  readonly mediaLimits?: MediaLimits | undefined
}

/** What was decided: what changes, and what the caller is told. */
export interface Decision<Name extends CommandType> {
  readonly changes: Changes
  readonly result: Result<Name>
}

/**
 * How one command is carried out: the facts that it needs are read first, then a pure function decides.
 */
export interface Handler<Name extends CommandType, Facts> {
  /** What the command changes, for the store to lock. */
  scopes(actor: Actor, command: Command<Name>): readonly Scope[]
  facts(reads: Reads, actor: Actor, command: Command<Name>): Promise<Facts | Refusal>
  decide(facts: Facts, command: Command<Name>, context: Context): Decision<Name> | Refusal
}

/** A handler without its facts: they never leave it. */
export interface AnyHandler<Name extends CommandType> {
  scopes(actor: Actor, command: Command<Name>): readonly Scope[]
  handle(reads: Reads, actor: Actor, command: Command<Name>, context: Context): Promise<Decision<Name> | Refusal>
}

/** Joins the two halves of a handler. */
export function handler<Name extends CommandType, Facts>(parts: Handler<Name, Facts>): AnyHandler<Name> {
  return {
    scopes: parts.scopes,
    async handle(reads, actor, command, context) {
      const facts = await parts.facts(reads, actor, command)
      return facts instanceof Refusal ? facts : parts.decide(facts, command, context)
    },
  }
}

/** The scope of a command about a conversation. */
export const conversationScope = (_actor: Actor, command: { readonly conversationSid: string }): readonly Scope[] => [
  { conversation: command.conversationSid },
]
