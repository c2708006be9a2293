import { createHash } from 'node:crypto'
import { type ChannelDoor, type ChannelInbound, type ChannelInboundFile, Refusal } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import type { Attachment } from 'postal-mime'
import { isDeliveryReport, readReport } from './delivery-report.ts'
import { MailAnswer } from './mail-answer.ts'
import type { MailEnvelope } from './mail-listener.ts'
import type { MessageNames } from './message-name.ts'
import { type ParsedMail, parseMail } from './parsed-mail.ts'
import { splitQuoted } from './quoted-history.ts'
import { isAuthentic } from './sender-check.ts'

/** Brings e-mails to the core: each is a message, or a report about one. */
export class IncomingMails {
  readonly #door: ChannelDoor
  readonly #names: MessageNames
  /** The name of the relay that has to have found senders right. */
  readonly #authentication: string | undefined

  constructor(door: ChannelDoor, names: MessageNames, authentication: string | undefined) {
    this.#door = door
    this.#names = names
    this.#authentication = authentication
  }

  /**
   * Takes an e-mail in: when this has ended it is stored, or there is nobody to be told that it is not.
   *
   * @throws a MailAnswer when it is not taken, anything else when it is to be brought again
   */
  async take(envelope: MailEnvelope, bytes: Uint8Array): Promise<void> {
    const mail = await parseMail(bytes)
    if (isDeliveryReport(mail)) {
      const report = readReport(mail, this.#names)
      if (report) await this.#door.report(report)
      return
    }
    if (this.#names.idOf(nameIn(mail.email.messageId) ?? '') !== undefined)
      throw new MailAnswer(554, '5.4.6 The e-mail is from here: it goes round in circles')
    const { address } = mail.from
    if (this.#authentication !== undefined && !isAuthentic(mail.headers('authentication-results'), this.#authentication, address))
      throw new MailAnswer(550, '5.7.1 It is not certain that the e-mail is from whom it says')
    for (const proxyAddress of envelope.to) await this.#bring(messageOf(mail, envelope, this.#names), proxyAddress)
  }

  async #bring(message: Omit<ChannelInbound, 'proxyAddress'>, proxyAddress: string): Promise<void> {
    // Who sends chooses the name of an e-mail: those of others do not get in its way.
    const id = `${message.id} ${message.address.toLowerCase()} ${proxyAddress.toLowerCase()}`
    const done = await this.#door.receive({ ...message, id, proxyAddress })
    if (done instanceof Refusal) throw new MailAnswer(554, `5.6.0 ${done.body().message}`)
    // A machine is not told: it would tell another one.
    if (!done && !message.isAutomatic) throw new MailAnswer(550, '5.1.1 Nobody is there for an e-mail from this sender')
  }
}

function messageOf(mail: ParsedMail, envelope: MailEnvelope, names: MessageNames): Omit<ChannelInbound, 'proxyAddress'> {
  const { from, email } = mail
  const name = cut(clean(from.name), LIMITS.friendlyNameCharacters)
  const parent = nameIn(email.inReplyTo) ?? email.references?.match(/<[^<>\s]+>/g)?.at(-1)
  return {
    id: nameIn(email.messageId) ?? digestOf(mail),
    address: from.address,
    ...contentOf(mail),
    ...(name && { name }),
    answers: parent && names.idOf(parent),
    threadName: threadNameIn(email.messageId),
    isAutomatic: envelope.from === '' || isAutomatic(mail),
  }
}

/**
 * The new text for everybody, and beside it the parts as they came; a text that is all there is needs none.
 */
function contentOf({ text, html, files, email }: ParsedMail): Pick<ChannelInbound, 'body' | 'subject' | 'files'> {
  const subject = cut(clean(email.subject ?? '').replaceAll('\n', ' '), LIMITS.subjectCharacters)
  const { body, history } = splitQuoted(clean(text))
  const attached = files.map(fileOf)
  // An e-mail with nothing but a subject says that.
  const shown = cutBytes(body === '' && attached.length === 0 ? subject : body, LIMITS.bodyBytes)
  const parts = [
    body !== '' && (html || shown !== body) && partOf('body', 'text/plain', body),
    html && partOf('body', 'text/html', html),
    history && partOf('history', 'text/plain', history),
  ]
  return { body: shown, subject: subject || null, files: [...parts.filter((part) => !!part), ...attached] }
}

function partOf(category: 'body' | 'history', contentType: string, text: string): ChannelInboundFile {
  return { filename: null, category, contentType, ...bytesOf(Buffer.from(text, 'utf8')) }
}

function fileOf({ filename, mimeType, content }: Attachment): ChannelInboundFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
  return { filename: filename && clean(filename), contentType: mimeType, ...bytesOf(bytes) }
}

function bytesOf(bytes: Uint8Array): Pick<ChannelInboundFile, 'size' | 'read'> {
  return {
    size: bytes.length,
    read: async function* () {
      yield bytes
    },
  }
}

/** What programs say that write by themselves (RFC 3834, and what was used before and is still). */
function isAutomatic({ headers }: ParsedMail): boolean {
  const first = (name: string) => headers(name)[0]?.trim().toLowerCase()
  const submitted = first('auto-submitted')
  return (
    (submitted !== undefined && !/^no\b/.test(submitted)) ||
    /^(bulk|junk|list|auto_reply)\b/.test(first('precedence') ?? '') ||
    ['list-id', 'x-autoreply', 'x-autorespond', 'x-auto-reply'].some((name) => first(name) !== undefined)
  )
}

/** The first name in a header. */
function nameIn(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /<[^<>\s]{1,900}>/.exec(header)?.[0]
}

/** A name that can stand in a header of ours: what is not of ASCII is none (RFC 5322). */
function threadNameIn(header: string | undefined): string | undefined {
  const name = nameIn(header)
  return name !== undefined && /^[!-~]+$/.test(name) ? name : undefined
}

/** An e-mail without a name is the same when it says the same. */
function digestOf({ from, email, text }: ParsedMail): string {
  const said = JSON.stringify([from.address, email.date, email.subject, text])
  return createHash('sha256').update(said).digest('base64url')
}

/** What can be stored and shown: no controls but new lines and tabs. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
}

function cut(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed()
}

const ENDING = ' […]'

/** All of it is in a part of its own. */
function cutBytes(text: string, bytes: number): string {
  const all = Buffer.from(text, 'utf8')
  if (all.length <= bytes) return text
  const kept = all.subarray(0, bytes - Buffer.byteLength(ENDING)).toString('utf8')
  return kept.replace(/\ufffd{1,3}$/, '') + ENDING
}
