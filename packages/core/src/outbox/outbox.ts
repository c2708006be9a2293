import type { Awaitable, Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { OutboxDraft, OutboxQueue } from '../records/outbox-entry.ts'
import type { Happening } from './happening.ts'

/*
 * What is to leave the server because something changed: it is written with the change (G9), waits in a queue, and is sent after the
 * commit by the courier of its kind.
 */

/** Says what one kind of entry is made of a change, before it is written. Where there is none the answer is to cost nothing. */
export type Drafter = (reads: Reads, actor: Actor, happening: Happening) => Awaitable<readonly OutboxDraft[]>

/** Joins drafters. What all of them say at once is said at once. */
export function joinDrafters(drafters: readonly Drafter[]): Drafter {
  const [first, ...others] = drafters
  if (first && others.length === 0) return first
  return (reads, actor, happening) => {
    const now: OutboxDraft[] = []
    const later: Promise<readonly OutboxDraft[]>[] = []
    for (const drafter of drafters) {
      const found = drafter(reads, actor, happening)
      if (found instanceof Promise) later.push(found)
      else now.push(...found)
    }
    return later.length === 0 ? now : Promise.all(later).then((drafts) => [...now, ...drafts.flat()])
  }
}

/** The queue of an entry, and nothing else of it. */
export const queueOf = ({ kind, destination, subject }: OutboxQueue): OutboxQueue => ({ kind, destination, subject })
