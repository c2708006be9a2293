import type { Written } from '../commands/changes.ts'
import { StorageFull } from '../ports/blobs.ts'
import type { Foresight, Scope, Tx } from '../ports/store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { OutboxDraft } from '../records/outbox-entry.ts'
import { Refusal } from '../records/refusal.ts'
import type { Executor } from './execute.ts'

/** What a change leaves to be told and sent. */
export interface Recorded {
  readonly changes: Written
  readonly drafts: readonly OutboxDraft[]
}

/** What the work of a command comes to: an answer, and what it wrote, if it wrote anything. */
export interface Outcome<Answer> {
  readonly answer: Answer
  readonly recorded?: Recorded
}

/** Writes a change, and with it what is to leave the server because of it (G9). */
export function record(tx: Tx, changes: Written, drafts: readonly OutboxDraft[]): Recorded {
  changes.write(tx)
  for (const draft of drafts) tx.addEntry(draft)
  return { changes, drafts }
}

/** Tells what follows a commit: events first, then what derives from them. */
export function tell(executor: Executor, { changes, drafts }: Recorded): void {
  const { publish, registered, reconfigured, queued, questions } = executor
  if (changes.published.length > 0) publish(changes.published)
  if (changes.registered.length > 0) registered(changes.registered)
  if (changes.reconfigured.length > 0) reconfigured(changes.reconfigured)
  if (changes.isListenedAnew) questions?.forget()
  if (drafts.length > 0) queued(drafts)
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
