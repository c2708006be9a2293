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

/** Shows how far an import is: a bar that is drawn anew on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #screen: Screen
  readonly #now: () => number
  #shownAt = Number.NEGATIVE_INFINITY
  #total: number | undefined
  #done = 0
  #messages = 0

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#now = now
  }

  /** Whether somebody looks on, for whom it is worth counting beforehand. */
  get isTerminal(): boolean {
    return this.#screen.isTerminal
  }

  /** Says something that stays. */
  say(line: string): void {
    this.#screen.write(this.#screen.isTerminal ? `\r\x1b[K${line}\n` : `${line}\n`)
  }

  /** A part with so many conversations begins; undefined when nobody has counted them. */
  begin(total: number | undefined): void {
    this.#total = total
    this.#done = 0
    this.#messages = 0
    this.#shownAt = this.#now()
  }

  messages(count: number): void {
    this.#messages += count
    this.#show()
  }

  conversation(): void {
    this.#done++
    this.#show()
  }

  /** What was shown last stays. */
  end(): void {
    this.say(this.#line())
  }

  #show(): void {
    const { isTerminal, columns } = this.#screen
    if (this.#now() - this.#shownAt < (isTerminal ? BETWEEN.terminal : BETWEEN.lines)) return
    this.#shownAt = this.#now()
    const line = this.#line()
    this.#screen.write(isTerminal ? `\r\x1b[K${line.slice(0, columns - 1)}` : `${line}\n`)
  }

  #line(): string {
    const said = `${this.#done}${this.#total === undefined ? '' : ` of ${this.#total}`} conversations, ${this.#messages} messages`
    if (!this.#screen.isTerminal || this.#total === undefined) return said
    const filled = this.#total === 0 ? BAR : Math.min(BAR, Math.floor((this.#done / this.#total) * BAR))
    return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${said}`
  }
}
