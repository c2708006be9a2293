import type { Command, CommandType, Result } from '@conversa/protocol'
import type { Published } from '../commands/changes.ts'
import type { AnyHandler, Context } from '../commands/handler.ts'
import type { MediaLimits } from '../commands/media.ts'
import type { OptOutAnswers } from '../commands/opt-out-answer.ts'
import { Admission, admitted, type RateLimits } from '../commands/rate-limits.ts'
import type { Amended, HookQuestions } from '../hooks/hook-question.ts'
import type { Drafter } from '../outbox/outbox.ts'
import type { Now } from '../ports/ports.ts'
import type { MakeSid } from '../ports/sids.ts'
import type { Foresight, Reads, Store, Tx, UserKey } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'
import type { Actor } from '../records/actor.ts'
import type { OutboxQueue } from '../records/outbox-entry.ts'
import { Refusal } from '../records/refusal.ts'
import { HANDLERS } from './commands.ts'
import { commit, type Outcome, record } from './commit.ts'
import { FORGOTTEN_AT_ONCE, saidBefore, toKept } from './kept-refusal.ts'

/** What carrying out a command needs. */
export interface Executor {
  readonly store: Store
  readonly now: Now
  readonly makeSid: MakeSid
  /** A short digest of a text, to tell a repeated request from another one with the same key. */
  readonly digest: (text: string) => string
  /** Hears what was committed, in the order of the commits. */
  readonly publish: (events: readonly Published[]) => void
  /** Hears afterwards who can be reached by push now and could not before, or the other way round. */
  readonly registered: (users: readonly UserKey[]) => void
  /** Hears afterwards whose settings changed, by the SIDs of the services. */
  readonly reconfigured: (services: readonly string[]) => void
  /** Says what is to leave the server because of a change. */
  readonly drafts: Drafter
  /** Hears afterwards in which queues of the outbox there is something. */
  readonly queued: (queues: readonly OutboxQueue[]) => void
  /** Asks webhooks before something happens; without it nobody is asked. */
  readonly questions: HookQuestions | undefined
  /** What people outside are told who opt out. */
  readonly answers: OptOutAnswers | undefined
  readonly mediaLimits: MediaLimits | undefined
  /** Conversations that are not closed and that one user may be in; undefined is as many as they like. */
  readonly conversationsPerIdentity: number | undefined
  /** How often something may be done; undefined is as often as anybody likes. */
  readonly rates: RateLimits | undefined
}

/** What deciding may use at this moment. */
export function contextOf({ now, makeSid, mediaLimits, conversationsPerIdentity, answers }: Executor): Context {
  return { now: now(), makeSid, mediaLimits, conversationsPerIdentity, answers }
}

/** What is said of a command besides what it is. */
export interface Attempt {
  /** Whether it was sent before, and whoever sent it does not know what became of that. */
  readonly isRepeated?: boolean | undefined
}

/**
 * The one way in for everything that changes something: known key → the first answer again; else read the facts, decide, store,
 * and after the commit publish and answer (G1, G2).
 *
 * @param actor who acts; already authenticated
 * @param command already of the right form
 * @returns what the command answers, or why it was refused
 * @throws when the store failed; nothing was stored then
 */
export async function execute<Name extends CommandType>(
  executor: Executor,
  actor: Actor,
  command: Command<Name>,
  { isRepeated = false }: Attempt = {},
): Promise<Result<Name> | Refusal> {
  const name = command.type as Name
  const handler = HANDLERS[name] as AnyHandler<Name>
  const admission = executor.rates && new Admission(() => executor.rates?.take<Name>(actor, command))
  const asked = askedBefore(executor, actor, command, handler, admission)
  // Where nobody is asked nothing is waited for.
  const amended = asked && (await asked)
  if (amended instanceof Refusal && !isRepeated) return amended
  const work = async (tx: Tx): Promise<Outcome<object>> => {
    const kept = await recall(tx, executor, actor, command, amended !== undefined)
    if (kept) return { answer: kept }
    if (amended instanceof Refusal) return refuseAgain(tx, executor, actor, command, amended)
    const context = contextOf(executor)
    const decided = await handler.handle(tx, actor, amended?.command ?? command, context, amended?.given)
    const decision = admitted(decided, admission)
    if (decision instanceof Refusal) {
      return isRepeated ? refuseAgain(tx, executor, actor, command, decision) : { answer: decision }
    }
    const { changes, result } = decision
    const found = executor.drafts(tx, actor, { published: changes.published, now: context.now })
    // The same where nothing leaves the server.
    const recorded = record(tx, changes, found instanceof Promise ? await found : found)
    keep(tx, executor, actor, command, result, amended !== undefined)
    return { answer: result, recorded }
  }
  const foresight = foresee(actor, command, amended !== undefined)
  return (await commit(executor, handler.scopes(actor, command), work, foresight)) as Result<Name> | Refusal
}

