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
import { prepared, type Querier } from '../connection.ts'
import { FIELDS } from './participant-table.ts'
import { table } from './table.ts'

export const PUSH_REGISTRATIONS = table(
  'push_registrations',
  ['service_sid', 'sid', 'identity', 'channel_type', 'registration_id', 'credential_sid', 'date_created', 'date_updated'],
  ['service_sid', 'sid'],
)

const SELECT = `SELECT ${PUSH_REGISTRATIONS.columns} FROM push_registrations WHERE service_sid = $1`
const BY_NAME = `${SELECT} AND channel_type = $2 AND registration_id = $3`
const FIND = prepared('push registration by name', BY_NAME)
const LOCK = prepared('push registration by name, locked', `${BY_NAME} FOR UPDATE`)
const FIND_BY_SID = prepared('push registration by sid', `${SELECT} AND sid = $2`)
const LOCK_BY_SID = prepared('push registration by sid, locked', `${SELECT} AND sid = $2 FOR UPDATE`)
const OF_USER = prepared('push registrations of user', `${SELECT} AND identity = $2 ORDER BY date_updated, sid LIMIT $3`)
const PAGE = prepared(
  'push registrations page',
  `${SELECT} AND sid > $2 AND ($3::text[] IS NULL OR identity = ANY($3)) AND ($4::text[] IS NULL OR channel_type = ANY($4))
   ORDER BY sid LIMIT $5`,
)
const OF_CONVERSATION = prepared(
  'push registrations of conversation',
  `SELECT r.*, ${FIELDS} FROM participants p JOIN push_registrations r ON r.service_sid = $1 AND r.identity = p.identity
   WHERE p.conversation_sid = $2 AND p.sid >= $3 AND (p.sid, r.sid) > ($3, $4) ORDER BY p.sid, r.sid LIMIT $5`,
)
export const REMOVE_PUSH_REGISTRATION = prepared('push registration remove', 'DELETE FROM push_registrations WHERE sid = $1')

/** Reads where users can be reached by push. */
export const pushRegistrationTable = {
  /** @param locks whether nobody else is to change it before the transaction ends */
  async find(
    database: Querier,
    name: Pick<PushRegistrationRecord, 'serviceSid' | 'channelType' | 'registrationId'>,
    locks: boolean,
  ): Promise<PushRegistrationRecord | undefined> {
    const values = [name.serviceSid, name.channelType, name.registrationId]
    const [row] = await database.rows(locks ? LOCK : FIND, values)
    return row && toPushRegistration(row)
  },

  async findBySid(
    database: Querier,
    serviceSid: string,
    sid: string,
    locks: boolean,
  ): Promise<PushRegistrationRecord | undefined> {
    const [row] = await database.rows(locks ? LOCK_BY_SID : FIND_BY_SID, [serviceSid, sid])
    return row && toPushRegistration(row)
  },

  async page(database: Querier, serviceSid: string, range: PushRegistrationRange): Promise<PushRegistrationRecord[]> {
    const { after = '', identities = null, channelTypes = null, limit } = range
    return (await database.rows(PAGE, [serviceSid, after, identities, channelTypes, limit])).map(toPushRegistration)
  },

  async ofConversation(
    database: Querier,
    { serviceSid, sid }: ConversationRecord,
    { after, limit }: { readonly after: DeviceCursor | undefined; readonly limit: number },
  ): Promise<DeviceRow[]> {
    const { participantSid = '', registrationSid = '' } = after ?? {}
    const rows = await database.rows(OF_CONVERSATION, [serviceSid, sid, participantSid, registrationSid, limit])
    return rows.map((row) => ({ participant: toParticipant(row, sid), registration: toPushRegistration(row) }))
  },

  async ofUser(database: Querier, { serviceSid, identity }: UserKey, limit: number): Promise<PushRegistrationRecord[]> {
    return (await database.rows(OF_USER, [serviceSid, identity, limit])).map(toPushRegistration)
  },
}

export function pushRegistrationRow(record: PushRegistrationRecord): object {
  return {
    service_sid: record.serviceSid,
    sid: record.sid,
    identity: record.identity,
    channel_type: record.channelType,
    registration_id: record.registrationId,
    credential_sid: record.credentialSid,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}
