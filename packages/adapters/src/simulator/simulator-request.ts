import type { ChannelInboundFile, ChannelRequest } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { readInboundFiles } from '../inbound-file.ts'

/** How far simulated people go by themselves with what they get. */
export type Automatic = 'none' | 'delivered' | 'read'

const AUTOMATIC: readonly string[] = ['none', 'delivered', 'read'] satisfies Automatic[]
const REPORTS: readonly string[] = ['delivered', 'read', 'undelivered', 'failed'] satisfies DeliveryStatus[]
const LONGEST = 32_768

/** What the page of the simulator asks. */
export type SimulatorRequest =
  /** Everything, unless nothing changed after a version. */
  | { readonly about: 'state'; readonly after: number }
  | { readonly about: 'settings'; readonly automatic: Automatic | undefined; readonly isDown: boolean | undefined }
  | { readonly about: 'report'; readonly address: string; readonly id: string; readonly status: DeliveryStatus }
  | {
      readonly about: 'message'
      readonly address: string
      readonly proxyAddress: string
      readonly body: string
      readonly subject: string | null
      readonly files: readonly ChannelInboundFile[]
    }

/**
 * Reads a request. What changes something is JSON only: a page of another origin cannot send that without asking first.
 *
 * @returns undefined when it is none that there is
 */
export function readRequest({ method, path, headers, body }: ChannelRequest): SimulatorRequest | undefined {
  const { pathname, searchParams } = new URL(path, 'http://localhost')
  if (method === 'GET')
    return pathname === '/state' ? { about: 'state', after: Number(searchParams.get('after') ?? 0) } : undefined
  if (method !== 'POST' || !String(headers['content-type']).startsWith('application/json')) return undefined
  const fields = fieldsOf(body)
  if (!fields) return undefined
  if (pathname === '/settings') return settingsOf(fields)
  return pathname === '/report' ? reportOf(fields) : pathname === '/message' ? messageOf(fields) : undefined
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(body: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST

function settingsOf({ automatic, isDown }: Fields): SimulatorRequest | undefined {
  const isRight =
    (automatic === undefined || AUTOMATIC.includes(String(automatic))) && (isDown === undefined || typeof isDown === 'boolean')
  return isRight ? { about: 'settings', automatic: automatic as Automatic | undefined, isDown } : undefined
}

function reportOf({ address, id, status }: Fields): SimulatorRequest | undefined {
  if (!isText(address) || !isText(id) || !REPORTS.includes(String(status))) return undefined
  return { about: 'report', address, id, status: status as DeliveryStatus }
}

function messageOf({ address, proxyAddress, body, subject = null, files = [] }: Fields): SimulatorRequest | undefined {
  const read = readInboundFiles(files)
  if (!isText(address) || !isText(proxyAddress) || !isText(body)) return undefined
  if (!read || !(subject === null || isText(subject))) return undefined
  return { about: 'message', address, proxyAddress, body, subject, files: read }
}
