import type { Media as MediaRecord } from '@conversa/protocol'
import { CancellablePromise } from './cancellable-promise.ts'
import { failure } from './errors.ts'
import type { MediaCategory } from './media-content.ts'
import type { Session } from './session/session.ts'

/** A file of a message. */
export class Media {
  readonly #record: MediaRecord
  readonly #session: Session

  /** @internal */
  constructor(record: MediaRecord, session: Session) {
    this.#record = record
    this.#session = session
  }

  /** The file's unique system identifier. */
  get sid(): string {
    return this.#record.sid
  }

  /** Its name, for showing; null when it has none. */
  get filename(): string | null {
    return this.#record.filename
  }

  get contentType(): string {
    return this.#record.contentType
  }

  /** Bytes. */
  get size(): number {
    return this.#record.size
  }

  /** What the file is for. */
  get category(): MediaCategory {
    return this.#record.category
  }

  /** @returns where it can be fetched for some minutes; rejects when the user may not */
  getContentTemporaryUrl(): CancellablePromise<string | null> {
    return temporaryUrls(this.#session, [this.sid]).then((urls) => urls.get(this.sid) ?? null)
  }
}

/**
 * Asks where files can be fetched.
 *
 * @returns the addresses by SID, which hold for some minutes; rejects unless the user may fetch all of them, and at once when called off
 */
export function temporaryUrls(session: Session, sids: readonly string[]): CancellablePromise<Map<string, string>> {
  const ask = async () => {
    const { urls } = sids.length > 0 ? await session.query({ type: 'media.urls', sids: [...sids] }) : { urls: [] }
    return new Map(urls.map(({ sid, url }) => [sid, url.startsWith('/') ? session.serverUrl + url : url]))
  }
  const calledOff = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(failure('cancelled'))))
  return CancellablePromise.of((signal) => Promise.race([ask(), calledOff(signal)]))
}
