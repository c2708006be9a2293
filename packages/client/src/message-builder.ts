import { requireString } from './arguments.ts'
import type { CancellablePromise } from './cancellable-promise.ts'
import type { ContentTemplateVariable } from './content-template.ts'
import { isForm, type SendMediaOptions } from './media-content.ts'
import type { ProgressListener } from './session/media-upload.ts'
import type { UnsentMessage } from './unsent-message.ts'

/** Puts a message together, step by step. */
export class MessageBuilder {
  readonly #message: UnsentMessage
  /** Texts and histories, by their category and type. */
  readonly #parts = new Map<string, FormData | SendMediaOptions>()

  /** @internal */
  constructor(message: UnsentMessage) {
    this.#message = message
  }

  setBody(text: string): this {
    requireString(text, 'text')
    this.#message.text = text
    return this
  }

  setSubject(subject: string): this {
    requireString(subject, 'subject')
    this.#message.emailOptions = { ...this.#message.emailOptions, subject }
    return this
  }

  setAttributes(attributes: unknown): this {
    this.#message.attributes = attributes
    return this
  }

  /** Sets the text of the message as an e-mail, in one type; a text that was set in that type before is replaced. */
  setEmailBody(contentType: string, body: FormData | SendMediaOptions): this {
    return this.#setPart('body', contentType, body)
  }

  /** Sets the history that goes below an e-mail, in one type; what was set in that type before is replaced. */
  setEmailHistory(contentType: string, history: FormData | SendMediaOptions): this {
    return this.#setPart('history', contentType, history)
  }

  /** Lets a template say what the message says, with these values in its places; a text of the message is not sent then. */
  setContentTemplate(contentSid: string, contentVariables: ContentTemplateVariable[] = []): this {
    requireString(contentSid, 'contentSid')
    this.#message.contentSid = contentSid
    this.#message.contentVariables = contentVariables
    return this
  }

  /** Adds a file, or the files of a form. */
  addMedia(media: FormData | SendMediaOptions): this {
    this.#message.mediaContent.push(['media', media])
    return this
  }

  /** @returns the message as it stands, to be sent when it is time */
  build(): UnsentMessage {
    return this.#message
  }

  /** Sends it; see `UnsentMessage.send`. */
  buildAndSend(onProgress?: ProgressListener): CancellablePromise<number> {
    return this.build().send(onProgress)
  }

  #setPart(category: 'body' | 'history', contentType: string, given: FormData | SendMediaOptions): this {
    requireString(contentType, 'contentType')
    const part = isForm(given) ? given : { ...given, contentType }
    const name = `${category} ${contentType}`
    const before = this.#parts.get(name)
    this.#parts.set(name, part)
    const kept = this.#message.mediaContent.filter(([, content]) => content !== before)
    this.#message.mediaContent = [...kept, [category, part]]
    return this
  }
}
