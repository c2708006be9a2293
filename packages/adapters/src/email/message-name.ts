import { createHmac, timingSafeEqual } from 'node:crypto'

/*
 * What our e-mails are called (Message-ID). The name says which message to whom it is, the same at every try, and nobody who did not
 * get the e-mail can make it: answers and reports that carry it are about this message.
 */

const FORM = /^<([\w.]{1,200})\.([0-9a-f]{32})@[^\s<>@]{1,255}>$/
/** Stands for what ties the e-mails of one conversation together; no message has this name. */
const THREAD = 'thread'

/** Makes and reads the names of one adapter's e-mails. */
export class MessageNames {
  readonly #secret: string

  /** @param secret that the names are signed with; another one makes those that are out there unknown */
  constructor(secret: string) {
    this.#secret = secret
  }

  /**
   * @param id of the message to one person
   * @param from the address that it comes from
   */
  nameOf(id: string, from: string): string {
    return `<${id}.${this.#sign(id).toString('hex')}@${domainOf(from)}>`
  }

  /** What all e-mails of a conversation to one person refer to, so that programs show them as one thread. */
  threadOf(conversationSid: string, to: string, from: string): string {
    const thread = createHmac('sha256', this.#secret).update(`${conversationSid} ${to.toLowerCase()}`).digest('hex')
    return this.nameOf(`${THREAD}.${thread}`, from)
  }

  /** @returns the id that a name was made of; undefined when it is none of ours, or of a thread */
  idOf(name: string): string | undefined {
    const [, id, signature] = FORM.exec(name) ?? []
    if (id === undefined || signature === undefined || id.startsWith(`${THREAD}.`)) return undefined
    return timingSafeEqual(Buffer.from(signature, 'hex'), this.#sign(id)) ? id : undefined
  }

  #sign(id: string): Buffer {
    return createHmac('sha256', this.#secret).update(id).digest().subarray(0, 16)
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
