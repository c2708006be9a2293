import { failure } from './errors.ts'

/** What calls something off; it may come too late. */
type Cancel = () => void

// biome-ignore lint/suspicious/noExplicitAny: as in the language's own types.
type OnRejected<E> = ((reason: any) => E | PromiseLike<E>) | null

/** A promise of something that can be called off. What is chained to it can be called off too. */
export class CancellablePromise<T> extends Promise<T> {
  /** Chained promises are made by the language, which knows this class and not its `cancel`: they get it from where they hang. */
  #cancel: Cancel

  /**
   * @param executor begins the work, as with any promise; its third parameter takes what calls the work off
   */
  constructor(
    executor: (
      resolve: (value: T | PromiseLike<T>) => void,
      // biome-ignore lint/suspicious/noExplicitAny: as in the language's own types.
      reject: (reason?: any) => void,
      onCancel: (cancel: Cancel) => void,
    ) => void,
  ) {
    let callOff: Cancel = () => {}
    let stop: Cancel = () => {}
    super((resolve, reject) => {
      stop = () => reject(failure('cancelled'))
      executor(resolve, reject, (cancel) => {
        callOff = cancel
      })
    })
    this.#cancel = () => {
      callOff()
      stop()
    }
  }

  /**
   * Work that looks at a signal, and that alone decides whether it can still be called off.
   *
   * @internal
   * @param work rejects once the signal says so
   */
  static of<T>(work: (signal: AbortSignal) => Promise<T>): CancellablePromise<T> {
    const controller = new AbortController()
    return new CancellablePromise<T>((resolve, _, onCancel) => {
      onCancel(() => controller.abort())
      resolve(work(controller.signal))
    })
  }

  /** Calls the work off: the promise rejects, unless it is done or was left to another promise. @returns this promise */
  cancel(): this {
    this.#cancel()
    // Who calls off knows that it rejects.
    super.then(undefined, () => {})
    return this
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
