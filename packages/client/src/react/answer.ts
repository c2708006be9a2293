import { Store } from './source.ts'

/** What was answered last, and whether that is still to come. */
export interface AnswerState {
  readonly isLoading: boolean
  readonly error: Error | undefined
}

/** What a question is answered with, asked anew whenever the answer may have changed. */
export class Answer<T extends object> extends Store<T & AnswerState> {
  readonly #ask: () => Promise<T>
  readonly #follow: (read: () => void) => () => void

  /**
   * @param nothing what there is before the first answer
   * @param follow listens for what may change the answer; returns what ends it
   */
  constructor(nothing: T, ask: () => Promise<T>, follow: (read: () => void) => () => void) {
    super({ ...nothing, isLoading: true, error: undefined })
    this.#ask = ask
    this.#follow = follow
  }

  protected override start(): () => void {
    let latest = 0
    const read = () => {
      const mine = ++latest
      this.#ask().then(
        (answer) => {
          if (mine === latest) this.set({ ...answer, isLoading: false, error: undefined })
        },
        (error: Error) => {
          if (mine === latest) this.set({ ...this.snapshot(), isLoading: false, error })
        },
      )
    }
    const stop = this.#follow(read)
    read()
    return () => {
      latest++
      stop()
    }
  }
}
