import { messageSid } from '@conversa/core'
import { backEndOf } from '../rest/back-end.ts'
import { rightClaims, signToken } from './access-tokens.ts'
import {
  ACCOUNTS,
  FOREIGN_SERVICE_SID,
  type InProcessServer,
  OTHER_API_KEY,
  OTHER_SERVICE_SID,
  SERVICE_SID,
} from './in-process-server.ts'
import { uploadText } from './media-client.ts'

/** A word that is only in the default service, and must never be seen from elsewhere. */
export const MARKER = 'the secret of one tenant'

/** What somebody may name of what is another one's. */
export interface Theirs {
  readonly conversationSid: string
  readonly uniqueName: string
  readonly participantSid: string
  readonly identity: string
  readonly index: number
  readonly messageSid: string
  readonly mediaSid: string
  readonly registrationId: string
  readonly bindingSid: string
}

/** Fills the default service with a conversation, somebody in it who has a device, a message with a file, all marked. */
export async function fillTenant(server: InProcessServer, name = MARKER): Promise<Theirs> {
  const { v1 } = backEndOf(server).conversations
  const { sid: conversationSid } = await v1.conversations.create({
    uniqueName: name,
    friendlyName: name,
    attributes: `"${name}"`,
  })
  const there = v1.conversations(conversationSid)
  const { sid: participantSid } = await there.participants.create({ identity: name })
  const owner = { kind: 'user', serviceSid: SERVICE_SID, identity: name } as const
  const { sid: mediaSid } = await uploadText(server.url, await server.token(name), name, { filename: `${name}.txt` })
  await server.core.execute(owner, { type: 'message.send', conversationSid, body: name, media: [mediaSid] })
  const registrationId = name.replaceAll(' ', '-')
  await server.core.execute(owner, { type: 'push.register', channelType: 'fcm', registrationId })
  const bindings = await v1.services(SERVICE_SID).bindings.list()
  const bindingSid = String(bindings.find(({ endpoint }) => endpoint === registrationId)?.sid)
  const named = { conversationSid, uniqueName: name, participantSid, identity: name, index: 0, mediaSid, registrationId }
  return { ...named, messageSid: messageSid(conversationSid, 0), bindingSid }
}

/** Tokens of those to whom nothing of the default service is there: in another service of the account, and of another account. */
export async function strangersTokens(server: InProcessServer): Promise<Readonly<Record<string, string>>> {
  const now = rightClaims()
  const claims = {
    ...now,
    jti: `${OTHER_API_KEY.sid}-1`,
    iss: OTHER_API_KEY.sid,
    sub: ACCOUNTS[1].sid,
    grants: { identity: 'stranger', chat: { service_sid: FOREIGN_SERVICE_SID } },
  }
  return {
    'of another service': await server.token('stranger', OTHER_SERVICE_SID),
    'of another account': signToken(claims, undefined, OTHER_API_KEY.secret),
  }
}

const TABLES = [
  'accounts',
  'services',
  'push_registrations',
  'roles',
  'users',
  'conversations',
  'participants',
  'messages',
  'answers',
  'conversation_events',
  'user_events',
  'media',
  'receipts',
  'webhooks',
  'push_credentials',
  'address_configurations',
  'content_templates',
] as const

/** Everything in the database, to see that nothing was changed. */
export function everything(server: InProcessServer): unknown {
  return TABLES.map((table) => server.database.prepare(`SELECT * FROM ${table}`).all())
}
