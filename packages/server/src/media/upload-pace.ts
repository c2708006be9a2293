import type { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'

/** How slow a sender may be (reliability B18). */
export interface UploadPace {
  /** Milliseconds without a byte. */
  readonly idle: number
  /** Bytes per second on the whole, once `grace` is over. */
  readonly bytesPerSecond: number
  /** Milliseconds of waiting that are not looked at. */
  readonly grace: number
}

export const UPLOAD_PACE: UploadPace = { idle: 20_000, bytesPerSecond: 8 * 1024, grace: 60_000 }

/** A sender that takes longer than it may. */
export class TooSlow extends Error {
  constructor() {
    super('unable to receive the file: the sender is too slow')
  }
}

/**
 * Reads a stream at its own pace, and gives up when that is too slow. Only the time spent waiting for the sender counts, not the
 * time that our disk takes. When reading ends early, the stream stays open: the answer goes out on the same connection.
 *
 * @throws TooSlow, and what the stream throws
 */
export async function* paced(stream: Readable, clock: Clock, pace: UploadPace): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = stream.iterator({ destroyOnReturn: false })
  let waited = 0
  let received = 0
  try {
    for (;;) {
      const asked = clock.now()
      const next = await within(clock, pace.idle, chunks.next())
      if (next.done) return
      waited += clock.now() - asked
      received += next.value.length
      if (waited > pace.grace && received < (waited / 1000) * pace.bytesPerSecond) throw new TooSlow()
      yield next.value
    }
  } finally {
    void chunks.return?.().catch(() => {})
  }
}

async function within<T>(clock: Clock, milliseconds: number, promise: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(milliseconds, () => reject(new TooSlow()))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
    promise.catch(() => {})
  }
}
