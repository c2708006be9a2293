import type { Rows } from '../ports/inventory.ts'

/**
 * What is wrong with a log. It may begin anywhere: what was before is told as a snapshot. From there on every revision is there once,
 * up to the present one.
 *
 * @param revisions in their order
 * @param last the revision that the log has to end with
 * @returns a sentence for each fault
 */
export async function holes(revisions: Rows<number>, last: number): Promise<string[]> {
  const found: string[] = []
  let before: number | undefined
  for await (const revision of revisions) {
    if (before !== undefined && revision <= before) found.push(`revision ${revision} is there twice`)
    else if (before !== undefined && revision > before + 1) {
      found.push(`revisions ${before + 1} to ${revision - 1} are not there`)
    }
    before = revision
  }
  if (before !== undefined && before !== last) found.push(`the log ends with revision ${before}, and the present one is ${last}`)
  return found
}
