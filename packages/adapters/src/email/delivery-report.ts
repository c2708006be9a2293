import type { ChannelReport } from '@conversa/core'
import type { Attachment } from 'postal-mime'
import { deliveryCode } from './delivery-code.ts'
import type { MessageNames } from './message-name.ts'
import type { ParsedMail } from './parsed-mail.ts'

/** Bytes of a report, and of the headers of what it is about, that are looked at. */
const LONGEST = 64 * 1024

/** Whether an e-mail is what a mail system says about another e-mail (RFC 3464). */
export function isDeliveryReport({ headers, files }: ParsedMail): boolean {
  return /^\s*multipart\/report\b/i.test(headers('content-type')[0] ?? '') && files.some(isStatus)
}

/**
 * What a report says about a message of ours. It counts only when it has the name of the e-mail that it is about: who did not get
 * it, or carry it, does not know that.
 *
 * @returns undefined when it is about none of ours, or says nothing that is not known
 */
export function readReport({ files }: ParsedMail, names: MessageNames): ChannelReport | undefined {
  const status = files.filter(isStatus).map(textOf).join('\n')
  const about = files.filter((file) => /^(message\/rfc822|text\/rfc822-headers|message\/global)/.test(file.mimeType))
  const id = about.map((file) => idIn(textOf(file), names)).find((each) => each !== undefined)
  const action = /^action:\s*(\w+)/im.exec(status)?.[1]?.toLowerCase()
  if (id === undefined) return undefined
  if (action === 'failed') return { id, status: 'undelivered', code: deliveryCode(/^status:\s*(\S+)/im.exec(status)?.[1] ?? '') }
  if (action === 'delivered') return { id, status: 'delivered' }
  // Handed on to where nobody reports, or to a list of others: that it was delivered is not said.
  return action === 'relayed' || action === 'expanded' ? { id, status: 'sent' } : undefined
}

const isStatus = ({ mimeType }: Attachment) => /^message\/(global-)?delivery-status$/.test(mimeType)

function textOf({ content }: Attachment): string {
  if (typeof content === 'string') return content.slice(0, LONGEST)
  return Buffer.from(content instanceof Uint8Array ? content : new Uint8Array(content))
    .subarray(0, LONGEST)
    .toString('utf8')
}

function idIn(original: string, names: MessageNames): string | undefined {
  const headers = original.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const name = /^message-id:\s*(<[^<>\s]+>)/im.exec(headers)?.[1]
  return name === undefined ? undefined : names.idOf(name)
}
