import type { ChannelInbound, ChannelReport } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'

const STATUSES: readonly string[] = ['queued', 'sent', 'delivered', 'read', 'undelivered', 'failed'] satisfies DeliveryStatus[]
const LONGEST_NAME = 320
const MOST_FILES = 10

/** A file that a connector brings along. */
export interface CalledFile {
  readonly filename: string | null
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

/** What a connector says: somebody wrote, or something became of a message. */
export type ConnectorCall =
  | { readonly type: 'message'; readonly inbound: ChannelInbound; readonly files: readonly CalledFile[] }
  | { readonly type: 'report'; readonly report: ChannelReport }

type Fields = Readonly<Record<string, unknown>>

/** @returns undefined when it is nothing that a connector can say */
export function readCall(body: Uint8Array): ConnectorCall | undefined {
  const fields = fieldsOf(body)
  if (fields?.type === 'message') return messageOf(fields)
  return fields?.type === 'report' ? reportOf(fields) : undefined
}

function fieldsOf(body: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME
const isOptional = <Value>(value: unknown, is: (value: unknown) => value is Value): value is Value | undefined =>
  value === undefined || is(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isCode = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0 && Number(value) < 100_000

function messageOf({ id, from, to, body = '', subject, automatic, files = [] }: Fields): ConnectorCall | undefined {
  const isRight = isName(id) && isName(from) && isName(to) && isText(body)
  if (!isRight || !isOptional(subject, isText) || !isOptional(automatic, isFlag)) return undefined
  if (!Array.isArray(files) || files.length > MOST_FILES) return undefined
  const read = files.map(fileOf)
  if (read.some((file) => file === undefined)) return undefined
  const inbound = { id, address: from, proxyAddress: to, body, subject, isAutomatic: automatic }
  return { type: 'message', inbound, files: read as CalledFile[] }
}

function fileOf(value: unknown): CalledFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { filename = null, contentType, data } = value as Fields
  const isRight = (filename === null || isName(filename)) && isOptional(contentType, isName) && isText(data)
  return isRight ? { filename, contentType, bytes: Buffer.from(data, 'base64') } : undefined
}

function reportOf({ id, status, code }: Fields): ConnectorCall | undefined {
  if (!isName(id) || !STATUSES.includes(String(status)) || !isOptional(code, isCode)) return undefined
  return { type: 'report', report: { id, status: status as DeliveryStatus, code } }
}
