import type { ExitCode, Terminal } from './terminal.ts'
import { textTable } from './text-table.ts'

/** How a page of a list is shown. */
interface Shown {
  /** Names of the columns. */
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What is said of an empty page. */
  readonly nothing: string
  /** The option for the page behind this one; undefined when it is the last one. */
  readonly onward: string | undefined
}

/** Shows a page of a list: as a table, or as it came where programs read it. */
export function showPage(
  page: object,
  { head, rows, nothing, onward }: Shown,
  { json, terminal: { print, say } }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): ExitCode {
  if (json) {
    print(JSON.stringify(page, null, 2))
    return 0
  }
  if (rows.length === 0) say(nothing)
  else print(textTable(head, rows))
  if (onward !== undefined) say(`there are more: ${onward}`)
  return 0
}
