import type { ChannelPartRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A part of a message from outside that is not whole yet. */
export function toChannelPart(row: Row): ChannelPartRecord {
  return {
    adapter: row.adapter as string,
    message: row.message as string,
    number: row.number as number,
    content: row.content as string,
    dateCreated: row.date_created as number,
  }
}
