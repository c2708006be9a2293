import type { ContentTemplateRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A template of an account. */
export function toContentTemplate(row: Row): ContentTemplateRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string,
    language: row.language as string,
    variables: JSON.parse(row.variables as string),
    types: JSON.parse(row.types as string),
    approval: row.approval === null ? null : JSON.parse(row.approval as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}
