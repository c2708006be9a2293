import { INQUIRIES, type ReachedUser } from '@conversa/core'
import { Type } from 'typebox'
import { given, requiredText, sid, text } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

const PROFILE = {
  FriendlyName: text(),
  Attributes: text({ description: 'A JSON text' }),
  RoleSid: sid('RL', { 'x-error': 'role-not-found' }),
}

const CREATE = Type.Object({ Identity: requiredText({ 'x-error': 'identity-missing' }), ...PROFILE })
const UPDATE = Type.Object(PROFILE)

/** A user as REST shows them. */
function showUser({ user: record, reachability }: ReachedUser, place: Place): object {
  const url = place.url(`/Users/${record.sid}`)
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    chat_service_sid: record.serviceSid,
    role_sid: record.roleSid,
    identity: record.identity,
    friendly_name: record.friendlyName,
    attributes: record.attributes,
    is_online: reachability?.online ?? null,
    is_notifiable: reachability?.notifiable ?? null,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url,
    links: { user_conversations: `${url}/Conversations` },
  }
}

const profile = ({ FriendlyName, Attributes }: { FriendlyName?: string | null; Attributes?: string | null }) =>
  given({ friendlyName: FriendlyName, attributes: Attributes === null ? '{}' : Attributes })

const LIST = '/Users'
const ONE = '/Users/{UserSid}'

export const USER_OPERATIONS = [
  listing({
    name: 'User.list',
    path: LIST,
    key: 'users',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({}),
    ask: (_call, after: SidCursor | undefined, limit) => INQUIRIES.users(after?.sid, limit),
    cursor: { schema: sidCursor('US'), of: ({ user: { sid } }) => ({ sid }) },
    show: showUser,
  }),
  writing<'user.create', ReachedUser, typeof CREATE>({
    name: 'User.create',
    path: LIST,
    fields: CREATE,
    status: 201,
    command: ({ fields }) => ({
      type: 'user.create',
      identity: fields.Identity,
      roleSid: fields.RoleSid,
      ...profile(fields),
    }),
    ask: ({ fields }) => INQUIRIES.user(fields.Identity),
    show: showUser,
  }),
  fetching({ name: 'User.fetch', path: ONE, ask: ({ path }) => INQUIRIES.user(path.UserSid as string), show: showUser }),
  writing<'user.update', ReachedUser, typeof UPDATE>({
    name: 'User.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: ({ fields }, { identity }) => ({ type: 'user.update', identity, ...profile(fields) }),
    given: ({ RoleSid }) => ({ roleSid: RoleSid }),
    ask: (_call, _result, { identity }) => INQUIRIES.user(identity),
    show: showUser,
  }),
  deleting<'user.delete'>({
    name: 'User.delete',
    path: ONE,
    command: (_call, { identity }) => ({ type: 'user.delete', identity }),
  }),
]
