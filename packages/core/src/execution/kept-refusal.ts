import type { KeptAnswer } from '../ports/store.ts'
import { Refusal } from '../records/refusal.ts'

/** Answers whose time is over that go with each new one: more than come in, so that they end. */
export const FORGOTTEN_AT_ONCE = 4

/** A refusal as it is kept in place of an answer. No answer has a field of this name. */
interface KeptRefusal {
  readonly refused: ConstructorParameters<typeof Refusal>
}

export function toKept({ name, detail }: Refusal): KeptRefusal {
  return { refused: [name, detail] }
}

/**
 * What was said to a request with this key: whoever repeats it is told the same (G2).
 *
 * @param kept as the store has it; undefined when there is nothing
 * @param fingerprint makes that of the request that comes now; most keys are new, and need none
 * @param now milliseconds since 1970
 * @returns the answer, the refusal that was kept, or that of a key of another request; undefined when nothing is kept any more
 */
export function saidBefore(kept: KeptAnswer | undefined, fingerprint: () => string, now: number): object | undefined {
  if (!kept || (kept.expires !== undefined && kept.expires <= now)) return undefined
  if (kept.fingerprint !== fingerprint()) return new Refusal('key-reused')
  const said: object | KeptRefusal = JSON.parse(kept.answer)
  return 'refused' in said ? new Refusal(...said.refused) : said
}
