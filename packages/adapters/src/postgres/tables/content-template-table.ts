import type { ContentTemplateRecord } from '@conversa/core'
import { toContentTemplate } from '../../rows/content-template-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const CONTENT_TEMPLATES = table(
  'content_templates',
  ['account_sid', 'sid', 'friendly_name', 'language', 'variables', 'types', 'approval', 'date_created', 'date_updated'],
  ['account_sid', 'sid'],
)

const SELECT = `SELECT ${CONTENT_TEMPLATES.columns} FROM content_templates WHERE account_sid = $1`
const FIND = prepared('content template by sid', `${SELECT} AND sid = $2`)
const PAGE = prepared('content templates page', `${SELECT} AND sid > $2 ORDER BY sid LIMIT $3`)
export const REMOVE_CONTENT_TEMPLATE = prepared('content template remove', 'DELETE FROM content_templates WHERE sid = $1')

/** Reads the templates of accounts. */
export const contentTemplateTable = {
  async find(database: Querier, accountSid: string, sid: string): Promise<ContentTemplateRecord | undefined> {
    const [row] = await database.rows(FIND, [accountSid, sid])
    return row && toContentTemplate(row)
  },

  async page(database: Querier, accountSid: string, after: string, limit: number): Promise<ContentTemplateRecord[]> {
    return (await database.rows(PAGE, [accountSid, after, limit])).map(toContentTemplate)
  },
}

export function contentTemplateRow(record: ContentTemplateRecord): object {
  return {
    account_sid: record.accountSid,
    sid: record.sid,
    friendly_name: record.friendlyName,
    language: record.language,
    variables: JSON.stringify(record.variables),
    types: JSON.stringify(record.types),
    approval: record.approval && JSON.stringify(record.approval),
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}