/** What webhooks say to what a user wants; see `HookQuestions.ask`. */
function askedBefore<Name extends CommandType>(
  executor: Executor,
  actor: Actor,
  command: Command<Name>,
  handler: AnyHandler<Name>,
  admission: Admission | undefined,
): Promise<Amended<Name> | Refusal | undefined> | undefined {
  if (actor.kind !== 'user' || !executor.questions) return undefined
  const isKnown = async (reads: Reads) => (await recall(reads, executor, actor, command, true)) !== undefined
  const asked = executor.questions.ask<Name>({
    actor,
    command,
    given: {},
    handler,
    context: contextOf(executor),
    isKnown,
    admission,
  })
  return asked?.then((amended) => (amended && !(amended instanceof Refusal) ? withoutKey(amended) : amended))
}

/** A message whose author was changed is not found by its key any more; the answer that is kept is. */
function withoutKey<Name extends CommandType>({ command, given }: Amended<Name>): Amended<Name> {
  const isOthers = command.type === 'message.send' && 'author' in given
  return { command: isOthers ? { ...command, key: undefined } : command, given }
}

/** What `work` asks, whatever the command is. */
function foresee(actor: Actor, command: Command, wasAsked: boolean): Foresight {
  const key = keyOf(command, wasAsked)
  const answer = key === undefined ? undefined : { owner: userName(actor), key }
  if (command.type !== 'message.send' || command.key === undefined) return { actor, answer }
  return { actor, send: command.key, answer, mayOwn: refusedSendsOf(actor) }
}

/** A send keeps its key in its own row and needs no answer kept, unless webhooks may change its author. */
function keyOf(command: Command, wasAsked: boolean): string | undefined {
  return command.type === 'message.send' && !wasAsked ? undefined : command.key
}

/** Refused sends of an actor are kept apart, so that a store knows at once of most that they have none. */
const refusedSendsOf = (actor: Actor) => `refused sends of ${userName(actor)}`

/** Milliseconds for which it is known that a command was refused: longer than one lies in the sockets of a node that stands still. */
const REFUSAL_LIFE = 3_600_000

/**
 * Refuses what was sent before: the first attempt, which may be under way to another node all that time and be carried out there at last, is
 * refused too then. Else it would take effect after whoever sent it was told that it does not, and behind what they sent since (I3). Only
 * what is repeated leaves something, so that a flood of refused commands writes nothing (decision 23).
 */
function refuseAgain(tx: Tx, { digest, now }: Executor, actor: Actor, command: Command, refusal: Refusal): Outcome<Refusal> {
  const { key } = command
  if (key === undefined || !refusal.isLasting) return { answer: refusal }
  const owner = command.type === 'message.send' ? refusedSendsOf(actor) : userName(actor)
  const kept = { fingerprint: digest(JSON.stringify(command)), answer: JSON.stringify(toKept(refusal)) }
  tx.forgetAnswers(now(), FORGOTTEN_AT_ONCE)
  tx.keepAnswer(owner, key, { ...kept, dateCreated: now(), expires: now() + REFUSAL_LIFE })
  return { answer: refusal }
}

/**
 * The first answer to a key, or its refusal, whatever has become of the actor's rights since: who repeats a command only asks what became
 * of it.
 */
async function recall(
  tx: Reads,
  executor: Executor,
  actor: Actor,
  command: Command,
  wasAsked: boolean,
): Promise<object | undefined> {
  const sent = command.type === 'message.send' ? await recallSend(tx, executor, actor, command) : undefined
  return sent ?? (await recallAnswer(tx, executor, command, { owner: userName(actor), key: keyOf(command, wasAsked) }))
}

async function recallAnswer(
  tx: Reads,
  { digest, now }: Executor,
  command: Command,
  { owner, key }: { readonly owner: string; readonly key: string | undefined },
): Promise<object | undefined> {
  if (key === undefined) return undefined
  return saidBefore(await tx.answer(owner, key), () => digest(JSON.stringify(command)), now())
}

async function recallSend(
  tx: Reads,
  executor: Executor,
  actor: Actor,
  command: Command<'message.send'>,
): Promise<Result<'message.send'> | Refusal | undefined> {
  const { conversationSid, key } = command
  if (key === undefined || !(await tx.conversation(actor.serviceSid, conversationSid))) return undefined
  const message = await tx.messageByKey(conversationSid, actor.identity, key)
  if (message) return { index: message.index, sid: message.sid }
  const owner = refusedSendsOf(actor)
  if (!(await tx.mayOwnAnswers(owner))) return undefined
  return (await recallAnswer(tx, executor, command, { owner, key })) as Refusal | undefined
}

function keep(tx: Tx, { digest, now }: Executor, actor: Actor, command: Command, result: object, wasAsked: boolean): void {
  const key = keyOf(command, wasAsked)
  if (key === undefined) return
  const fingerprint = digest(JSON.stringify(command))
  tx.keepAnswer(userName(actor), key, { fingerprint, answer: JSON.stringify(result), dateCreated: now() })
}
