import type { Blobs, ByteRange, Content } from '@conversa/core'

/** Files in memory: for tests and test servers. */
export class MemoryBlobs implements Blobs {
  readonly #files = new Map<string, Uint8Array>()

  /** The SIDs of all files. */
  get sids(): readonly string[] {
    return [...this.#files.keys()]
  }

  async write(sid: string, content: Content): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk.slice())
    const file = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const chunk of chunks) {
      file.set(chunk, at)
      at += chunk.length
    }
    this.#files.set(sid, file)
  }

  async read(sid: string, range?: ByteRange): Promise<Content | undefined> {
    const file = this.#files.get(sid)
    const part = range ? file?.subarray(range.first, range.last + 1) : file
    return part && chunksOf(part)
  }

  async remove(sid: string): Promise<void> {
    this.#files.delete(sid)
  }
}

async function* chunksOf(part: Uint8Array): Content {
  if (part.length > 0) yield part
}
