import type { Media, MediaCategory } from '@conversa/protocol'
import { cleanFilename, type MediaLimits, mediaView } from '../commands/media.ts'
import { type Blobs, type Content, StorageFull } from '../ports/blobs.ts'
import type { Now } from '../ports/ports.ts'
import type { MakeSid } from '../ports/sids.ts'
import type { Scope, Store, Tx } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'
import type { Actor } from '../records/actor.ts'
import type { MediaRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** A file that comes in. */
export interface Upload {
  /** Makes a repeated upload the same file (G2); unique for its owner. */
  readonly key: string | undefined
  readonly filename: string | null
  readonly category: MediaCategory
  /** Bytes that the sender announced; undefined when it did not say. */
  readonly announced: number | undefined
  readonly content: Content
  /** What the content turned out to be, asked for when all of it has passed. */
  readonly found: () => Promise<Pick<MediaRecord, 'contentType' | 'digest'>>
}

/** What taking uploads needs. */
export interface UploadContext {
  readonly store: Store
  readonly blobs: Blobs
  readonly limits: MediaLimits
  readonly now: Now
  readonly makeSid: MakeSid
}

/** Thrown into the writing when more bytes come than a file may have. */
class TooLarge extends Error {}

type Finding = Pick<MediaRecord, 'size' | 'contentType' | 'digest'>

/**
 * Takes files in. The row comes first and says `uploading`, then the file, then the row says `pending`: so whatever a crash leaves
 * has a row that tells of it, and the collector needs to look at no folder.
 */
export class Uploads {
  readonly #context: UploadContext
  /** How many uploads each user has under way. */
  readonly #underWay = new Map<string, number>()
  readonly #arriving = new Set<string>()

  constructor(context: UploadContext) {
    this.#context = context
  }

  /** Whether a file comes in on this node now: the collector leaves it alone. */
  isArriving(sid: string): boolean {
    return this.#arriving.has(sid)
  }

  /**
   * Takes a file in.
   *
   * @returns the file, on disk and known, waiting for its message; or why it was refused, and then nothing of it is left
   * @throws what the content throws when it breaks off, and faults of the stores; the collector clears what is left then
   */
  async receive(actor: Actor, upload: Upload): Promise<Media | Refusal> {
    const { limits } = this.#context
    if ((upload.announced ?? 0) > limits.fileBytes) return new Refusal('media-too-large', { limit: limits.fileBytes })
    const owner = userName(actor)
    const underWay = this.#underWay.get(owner) ?? 0
    if (underWay >= limits.uploadsAtOnce) return new Refusal('too-many-requests', { limit: limits.uploadsAtOnce })
    this.#underWay.set(owner, underWay + 1)
    try {
      return await this.#receive(actor, upload)
    } catch (error) {
      if (error instanceof StorageFull) return new Refusal('storage-full')
      throw error
    } finally {
      const left = (this.#underWay.get(owner) as number) - 1
      if (left > 0) this.#underWay.set(owner, left)
      else this.#underWay.delete(owner)
    }
  }

  async #receive(actor: Actor, upload: Upload): Promise<Media | Refusal> {
    const sid = this.#context.makeSid('media')
    this.#arriving.add(sid)
    try {
      const begun = await this.#begin(actor, upload, sid)
      if (begun instanceof Refusal) return begun
      if (begun.sid !== sid) return await this.#repeated(begun, upload)
      const finding = await this.#write(begun, upload)
      if (finding instanceof Refusal) return finding
      return await this.#finish(begun, upload.key, finding)
    } finally {
      this.#arriving.delete(sid)
    }
  }

  /** Claims room for the file, in one step with the look at what is claimed already: no two uploads get the same room. */
  #begin(actor: Actor, { key, announced, filename, category }: Upload, sid: string): Promise<MediaRecord | Refusal> {
    const { store, limits, now } = this.#context
    const claim = announced ?? limits.fileBytes
    const begun: MediaRecord = {
      sid,
      serviceSid: actor.serviceSid,
      owner: actor.identity,
      state: 'uploading',
      size: claim,
      contentType: 'application/octet-stream',
      filename: cleanFilename(filename),
      category,
      digest: '',
      key: null,
      dateCreated: now(),
      message: null,
    }
    return store.transact(scopesOf(begun), async (tx) => {
      const earlier = await ofKey(tx, begun, key)
      if (earlier) return earlier
      const claimed = await tx.unsentMediaBytes(ownerOf(begun))
      if (claimed + claim > limits.pendingBytes) return new Refusal('media-pending-limit', { limit: limits.pendingBytes })
      tx.saveMedia(begun)
      return begun
    })
  }

  async #write(begun: MediaRecord, { content, found }: Upload): Promise<Finding | Refusal> {
    const { blobs, limits } = this.#context
    const meter = new Meter(limits.fileBytes)
    try {
      await blobs.write(begun.sid, meter.pass(content))
      return { size: meter.size, ...(await found()) }
    } catch (error) {
      await this.#discard(begun)
      if (error instanceof TooLarge) return new Refusal('media-too-large', { limit: limits.fileBytes })
      throw error
    }
  }

  /** Of two uploads with one key that come in at the same time, the first to end is the one. */
  async #finish(begun: MediaRecord, key: string | undefined, finding: Finding): Promise<Media | Refusal> {
    const pending: MediaRecord = { ...begun, ...finding, state: 'pending', key: key ?? null }
    const kept = await this.#context.store.transact(scopesOf(begun), async (tx) => {
      // It took so long that it was given up.
      if ((await tx.media(begun.sid))?.state !== 'uploading') return new Refusal('unavailable')
      const earlier = await ofKey(tx, begun, key)
      if (earlier) return earlier
      tx.saveMedia(pending)
      return pending
    })
    if (kept === pending) return mediaView(pending)
    await this.#discard(begun)
    return kept instanceof Refusal ? kept : sameOrRefused(kept, finding.digest)
  }

  /** The same file again: its bytes are read to see that they are the same, and kept nowhere. */
  async #repeated(earlier: MediaRecord, { content, found }: Upload): Promise<Media | Refusal> {
    const { fileBytes } = this.#context.limits
    try {
      for await (const _ of new Meter(fileBytes).pass(content)) {
        // All that matters is that it passes.
      }
    } catch (error) {
      if (error instanceof TooLarge) return new Refusal('media-too-large', { limit: fileBytes })
      throw error
    }
    return sameOrRefused(earlier, (await found()).digest)
  }

  /** File first, row last: as long as the row is there, the collector knows. What fails here, it will do. */
  async #discard({ sid }: MediaRecord): Promise<void> {
    const { blobs, store } = this.#context
    try {
      await blobs.remove(sid)
      await store.transact([], (tx) => tx.removeMedia(sid))
    } catch {
      // The fault that led here is the one to tell of.
    }
  }
}

/** Counts the bytes of a content and ends it with an error when they are too many. */
class Meter {
  size = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  async *pass(content: Content): Content {
    for await (const chunk of content) {
      this.size += chunk.length
      if (this.size > this.#limit) throw new TooLarge()
      yield chunk
    }
  }
}

const ownerOf = ({ serviceSid, owner }: MediaRecord) => ({ serviceSid, identity: owner })

const scopesOf = (record: MediaRecord): readonly Scope[] => [{ user: ownerOf(record) }]

async function ofKey(tx: Tx, begun: MediaRecord, key: string | undefined): Promise<MediaRecord | undefined> {
  return key === undefined ? undefined : tx.mediaByKey(ownerOf(begun), key)
}

function sameOrRefused(earlier: MediaRecord, digest: string): Media | Refusal {
  return earlier.digest === digest ? mediaView(earlier) : new Refusal('key-reused')
}
