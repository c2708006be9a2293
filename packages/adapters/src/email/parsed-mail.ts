import PostalMime, { type Address, type Attachment, addressParser, type Email } from 'postal-mime'
import { MailAnswer } from './mail-answer.ts'

/**
 * Parts within parts, headers in all of them, and files of one e-mail (reliability B43). The parser takes its time for each line and
 * much more for each part, however short, and nothing else runs meanwhile.
 */
const LIMITS = { depth: 30, headerBytes: 256 * 1024, files: 100, lines: 400_000, parts: 2000 } as const
/** Relays that an e-mail has passed; more are a loop. */
const MOST_HOPS = 50

export interface ParsedMail {
  readonly from: { readonly address: string; readonly name: string }
  readonly email: Email
  /** All headers of a name, the topmost first. */
  readonly headers: (name: string) => readonly string[]
  readonly text: string
  readonly html: string | undefined
  readonly files: readonly Attachment[]
}

/**
 * Reads the bytes of an e-mail.
 *
 * @throws a MailAnswer when it is none, or one that is made to do harm
 */
export async function parseMail(bytes: Uint8Array): Promise<ParsedMail> {
  if (!isOfBoundedShape(bytes)) throw new MailAnswer(554, '5.6.0 The e-mail has too many lines or parts')
  const email = await parse(bytes)
  const headers = (name: string) => email.headers.filter(({ key }) => key === name).map(({ value }) => value)
  if (headers('received').length > MOST_HOPS) throw new MailAnswer(554, '5.4.6 The e-mail goes round in circles')
  if (email.attachments.length > LIMITS.files) throw new MailAnswer(554, '5.6.0 The e-mail has too many parts')
  const { html } = email
  const text = email.text ?? (html === undefined ? '' : await textOf(html))
  return { from: senderOf(headers('from')), email, headers, text, html, files: email.attachments }
}

const [NEWLINE, HYPHEN] = [0x0a, 0x2d] as const

/** Counts lines, and those that may begin a part, without parsing. */
function isOfBoundedShape(bytes: Uint8Array): boolean {
  let [lines, parts] = [0, 0]
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    lines++
    if (bytes[at + 1] === HYPHEN && bytes[at + 2] === HYPHEN) parts++
    if (lines > LIMITS.lines || parts > LIMITS.parts) return false
  }
  return true
}

async function parse(bytes: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: LIMITS.depth,
      maxHeadersSize: LIMITS.headerBytes,
      maxRfc822NestingDepth: 0,
      attachmentEncoding: 'arraybuffer',
    })
  } catch {
    throw new MailAnswer(554, '5.6.0 The e-mail cannot be read, or is nested too deeply')
  }
}

/** One sender, in one header: where two are said, those who check and those who show may each take another one. */
function senderOf(values: readonly string[]): ParsedMail['from'] {
  const senders: readonly Address[] = values.length === 1 ? addressParser(values[0] as string, { flatten: true }) : []
  const [sender] = senders
  if (senders.length !== 1 || !sender?.address) throw new MailAnswer(550, '5.6.0 The e-mail does not say who it is from')
  return { address: sender.address, name: sender.name }
}

/** The text of a page, as the parser writes it where some part of an e-mail has no text. */
async function textOf(html: string): Promise<string> {
  const mail = [
    'Content-Type: multipart/mixed; boundary=both\r\n\r\n',
    '--both\r\nContent-Type: text/plain\r\n\r\n.\r\n',
    '--both\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    Buffer.from(withoutUnseen(html), 'utf8').toString('base64'),
    '\r\n--both--\r\n',
  ]
  const { text = '' } = await PostalMime.parse(mail.join(''))
  return text.replace(/^\.\s*/, '')
}

/** What is in a page and not shown. */
const UNSEEN = ['<head', '<style', '<script', '<!--'] as const
const ENDS = { '<head': '</head', '<style': '</style', '<script': '</script', '<!--': '--' } as const

/** By search, not by a pattern: one that looks for the end of each beginning takes hours for a page of nothing but beginnings. */
function withoutUnseen(html: string): string {
  let left = html
  for (const begin of UNSEEN) {
    const lower = left.toLowerCase()
    const kept: string[] = []
    let at = 0
    for (let from = lower.indexOf(begin); from >= 0; from = lower.indexOf(begin, at)) {
      kept.push(left.slice(at, from))
      const to = lower.indexOf(ENDS[begin], from + begin.length)
      const end = to < 0 ? -1 : lower.indexOf('>', to)
      at = end < 0 ? left.length : end + 1
    }
    left = kept.join('') + left.slice(at)
  }
  return left
}
