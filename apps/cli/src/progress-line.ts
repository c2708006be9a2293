import type { Terminal } from './terminal.ts'

/** Where progress is shown. */
export interface Screen {
  readonly isTerminal: boolean
  /** Characters in a line. */
  readonly columns: number
  write(text: string): void
}

/** Milliseconds between two looks at a terminal, and between two lines elsewhere. */
const BETWEEN = { terminal: 100, lines: 10_000 } as const

const BAR = 24

/** Where a program shows how far it is: on the terminal that its standard error is, or among the lines that it says. */
export function screenOf({ say }: Pick<Terminal, 'say'>): Screen {
  const { stderr } = process
  const isTerminal = stderr.isTTY === true
  return {
    isTerminal,
    get columns() {
      return stderr.columns ?? 80
    },
    write: (text) => (isTerminal ? void stderr.write(text) : say(text.trimEnd())),
  }
}

/** A line that is drawn anew on a terminal while something goes on, and written now and then elsewhere. */
export class ProgressLine {
  readonly #screen: Screen
  readonly #now: () => number
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#now = now
  }

  /** Whether somebody looks on. */
  get isTerminal(): boolean {
    return this.#screen.isTerminal
  }

  /** Says something that stays. */
  say(line: string): void {
    this.#screen.write(this.#screen.isTerminal ? `\r\x1b[K${line}\n` : `${line}\n`)
  }

  /** Something begins, and needs no line yet. */
  begin(): void {
    this.#shownAt = this.#now()
  }

  /** @param line what to show, if it is time to */
  show(line: () => string): void {
    const { isTerminal, columns } = this.#screen
    if (this.#now() - this.#shownAt < (isTerminal ? BETWEEN.terminal : BETWEEN.lines)) return
    this.#shownAt = this.#now()
    this.#screen.write(isTerminal ? `\r\x1b[K${line().slice(0, columns - 1)}` : `${line()}\n`)
  }

  /** A line with a bar before it, on a terminal. */
  bar(done: number, total: number, said: string): string {
    if (!this.#screen.isTerminal) return said
    const filled = total === 0 ? BAR : Math.min(BAR, Math.floor((done / total) * BAR))
    return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${said}`
  }
}
