import { ProgressLine, type Screen } from '../progress-line.ts'

/** Shows how far an import is: a bar that is drawn anew on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #line: ProgressLine
  #total: number | undefined
  #done = 0
  #messages = 0

  constructor(screen: Screen, now?: () => number) {
    this.#line = new ProgressLine(screen, now)
  }

  /** Whether somebody looks on, for whom it is worth counting beforehand. */
  get isTerminal(): boolean {
    return this.#line.isTerminal
  }

  /** Says something that stays. */
  say(line: string): void {
    this.#line.say(line)
  }

  /** A part with so many conversations begins; undefined when nobody has counted them. */
  begin(total: number | undefined): void {
    this.#total = total
    this.#done = 0
    this.#messages = 0
    this.#line.begin()
  }

  messages(count: number): void {
    this.#messages += count
    this.#line.show(() => this.#said())
  }

  conversation(): void {
    this.#done++
    this.#line.show(() => this.#said())
  }

  /** What was shown last stays. */
  end(): void {
    this.say(this.#said())
  }

  #said(): string {
    const said = `${this.#done}${this.#total === undefined ? '' : ` of ${this.#total}`} conversations, ${this.#messages} messages`
    return this.#total === undefined ? said : this.#line.bar(this.#done, this.#total, said)
  }
}
