import { createHash } from 'node:crypto'
import type { Upload } from '@conversa/core'
import { HEAD_BYTES, settleContentType } from './content-type.ts'

/** Looks at a file while it passes: its first bytes tell what it is, all of them give its digest. Nothing more of it is kept. */
export class IncomingFile {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #declared: string | undefined
  readonly #hash = createHash('sha256')
  readonly #head: Uint8Array[] = []
  #headLength = 0

  /**
   * @param source the bytes
   * @param declared the sender's `Content-Type`
   */
  constructor(source: AsyncIterable<Uint8Array>, declared: string | undefined) {
    this.#source = source
    this.#declared = declared
  }

  readonly content: Upload['content'] = {
    [Symbol.asyncIterator]: () => this.#pass(),
  }

  /** What it is; to be asked when all of it has passed. */
  async found(): ReturnType<Upload['found']> {
    const head = Buffer.concat(this.#head).subarray(0, HEAD_BYTES)
    return { contentType: await settleContentType(this.#declared, head), digest: this.#hash.digest('base64url') }
  }

  async *#pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#hash.update(chunk)
      if (this.#headLength < HEAD_BYTES) {
        this.#head.push(chunk.slice(0, HEAD_BYTES - this.#headLength))
        this.#headLength += chunk.length
      }
      yield chunk
    }
  }
}
