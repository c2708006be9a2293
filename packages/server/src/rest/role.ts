import { INQUIRIES, type RoleRecord } from '@conversa/core'
import { Type } from 'typebox'
import { requiredList, requiredText, requiredWord } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

const Permission = requiredList({ 'x-error': 'permission-not-found' })

const CREATE = Type.Object({
  FriendlyName: requiredText({ 'x-error': 'friendly-name-missing' }),
  Type: requiredWord(['service', 'conversation']),
  Permission,
})

const UPDATE = Type.Object({ Permission })

function showRole(record: RoleRecord, place: Place): object {
  return {
    sid: record.sid,
    account_sid: place.accountSid,
    chat_service_sid: record.serviceSid,
    friendly_name: record.friendlyName,
    type: record.type,
    permissions: record.permissions,
    date_created: iso(record.dateCreated),
    date_updated: iso(record.dateUpdated),
    url: place.url(`/Roles/${record.sid}`),
  }
}

const LIST = '/Roles'
const ONE = '/Roles/{RoleSid}'

export const ROLE_OPERATIONS = [
  listing({
    name: 'Role.list',
    path: LIST,
    key: 'roles',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({}),
    ask: (_call, after: SidCursor | undefined, limit) => INQUIRIES.roles(after?.sid, limit),
    cursor: { schema: sidCursor('RL'), of: ({ sid }) => ({ sid }) },
    show: showRole,
  }),
  writing<'role.create', RoleRecord, typeof CREATE>({
    name: 'Role.create',
    path: LIST,
    fields: CREATE,
    status: 201,
    command: ({ fields }) => ({
      type: 'role.create',
      friendlyName: fields.FriendlyName,
      roleType: fields.Type,
      permissions: fields.Permission,
    }),
    ask: (_call, { roleSid }) => INQUIRIES.role(roleSid),
    show: showRole,
  }),
  fetching({ name: 'Role.fetch', path: ONE, ask: ({ path }) => INQUIRIES.role(path.RoleSid as string), show: showRole }),
  writing<'role.update', RoleRecord, typeof UPDATE>({
    name: 'Role.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: ({ fields, path }) => ({ type: 'role.update', roleSid: path.RoleSid as string, permissions: fields.Permission }),
    ask: ({ path }) => INQUIRIES.role(path.RoleSid as string),
    show: showRole,
  }),
  deleting<'role.delete'>({
    name: 'Role.delete',
    path: ONE,
    command: ({ path }) => ({ type: 'role.delete', roleSid: path.RoleSid as string }),
  }),
]
