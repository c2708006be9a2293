import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PushRegistrationRange, PushRegistrationRecord, UserKey } from '@conversa/core'
import { toPushRegistration } from '../rows/push-registration-row.ts'

/** Where users can be reached by push. */
export class PushRegistrationTable {
  readonly #byName: StatementSync
  readonly #ofUser: StatementSync
  readonly #bySid: StatementSync
  readonly #page: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync) {
    this.#byName = database.prepare(
      'SELECT * FROM push_registrations WHERE service_sid = ? AND channel_type = ? AND registration_id = ?',
    )
    this.#ofUser = database.prepare(
      'SELECT * FROM push_registrations WHERE service_sid = ? AND identity = ? ORDER BY date_updated, sid LIMIT ?',
    )
    this.#bySid = database.prepare('SELECT * FROM push_registrations WHERE service_sid = ? AND sid = ?')
    this.#page = database.prepare(
      `SELECT * FROM push_registrations WHERE service_sid = ?1 AND sid > ?2
       AND (?3 IS NULL OR identity IN (SELECT value FROM json_each(?3)))
       AND (?4 IS NULL OR channel_type IN (SELECT value FROM json_each(?4))) ORDER BY sid LIMIT ?5`,
    )
    this.#save = database.prepare(
      `INSERT INTO push_registrations (sid, service_sid, identity, channel_type, registration_id, date_created, date_updated)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sid) DO UPDATE SET date_updated = excluded.date_updated`,
    )
    this.#remove = database.prepare('DELETE FROM push_registrations WHERE sid = ?')
  }

  find(serviceSid: string, channelType: string, registrationId: string): PushRegistrationRecord | undefined {
    const row = this.#byName.get(serviceSid, channelType, registrationId)
    return row && toPushRegistration(row)
  }

  findBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    const row = this.#bySid.get(serviceSid, sid)
    return row && toPushRegistration(row)
  }

  page(serviceSid: string, { after = '', identities, channelTypes, limit }: PushRegistrationRange): PushRegistrationRecord[] {
    const among = (words: readonly string[] | undefined) => (words ? JSON.stringify(words) : null)
    return this.#page.all(serviceSid, after, among(identities), among(channelTypes), limit).map(toPushRegistration)
  }

  ofUser({ serviceSid, identity }: UserKey, limit: number): PushRegistrationRecord[] {
    return this.#ofUser.all(serviceSid, identity, limit).map(toPushRegistration)
  }

  save({ sid, serviceSid, identity, channelType, registrationId, dateCreated, dateUpdated }: PushRegistrationRecord): void {
    this.#save.run(sid, serviceSid, identity, channelType, registrationId, dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}
