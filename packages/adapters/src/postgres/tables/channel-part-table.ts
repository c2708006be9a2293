import type { ChannelPartRecord } from '@conversa/core'
import { toChannelPart } from '../../rows/channel-part-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const CHANNEL_PARTS = table(
  'channel_parts',
  ['adapter', 'message', 'number', 'content', 'date_created'],
  ['adapter', 'message', 'number'],
)

const OF = prepared(
  'channel parts',
  `SELECT ${CHANNEL_PARTS.columns} FROM channel_parts WHERE adapter = $1
   ORDER BY min(date_created) OVER (PARTITION BY message), message, number`,
)
export const REMOVE_CHANNEL_PARTS = prepared(
  'channel parts remove',
  'DELETE FROM channel_parts WHERE adapter = $1 AND message = $2',
)
export const REMOVE_OLD_CHANNEL_PARTS = prepared('channel parts expire', 'DELETE FROM channel_parts WHERE date_created < $1')

/** Reads parts of messages that are not whole yet. */
export const channelPartTable = {
  async of(database: Querier, adapter: string): Promise<ChannelPartRecord[]> {
    return (await database.rows(OF, [adapter])).map(toChannelPart)
  },
}

export function channelPartRow({ adapter, message, number, content, dateCreated }: ChannelPartRecord): object {
  return { adapter, message, number, content, date_created: dateCreated }
}
