import type { StatementSync } from 'node:sqlite'
import type { ContentTemplateRecord } from '@conversa/core'
import { toContentTemplate } from '../../rows/content-template-row.ts'
import type { Select, Statements } from '../statements.ts'

/** The templates of accounts. */
export class ContentTemplateTable {
  readonly #find: Select
  readonly #page: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (which: string) => database.select(`SELECT * FROM content_templates WHERE ${which}`, { content_templates: '' })
    this.#find = select('account_sid = ? AND sid = ?')
    this.#page = select('account_sid = ? AND sid > ? ORDER BY sid LIMIT +?')
    this.#save = database.prepare(
      `INSERT OR REPLACE INTO content_templates
         (account_sid, sid, friendly_name, language, variables, types, approval, date_created, date_updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = database.prepare('DELETE FROM content_templates WHERE sid = ?')
  }

  find(accountSid: string, sid: string): ContentTemplateRecord | undefined {
    const row = this.#find.get(accountSid, sid)
    return row && toContentTemplate(row)
  }

  page(accountSid: string, after: string | undefined, limit: number): ContentTemplateRecord[] {
    return this.#page.all(accountSid, after ?? '', limit).map(toContentTemplate)
  }

  save({ sid, accountSid, friendlyName, language, dateCreated, dateUpdated, ...record }: ContentTemplateRecord): void {
    const [variables, types] = [JSON.stringify(record.variables), JSON.stringify(record.types)]
    const approval = record.approval && JSON.stringify(record.approval)
    this.#save.run(accountSid, sid, friendlyName, language, variables, types, approval, dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}
