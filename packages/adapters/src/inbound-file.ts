import type { ChannelInboundFile } from '@conversa/core'

const LONGEST_NAME = 320
const MOST_FILES = 10

/**
 * Files as they come within JSON, their bytes in base64.
 *
 * @returns undefined when one is not of that form, or there are more than anybody sends
 */
export function readInboundFiles(value: unknown): readonly ChannelInboundFile[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_FILES) return undefined
  const files = value.map(readFile)
  return files.every((file) => file !== undefined) ? files : undefined
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_NAME

function readFile(value: unknown): ChannelInboundFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { filename = null, contentType, data } = value as Readonly<Record<string, unknown>>
  const isRight = (filename === null || isName(filename)) && (contentType === undefined || isName(contentType))
  if (!isRight || typeof data !== 'string') return undefined
  const bytes = Buffer.from(data, 'base64')
  return {
    filename,
    contentType,
    size: bytes.length,
    read: async function* () {
      yield bytes
    },
  }
}
