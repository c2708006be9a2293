/**
 * Rows as columns that a reader can follow.
 *
 * @param head names of the columns
 * @param rows a text for each column
 * @returns lines, without a line break at the end
 */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map(onOneLine))]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What others wrote can neither break a line nor steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
export const onOneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
