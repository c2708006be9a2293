/** What calls something off; it may come too late. */
type Cancel = () => void

// biome-ignore lint/suspicious/noExplicitAny: as in the language's own types.
type OnRejected<E> = ((reason: any) => E | PromiseLike<E>) | null

/** A promise of something that can be called off. What is chained to it can be called off too. */
export class CancellablePromise<T> extends Promise<T> {
  /** Chained promises are made by the language, which knows this class and not its `cancel`: they get it from where they hang. */
  #cancel: Cancel = () => {}

  /**
   * @param begin begins the work, as with any promise
   * @param cancel calls it off; the work then rejects by itself
   */
  constructor(
    begin: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void,
    cancel?: Cancel,
  ) {
    super(begin)
    if (cancel) this.#cancel = cancel
  }

  /**
   * Work that looks at a signal.
   *
   * @param work rejects once the signal says so
   */
  static of<T>(work: (signal: AbortSignal) => Promise<T>): CancellablePromise<T> {
    const controller = new AbortController()
    return new CancellablePromise<T>(
      (resolve) => resolve(work(controller.signal)),
      () => controller.abort(),
    )
  }

  /** Calls the work off: the promise rejects, unless it is done already. */
  cancel(): void {
    this.#cancel()
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  override then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: OnRejected<E>,
  ): CancellablePromise<R | E> {
    return this.#chained(super.then(onFulfilled, onRejected))
  }

  override catch<E = never>(onRejected?: OnRejected<E>): CancellablePromise<T | E> {
    return this.then(undefined, onRejected)
  }

  override finally(onFinally?: (() => void) | null): CancellablePromise<T> {
    return this.#chained(super.finally(onFinally))
  }

  #chained<R>(promise: Promise<R>): CancellablePromise<R> {
    const chained = promise as CancellablePromise<R>
    chained.#cancel = this.#cancel
    return chained
  }
}
