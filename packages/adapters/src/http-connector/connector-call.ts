import type { ChannelInbound, ChannelReport } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { readInboundFiles } from '../inbound-file.ts'

const STATUSES: readonly string[] = ['queued', 'sent', 'delivered', 'read', 'undelivered', 'failed'] satisfies DeliveryStatus[]
const LONGEST_NAME = 320
const MOST_OTHERS = 10

/** What a connector says: somebody wrote, or something became of a message. */
export type ConnectorCall =
  | { readonly type: 'message'; readonly inbound: ChannelInbound }
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

const isGroup = (value: unknown): value is string[] => Array.isArray(value) && value.length <= MOST_OTHERS && value.every(isName)

function messageOf({
  id,
  from,
  to,
  others,
  body = '',
  subject = null,
  automatic,
  files = [],
}: Fields): ConnectorCall | undefined {
  const isRight = isName(id) && isName(from) && isName(to) && isOptional(others, isGroup) && isText(body)
  if (!isRight || !(subject === null || isText(subject)) || !isOptional(automatic, isFlag)) return undefined
  const read = readInboundFiles(files)
  if (!read) return undefined
  const said = { body, subject, isAutomatic: automatic, files: read }
  return { type: 'message', inbound: { id, address: from, proxyAddress: to, others, ...said } }
}

function reportOf({ id, status, code }: Fields): ConnectorCall | undefined {
  if (!isName(id) || !STATUSES.includes(String(status)) || !isOptional(code, isCode)) return undefined
  return { type: 'report', report: { id, status: status as DeliveryStatus, code } }
}
