import { describe, expect, test } from 'vitest'
import { CancellablePromise } from './cancellable-promise.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    ({ code }: { code: number }) => code,
  )

describe('a promise that an application makes', () => {
  test('is called off by what its executor gave, and rejects', async () => {
    const calls: string[] = []
    const promise = new CancellablePromise<string>((_resolve, _reject, onCancel) => onCancel(() => calls.push('off')))
    expect(promise.cancel()).toBe(promise)
    expect([await codeOf(promise), calls]).toEqual([51306, ['off']])
  })

  test('rejects when it is called off, also when its executor gave nothing for that', async () => {
    expect(await codeOf(new CancellablePromise(() => {}).cancel())).toBe(51306)
  })

  test('keeps what it settled with before', async () => {
    expect(await codeOf(new CancellablePromise((resolve) => resolve('done')).cancel())).toBe('done')
    const refused = new CancellablePromise((_, reject) => reject({ code: 7 }))
    expect(await codeOf(refused.cancel())).toBe(7)
  })

  test('calls its executor with an error, which rejects it, as any promise does', async () => {
    const promise = new CancellablePromise(() => {
      throw new TypeError('a mistake')
    })
    await expect(promise).rejects.toThrow('a mistake')
  })

  test('can be called off by what is chained to it', async () => {
    const calls: string[] = []
    const promise = new CancellablePromise<number>((_resolve, _reject, onCancel) => onCancel(() => calls.push('off')))
    const chained = promise
      .then((value) => value + 1)
      .catch(({ code }: { code: number }) => code)
      .finally(() => calls.push('finally'))
    expect(chained).toBeInstanceOf(CancellablePromise)
    chained.cancel()
    expect([await chained, calls]).toEqual([51306, ['off', 'finally']])
  })
})

describe('work that decides itself whether it is too late', () => {
  test('resolves although it was called off', async () => {
    const promise = CancellablePromise.of(async (signal) => {
      await Promise.resolve()
      return `aborted: ${signal.aborted}`
    })
    expect(await promise.cancel()).toBe('aborted: true')
  })

  test('that nobody waits for surfaces nowhere when it was called off', async () => {
    const unhandled: unknown[] = []
    const hear = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', hear)
    CancellablePromise.of(async () => Promise.reject(new Error('called off'))).cancel()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', hear)
    expect(unhandled).toEqual([])
  })
})
