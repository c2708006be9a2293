/** A part of a file; both ends are within it. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** The bytes of a file, or of a part of it, as they come. */
export type Content = AsyncIterable<Uint8Array>

/**
 * Where the bytes of files are kept, each under the SID of its record. What becomes of them is decided by the records; this only
 * keeps, gives and removes.
 */
export interface Blobs {
  /**
   * Keeps a file: whole and on disk when the promise settles (G1), or not at all when the content or the disk fails.
   *
   * @param sid of a file that is not there yet
   * @throws what `content` throws; `StorageFull` when there is no room for it
   */
  write(sid: string, content: Content): Promise<void>
  /**
   * Opens a file. The content holds a resource until it was read to its end or given up.
   *
   * @param range the part to give; all of it when undefined
   * @returns undefined when there is no such file
   */
  read(sid: string, range?: ByteRange): Promise<Content | undefined>
  /** Removes a file with all that an interrupted `write` left of it. To remove what is not there is fine. */
  remove(sid: string): Promise<void>
}

/** The disk, or the share of it that this program may use, is full. */
export class StorageFull extends Error {
  constructor(cause?: unknown) {
    super('unable to keep the file: the storage is full', { cause })
  }
}
