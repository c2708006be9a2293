import { type Static, Type } from 'typebox'
import { closed, Sid, Text } from './scalar.ts'

/** A role of conversations, as somebody in one sees it. */
export const Role = Type.Object(
  {
    sid: Sid('RL'),
    friendlyName: Text,
    permissions: Type.Array(Text),
    isAssignable: Type.Boolean({ description: 'Whether this user may give it to participants there, and take it from them' }),
  },
  closed,
)
export type Role = Static<typeof Role>

export const ListRoles = Type.Object(
  { type: Type.Literal('role.list'), conversationSid: Sid('CH') },
  { ...closed, description: 'The roles that participants can have, in the order of their SIDs.' },
)
export const RoleList = Type.Object({ roles: Type.Array(Role) }, closed)
