import { StorageFull } from './blobs.ts'
import type { Written } from './changes.ts'
import type { Executor } from './execute.ts'
import type { HookDraft } from './records.ts'
import { Refusal } from './refusal.ts'
import type { Foresight, Scope, Tx } from './store.ts'
import { StoreUnavailable } from './store-unavailable.ts'

/** What a change leaves to be told. */
export interface Recorded {
  readonly changes: Written
  readonly hooks: readonly HookDraft[]
}

/** What the work of a command comes to: an answer, and what it wrote, if it wrote anything. */
export interface Outcome<Answer> {
  readonly answer: Answer
  readonly recorded?: Recorded
}

/** Writes a change, and with it what webhooks are to be told of it (G9). */
export function record(tx: Tx, changes: Written, hooks: readonly HookDraft[]): Recorded {
  changes.write(tx)
  for (const hook of hooks) tx.addHook(hook)
  return { changes, hooks }
}

/** Tells what follows a commit: events first, then what derives from them. */
export function tell(executor: Executor, { changes, hooks }: Recorded): void {
  const { publish, registered, reconfigured, hooked, questions } = executor
  if (changes.published.length > 0) publish(changes.published)
  if (changes.registered.length > 0) registered(changes.registered)
  if (changes.reconfigured.length > 0) reconfigured(changes.reconfigured)
  if (changes.isListenedAnew) questions?.forget()
  if (hooks.length > 0) hooked(hooks)
}

/**
 * Runs the work of a command in one transaction, and tells what it did after the commit and before the answer.
 *
 * @returns what the work answered, or the refusal when there was no room for it, or nobody who could take it
 * @throws when the store failed; nothing was stored then
 */
export async function commit<Answer>(
  executor: Executor,
  scopes: readonly Scope[],
  work: (tx: Tx) => Promise<Outcome<Answer>>,
  foresight?: Foresight,
): Promise<Answer | Refusal> {
  try {
    const { answer, recorded } = await executor.store.transact(scopes, work, foresight)
    if (recorded) tell(executor, recorded)
    return answer
  } catch (error) {
    if (error instanceof StorageFull) return new Refusal('storage-full')
    if (error instanceof StoreUnavailable) return new Refusal('unavailable')
    throw error
  }
}
