import type { Media } from '@conversa/protocol'
import { MEDIA_LIMITS, type MediaGrant, type MediaLimits, type MediaPorts } from '../commands/media.ts'
import type { ByteRange, Content } from '../ports/blobs.ts'
import type { Actor } from '../records/actor.ts'
import type { MediaRecord } from '../records/records.ts'
import type { Refusal } from '../records/refusal.ts'
import { collectMedia } from './media-collector.ts'
import { grantedMedia, type LinkContext } from './media-read.ts'
import { type Upload, type UploadContext, Uploads } from './media-upload.ts'

/** Milliseconds after which an upload of another node is given up: far longer than one may take. */
const UPLOAD_TIME = 6 * 60 * 60 * 1000

/** Everything about files that is not a command: taking them in, giving them out, collecting them. */
export class MediaFiles {
  readonly limits: MediaLimits
  readonly #context: UploadContext
  readonly #ports: MediaPorts
  readonly #uploads: Uploads

  constructor(context: Pick<UploadContext, 'store' | 'now' | 'makeSid'>, ports: MediaPorts) {
    this.limits = { ...MEDIA_LIMITS, ...ports.limits }
    this.#context = { ...context, blobs: ports.blobs, limits: this.limits }
    this.#ports = ports
    this.#uploads = new Uploads(this.#context)
  }

  /** Takes a file in; see `Uploads.receive`. */
  receive(actor: Actor, upload: Upload): Promise<Media | Refusal> {
    return this.#uploads.receive(actor, upload)
  }

  /** What an address made now says. */
  links(): LinkContext {
    return { link: this.#ports.link, expiresAt: this.#context.now() + this.limits.urlTime }
  }

  /** The file that a grant is for; see `grantedMedia`. */
  granted(grant: MediaGrant): Promise<MediaRecord | undefined> {
    return grantedMedia(this.#context.store, grant)
  }

  /** The content of a file, or a part of it. */
  read(sid: string, range?: ByteRange): Promise<Content | undefined> {
    return this.#context.blobs.read(sid, range)
  }

  /** Removes what belongs to nothing; see `collectMedia`. What comes in nowhere, nobody finishes: that is known of this node only. */
  collect(): Promise<number> {
    const { store, blobs, now } = this.#context
    const deadlines = {
      uploading: this.#ports.isStoreShared ? now() - UPLOAD_TIME : now(),
      pending: now() - this.limits.pendingTime,
    }
    return collectMedia({ store, blobs, isArriving: (sid) => this.#uploads.isArriving(sid) }, deadlines)
  }
}
