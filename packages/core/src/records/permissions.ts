import type { ParticipantRecord, RoleRecord, UserRecord } from './records.ts'

/** Every permission there is, and the scopes of the roles that may hold it (rest-and-semantics 3.6). */
export const PERMISSIONS = {
  createConversation: ['service'],
  joinConversation: ['service'],
  deleteConversation: ['service', 'conversation'],
  addParticipant: ['service', 'conversation'],
  removeParticipant: ['service', 'conversation'],
  addNonChatParticipant: ['service', 'conversation'],
  editConversationName: ['service', 'conversation'],
  editConversationAttributes: ['service', 'conversation'],
  editOwnMessage: ['service', 'conversation'],
  editAnyMessage: ['service', 'conversation'],
  editOwnMessageAttributes: ['service', 'conversation'],
  editAnyMessageAttributes: ['service', 'conversation'],
  deleteOwnMessage: ['conversation'],
  deleteAnyMessage: ['service', 'conversation'],
  editOwnUserInfo: ['service', 'conversation'],
  editAnyUserInfo: ['service', 'conversation'],
  editOwnParticipantAttributes: ['service', 'conversation'],
  editAnyParticipantAttributes: ['service', 'conversation'],
  editNotificationLevel: ['conversation'],
  leaveConversation: ['conversation'],
  sendMessage: ['conversation'],
  sendMediaMessage: ['conversation'],
} as const satisfies Record<string, readonly RoleRecord['type'][]>

export type Permission = keyof typeof PERMISSIONS

/** Whether a text names a permission that a role of this type may hold. */
export function isPermission(text: string, type: RoleRecord['type']): text is Permission {
  return Object.hasOwn(PERMISSIONS, text) && (PERMISSIONS[text as Permission] as readonly string[]).includes(type)
}

const allOf = (type: RoleRecord['type']) => (Object.keys(PERMISSIONS) as Permission[]).filter((name) => isPermission(name, type))

/** The four roles that a new service comes with; their names keep the vendor's older word for a conversation. */
export const DEFAULT_ROLES = {
  serviceUser: {
    friendlyName: 'service user',
    type: 'service',
    permissions: ['createConversation', 'joinConversation', 'editOwnUserInfo'],
  },
  serviceAdmin: { friendlyName: 'service admin', type: 'service', permissions: allOf('service') },
  conversationUser: {
    friendlyName: 'channel user',
    type: 'conversation',
    permissions: [
      'sendMessage',
      'sendMediaMessage',
      'leaveConversation',
      'editOwnMessage',
      'editOwnMessageAttributes',
      'deleteOwnMessage',
      'editOwnParticipantAttributes',
      'editNotificationLevel',
    ],
  },
  conversationAdmin: { friendlyName: 'channel admin', type: 'conversation', permissions: allOf('conversation') },
} as const satisfies Record<string, Pick<RoleRecord, 'friendlyName' | 'type' | 'permissions'>>

/** What one user may do in one conversation: the union of their service role and their role there. */
export interface Rights {
  readonly identity: string
  readonly participant: ParticipantRecord | undefined
  may(permission: Permission): boolean
}

/**
 * The rights of a user, in a conversation when they are in it.
 *
 * @param roles all roles of the service, by SID
 */
export function rightsOf(roles: ReadonlyMap<string, RoleRecord>, user: UserRecord, participant?: ParticipantRecord): Rights {
  const own = roles.get(user.roleSid)?.permissions ?? []
  const there = participant?.roleSid ? (roles.get(participant.roleSid)?.permissions ?? []) : []
  return {
    identity: user.identity,
    participant,
    may: (permission) => there.includes(permission) || own.includes(permission),
  }
}

/** Back ends act with the account's credentials and bypass roles (rest-and-semantics 3.6). */
export function rightsOfBackEnd(identity: string): Rights {
  return { identity, participant: undefined, may: () => true }
}
