import type { StatementSync } from 'node:sqlite'
import type {
  ConversationRecord,
  DeviceCursor,
  DeviceRow,
  PushRegistrationRange,
  PushRegistrationRecord,
  UserKey,
} from '@conversa/core'
import { toParticipant } from '../../rows/participant-row.ts'
import { toPushRegistration } from '../../rows/push-registration-row.ts'
import type { Select, Statements } from '../statements.ts'
import { FIELDS } from './participant-table.ts'

/** Where users can be reached by push. */
export class PushRegistrationTable {
  readonly #byName: Select
  readonly #ofUser: Select
  readonly #bySid: Select
  readonly #page: Select
  readonly #ofConversation: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (which: string) =>
      database.select(`SELECT * FROM push_registrations WHERE ${which}`, { push_registrations: '' })
    this.#byName = select('service_sid = ? AND channel_type = ? AND registration_id = ?')
    this.#ofUser = select('service_sid = ? AND identity = ? ORDER BY date_updated, sid LIMIT +?')
    this.#bySid = select('service_sid = ? AND sid = ?')
    this.#page = select(
      `service_sid = ?1 AND sid > ?2
       AND (?3 IS NULL OR identity IN (SELECT value FROM json_each(?3)))
       AND (?4 IS NULL OR channel_type IN (SELECT value FROM json_each(?4))) ORDER BY sid LIMIT +?5`,
    )
    // From those who take part to their devices: a service may have far more devices than a conversation has people.
    this.#ofConversation = database.select(
      `SELECT r.*, ${FIELDS} FROM participants p CROSS JOIN push_registrations r ON r.service_sid = ?1 AND r.identity = p.identity
       WHERE p.conversation_id = (SELECT id FROM conversations WHERE sid = ?2) AND p.sid >= ?3 AND (p.sid, r.sid) > (?3, ?4)
       ORDER BY p.sid, r.sid LIMIT +?5`,
      { participants: 'p_', push_registrations: '' },
    )
    this.#save = database.prepare(
      `INSERT INTO push_registrations (sid, service_sid, identity, channel_type, registration_id, credential_sid, date_created,
         date_updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (sid) DO UPDATE SET credential_sid = excluded.credential_sid, date_updated = excluded.date_updated`,
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

  ofConversation({ serviceSid, sid }: ConversationRecord, after: DeviceCursor | undefined, limit: number): DeviceRow[] {
    const { participantSid = '', registrationSid = '' } = after ?? {}
    const rows = this.#ofConversation.all(serviceSid, sid, participantSid, registrationSid, limit)
    return rows.map((row) => ({ participant: toParticipant(row, sid), registration: toPushRegistration(row) }))
  }

  save(record: PushRegistrationRecord): void {
    const { sid, serviceSid, identity, channelType, registrationId, credentialSid, dateCreated, dateUpdated } = record
    this.#save.run(sid, serviceSid, identity, channelType, registrationId, credentialSid, dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}
