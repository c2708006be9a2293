import type { AnyCommand, AnyCommandType, AnyResult, GivenWith } from '../commands/back-end-command.ts'
import { Admission, admitted } from '../commands/rate-limits.ts'
import { replayDrafts } from '../hooks/hook-outbox.ts'
import type { Reads, Tx } from '../ports/store.ts'
import type { Inquiry, InquiryContext } from '../queries/inquiry.ts'
import { type Named, type Names, resolveNames } from '../queries/names.ts'
import type { BackEnd } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import { handlerOf } from './commands.ts'
import { commit, type Outcome, record } from './commit.ts'
import { contextOf, type Executor } from './execute.ts'
import { FORGOTTEN_AT_ONCE, saidBefore, toKept } from './kept-refusal.ts'

/** A key with which a request may be repeated (G2). */
export interface RepeatKey {
  /** What the key belongs to: the same one elsewhere is another one. */
  readonly scope: string
  readonly key: string
  /** The whole request: another one with the same key is refused. */
  readonly request: string
  /** Milliseconds for which the answer is kept. */
  readonly life: number
}

/** What a back end wants done, and what it wants to be shown then. */
export interface Submission<Name extends AnyCommandType, Shown extends object> {
  /** What the command is about, as the back end calls it: SIDs, or names in their place. */
  readonly about: Names
  readonly command: (named: Named) => AnyCommand<Name>
  readonly given?: GivenWith<Name>
  /** Answered in the transaction of the command, so that it shows just what the command made. */
  readonly show?: (result: AnyResult<Name>, named: Named) => Inquiry<Shown>
  readonly key?: RepeatKey | undefined
  /** Whether webhooks hear of it; they do not unless the back end wants it (rest-and-semantics 3.8). */
  readonly isTold?: boolean | undefined
  /** Runs in the transaction of the command, before it writes, also when it is refused there. */
  readonly alongside?: ((tx: Tx) => Promise<void>) | undefined
}

/**
 * The way in for back ends: a command with what only they may say, and an answer that shows what became of it. With a key the first
 * answer is kept in the same transaction, refusals too, and given again to whoever repeats the request.
 *
 * @returns what was asked to be shown, nothing in particular when nothing was asked, or why it was refused
 * @throws when the store failed; nothing was stored then
 */
export async function submit<Name extends AnyCommandType, Shown extends object>(
  executor: Executor,
  actor: BackEnd,
  submission: Submission<Name, Shown>,
  inquiryContext: InquiryContext,
): Promise<Shown | Refusal> {
  const { store } = executor
  const { key, about, given = {}, show, isTold = false, alongside } = submission
  // Before the names: what they stood for may be gone when the request is repeated.
  const before = await store.read(
    async (reads) => (await recall<Shown>(reads, executor, key)) ?? (await resolveNames(reads, actor, about)),
  )
  if (before instanceof Refusal) return before
  if ('answer' in before) return before.answer
  const command = submission.command(before)
  const handler = handlerOf<Name>(command.type as Name)
  // Nobody is asked whether time may pass.
  const isElapse = command.type === 'conversation.elapse'
  const admission = executor.rates && new Admission(() => executor.rates?.take<Name>(actor, command))
  // Repeated requests do not come this far.
  const asked = { actor, command, given: given as GivenWith<Name>, handler, isKnown: async () => false, admission }
  const amended =
    isTold && !isElapse ? await executor.questions?.ask<Name>({ ...asked, context: contextOf(executor) }) : undefined
  if (amended instanceof Refusal) {
    await store.transact([], (tx) => keepRefusal(tx, executor, key, amended))
    return amended
  }
  const work = async (tx: Tx): Promise<Outcome<Shown | Refusal>> => {
    const kept = await recall<Shown>(tx, executor, key)
    if (kept) return { answer: kept.answer }
    const context = contextOf(executor)
    const decided = await handler.handle(tx, actor, amended?.command ?? command, context, amended?.given ?? given)
    const decision = admitted(decided, admission)
    await alongside?.(tx)
    if (decision instanceof Refusal) {
      keepRefusal(tx, executor, key, decision)
      return { answer: decision }
    }
    const { changes, result } = decision
    const { published, attached, replays, outgoing } = changes
    const replayed = replayDrafts(replays, actor, context.now)
    const happening = { published, attached, now: context.now, isElapse, isSilent: !isTold }
    const recorded = record(tx, changes, [...outgoing, ...replayed, ...(await executor.drafts(tx, actor, happening))])
    const answer = show ? await show(result, before)(tx, actor, inquiryContext) : ({} as Shown)
    keep(tx, executor, key, answer)
    return { answer, recorded }
  }
  const answer = key && { owner: key.scope, key: key.key }
  return commit(executor, handler.scopes(actor, command), work, { actor, answer })
}

async function recall<Shown>(
  reads: Reads,
  { digest, now }: Executor,
  key: RepeatKey | undefined,
): Promise<{ readonly answer: Shown | Refusal } | undefined> {
  const said = key && saidBefore(await reads.answer(key.scope, key.key), () => digest(key.request), now())
  return said instanceof Refusal ? { answer: said } : (said as { readonly answer: Shown } | undefined)
}

function keepRefusal(tx: Tx, executor: Executor, key: RepeatKey | undefined, refusal: Refusal): void {
  if (refusal.isLasting) keep(tx, executor, key, refusal)
}

function keep(tx: Tx, { digest, now }: Executor, key: RepeatKey | undefined, answer: object): void {
  if (!key) return
  const kept = answer instanceof Refusal ? toKept(answer) : { answer }
  const dates = { dateCreated: now(), expires: now() + key.life }
  tx.forgetAnswers(now(), FORGOTTEN_AT_ONCE)
  tx.keepAnswer(key.scope, key.key, { fingerprint: digest(key.request), answer: JSON.stringify(kept), ...dates })
}
