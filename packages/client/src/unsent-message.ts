import { requireStringOrNull } from './arguments.ts'
import { optionalAttributes } from './attributes.ts'
import { CancellablePromise } from './cancellable-promise.ts'
import type { ContentTemplateVariable } from './content-template.ts'
import type { LiveConversation } from './live/live-conversation.ts'
import { sendDraft } from './live/sending.ts'
import { type MediaCategory, mediaContents, type SendMediaOptions } from './media-content.ts'
import type { ProgressListener } from './session/media-upload.ts'

/** What belongs to a message as an e-mail. */
export interface SendEmailOptions {
  subject?: string
}

/** A message that is ready, and not sent yet. */
export class UnsentMessage {
  text?: string
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  attributes: any
  mediaContent: [MediaCategory, FormData | SendMediaOptions][] = []
  emailOptions: SendEmailOptions = {}
  contentSid?: string
  contentVariables?: ContentTemplateVariable[]
  readonly #live: LiveConversation

  /** @internal */
  constructor(live: LiveConversation) {
    this.#live = live
  }

  /**
   * Sends it.
   *
   * @param onProgress told how many bytes of its files are out
   * @returns its index, after `messageAdded` was told; rejects when refused, or called off while its files are under way
   */
  send(onProgress?: ProgressListener): CancellablePromise<number> {
    try {
      const { contentSid, contentVariables = [] } = this
      const body = this.text ?? null
      requireStringOrNull(body, 'message')
      const files = this.mediaContent.flatMap(([category, given]) => mediaContents(given, category))
      const said = { body, files, ...this.emailOptions, ...optionalAttributes(this.attributes) }
      const variables = Object.fromEntries(contentVariables.map(({ name, value }) => [name, value]))
      const made = contentSid ? { body: null, contentSid, contentVariables: JSON.stringify(variables) } : {}
      return sendDraft(this.#live, { ...said, ...made }, onProgress)
    } catch (error) {
      return CancellablePromise.of(() => Promise.reject(error))
    }
  }
}
