import type { MediaGrant } from '../commands/media.ts'
import type { Blobs, ByteRange, Content } from '../ports/blobs.ts'

/** Files in memory that a test looks into, and that fail when it says so. */
export class WorldBlobs implements Blobs {
  readonly files = new Map<string, Uint8Array>()
  /** Thrown by the next write when its content has passed, or by the next removal. */
  failsNext: { readonly write?: Error; readonly remove?: Error } = {}

  async write(sid: string, content: Content): Promise<void> {
    const bytes: number[] = []
    for await (const chunk of content) bytes.push(...chunk)
    this.#failIf(this.failsNext.write)
    this.files.set(sid, Uint8Array.from(bytes))
  }

  async read(sid: string, range?: ByteRange): Promise<Content | undefined> {
    const file = this.files.get(sid)
    return file && contentOf(range ? file.subarray(range.first, range.last + 1) : file)
  }

  async remove(sid: string): Promise<void> {
    this.#failIf(this.failsNext.remove)
    this.files.delete(sid)
  }

  #failIf(error: Error | undefined): void {
    this.failsNext = {}
    if (error) throw error
  }
}

/** Bytes as they come: one by one. */
export async function* contentOf(bytes: Iterable<number>): Content {
  for (const byte of bytes) yield Uint8Array.of(byte)
}

/** All bytes of a content. */
export async function bytesOf(content: Content | undefined): Promise<number[] | undefined> {
  if (!content) return undefined
  const bytes: number[] = []
  for await (const chunk of content) bytes.push(...chunk)
  return bytes
}

/** An address that a test can read. */
export function linkOf({ sid, member, expiresAt }: MediaGrant): string {
  return `/${sid}/${member ?? 'anybody'}/${expiresAt}`
}
