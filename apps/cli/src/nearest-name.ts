/**
 * The name that somebody probably meant.
 *
 * @param name what was written
 * @param known the names there are
 * @returns the known name with the fewest differing letters, or undefined when none is near (a third of the letters)
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.floor(name.length / 3) + 1
  for (const candidate of known) {
    const edits = editDistance(name.toUpperCase(), candidate.toUpperCase())
    if (edits >= fewest) continue
    nearest = candidate
    fewest = edits
  }
  return nearest
}

/** Levenshtein: insertions, deletions and replacements that make one text of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: [...to].length + 1 }, (_, left) => left)
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1]
    for (const [left, other] of [...to].entries()) {
      next.push(Math.min(row[left]! + (letter === other ? 0 : 1), row[left + 1]! + 1, next[left]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}
