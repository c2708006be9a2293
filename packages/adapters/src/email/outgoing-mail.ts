import { Readable } from 'node:stream'
import type { ChannelFile, ChannelMessage } from '@conversa/core'
import type { SendMailOptions } from 'nodemailer'
import type { MessageNames } from './message-name.ts'

/** Bytes of a text or a history that go into the e-mail itself; a longer one is attached. */
const LONGEST_PART = 1024 * 1024

/** Writes a message as an e-mail to one person. */
export async function composeMail(message: ChannelMessage, names: MessageNames): Promise<SendMailOptions> {
  const { id, from, to, name, level, author, senderName, conversationSid, index } = message
  const known = message.thread ? [...new Set([message.thread.first, message.thread.newest])] : []
  const references = [names.threadOf(conversationSid, to, from), ...known]
  const recipient = { name: lineOf(name ?? ''), address: to }
  return {
    envelope: { from, to },
    from: { name: lineOf(senderName || author), address: from },
    ...(level === 'cc' ? { cc: recipient } : { to: recipient }),
    subject: subjectOf(message),
    messageId: names.nameOf(id, from),
    // The last one is what programs show it under.
    references,
    ...(index > 0 && { inReplyTo: references.at(-1) }),
    ...(await contentOf(message)),
    // What the relay answers with, where it can: what became of it, and which message it was.
    dsn: { id, return: 'headers', notify: ['success', 'failure', 'delay'], recipient: `rfc822;${to}` },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** The same in all e-mails of a conversation, as programs that do not look at references tell threads by it. */
function subjectOf({ subject, conversationName, author, index }: ChannelMessage): string {
  const said = lineOf(subject || conversationName || `Message from ${author}`)
  return index > 0 && !/^re:/i.test(said) ? `Re: ${said}` : said
}

async function contentOf({ body, files }: ChannelMessage): Promise<Pick<SendMailOptions, 'text' | 'html' | 'attachments'>> {
  const attached = files.filter((file) => !isPart(file))
  const part = async (category: ChannelFile['category'], type: string) => {
    const file = files.find((one) => isPart(one) && one.category === category && typeOf(one) === type)
    return file && textOf(file)
  }
  const plain = (await part('body', 'text/plain')) ?? body ?? ''
  const html = await part('body', 'text/html')
  const earlierPlain = await part('history', 'text/plain')
  const earlierHtml = await part('history', 'text/html')
  const inHtml = [html ?? htmlOf(plain), earlierHtml ?? (earlierPlain && `<blockquote>${htmlOf(earlierPlain)}</blockquote>`)]
  return {
    text: [plain, earlierPlain && quoted(earlierPlain)].filter(Boolean).join('\n\n'),
    html: inHtml.filter(Boolean).join('\n'),
    attachments: attached.map((file) => ({
      filename: file.filename ?? file.sid,
      contentType: typeOf(file),
      content: Readable.from(bytesOf(file)),
    })),
  }
}

const typeOf = ({ contentType }: ChannelFile) => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

const isPart = (file: ChannelFile) =>
  file.category !== 'media' && /^text\/(plain|html)$/.test(typeOf(file)) && file.size <= LONGEST_PART

/** Opened when it is sent, not before: what fails earlier leaves nothing open. What is gone by then is empty. */
async function* bytesOf(file: ChannelFile): AsyncGenerator<Uint8Array> {
  yield* (await file.read()) ?? []
}

async function textOf(file: ChannelFile): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytesOf(file)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A text as HTML that shows it and does nothing. */
function htmlOf(text: string): string {
  return `<div style="white-space: pre-wrap">${text.replace(/[&<>"]/g, (each) => ENTITIES[each] as string)}</div>`
}

const quoted = (text: string) => text.replace(/^/gm, '> ')

/** What stands in a header: one line, without controls (reliability B21). */
function lineOf(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}
