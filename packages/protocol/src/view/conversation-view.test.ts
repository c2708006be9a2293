import { describe, expect, test } from 'vitest'
import type { ConversationEvent, ConversationView, Membership, Message, Participant, UserEvent } from '../schema/index.ts'
import { applyConversationEvent, applyMembershipEvent } from './conversation-view.ts'

const conversationSid = `CH${'0'.repeat(32)}`
const participantSid = `MB${'1'.repeat(32)}`

const membership: Membership = {
  participantSid,
  notificationLevel: 'default',
  lastReadMessageIndex: 3,
  lastReadTimestamp: 50,
  unread: 2,
}
const view: ConversationView = {
  sid: conversationSid,
  revision: 10,
  uniqueName: 'team',
  friendlyName: 'Team',
  attributes: '{}',
  createdBy: 'anna',
  dateCreated: 1,
  dateUpdated: 2,
  state: 'active',
  stateUpdated: 1,
  messagesCount: 5,
  participantsCount: 3,
  lastMessage: { index: 6, dateCreated: 60 },
  bindings: {},
  membership,
}
const message = { index: 7, dateCreated: 70 } as Message
const place = { conversationSid, revision: 11 }

describe('what happens in a conversation', () => {
  const folds: [name: string, event: ConversationEvent, expected: Partial<ConversationView>][] = [
    [
      'new names and attributes',
      { type: 'conversation.updated', ...place, changes: { uniqueName: null, attributes: '[]' }, dateUpdated: 80 },
      { uniqueName: null, attributes: '[]', dateUpdated: 80 },
    ],
    [
      'a new state',
      { type: 'conversation.updated', ...place, changes: { state: 'closed' }, dateUpdated: 80 },
      { state: 'closed', stateUpdated: 80, dateUpdated: 80 },
    ],
    ['somebody joined', { type: 'participant.joined', ...place, participant: {} as Participant }, { participantsCount: 4 }],
    ['somebody left', { type: 'participant.left', ...place, participantSid, identity: 'x' }, { participantsCount: 2 }],
    ['a new role', { type: 'participant.updated', ...place, participantSid, changes: { roleSid: null }, dateUpdated: 80 }, {}],
    [
      'a new horizon of the user',
      {
        type: 'participant.updated',
        ...place,
        participantSid,
        changes: { lastReadMessageIndex: 5, lastReadTimestamp: 80 },
        unread: 1,
        dateUpdated: 80,
      },
      { membership: { ...membership, lastReadMessageIndex: 5, lastReadTimestamp: 80, unread: 1 } },
    ],
    [
      'a horizon that is taken back',
      {
        type: 'participant.updated',
        ...place,
        participantSid,
        changes: { lastReadMessageIndex: null, lastReadTimestamp: null },
        unread: null,
        dateUpdated: 80,
      },
      { membership: { ...membership, lastReadMessageIndex: null, lastReadTimestamp: null, unread: null } },
    ],
    [
      'a new horizon of somebody else',
      {
        type: 'participant.updated',
        ...place,
        participantSid: `MB${'2'.repeat(32)}`,
        changes: { lastReadMessageIndex: 5, lastReadTimestamp: 80 },
        unread: 1,
        dateUpdated: 80,
      },
      {},
    ],
    [
      'a message',
      { type: 'message.added', ...place, message },
      { messagesCount: 6, lastMessage: { index: 7, dateCreated: 70 }, membership: { ...membership, unread: 3 } },
    ],
    ['an edit', { type: 'message.updated', ...place, index: 6, changes: {}, lastUpdatedBy: 'x', dateUpdated: 80 }, {}],
    [
      'an unread message less',
      { type: 'message.removed', ...place, index: 4, sid: 'IM', lastMessage: view.lastMessage },
      { messagesCount: 4, membership: { ...membership, unread: 1 } },
    ],
    [
      'the message at the horizon less',
      { type: 'message.removed', ...place, index: 3, sid: 'IM', lastMessage: view.lastMessage },
      { messagesCount: 4 },
    ],
    [
      'the last message less',
      { type: 'message.removed', ...place, index: 6, sid: 'IM', lastMessage: null },
      { messagesCount: 4, lastMessage: null, membership: { ...membership, unread: 1 } },
    ],
  ]

  test.each(folds)('%s', (_, event, expected) => {
    const before = structuredClone(view)
    expect(applyConversationEvent(view, event)).toEqual({ ...view, revision: 11, ...expected })
    expect(view).toEqual(before)
  })

  test.each(folds.filter(([, , { membership: changed }]) => changed))(
    '%s, without being in it or having read',
    (_, event, expected) => {
      const { membership: _changed, ...rest } = expected
      const outside = { ...view, membership: null }
      expect(applyConversationEvent(outside, event)).toEqual({ ...outside, revision: 11, ...rest })
      if (event.type === 'participant.updated') return
      const unread = { ...view, membership: { ...membership, lastReadMessageIndex: null, lastReadTimestamp: null, unread: null } }
      expect(applyConversationEvent(unread, event)).toEqual({ ...unread, revision: 11, ...rest })
    },
  )

  test('its beginning and its end', () => {
    expect(applyConversationEvent({ ...view, revision: 0 }, { type: 'conversation.created', ...place, conversation: view })).toBe(
      view,
    )
    expect(applyConversationEvent(view, { type: 'conversation.deleted', ...place })).toBeNull()
  })
})

describe('what happens to a user', () => {
  const own = { identity: 'anna', revision: 5 }
  const folds: [name: string, event: UserEvent, expected: Partial<ConversationView>][] = [
    [
      'muted',
      { type: 'membership.updated', ...own, conversationSid, changes: { notificationLevel: 'muted' } },
      { membership: { ...membership, notificationLevel: 'muted' } },
    ],
    [
      'a horizon, which the event of the conversation tells in its order',
      { type: 'membership.updated', ...own, conversationSid, changes: { lastReadMessageIndex: 9 } },
      {},
    ],
    ['out of the conversation', { type: 'membership.removed', ...own, conversationSid, reason: 'left' }, { membership: null }],
    ['a profile', { type: 'user.updated', ...own, changes: { friendlyName: 'x' }, dateUpdated: 5 }, {}],
  ]

  test.each(folds)('%s', (_, event, expected) => {
    expect(applyMembershipEvent(view, event)).toEqual({ ...view, ...expected })
    const outside = { ...view, membership: null }
    expect(applyMembershipEvent(outside, event)).toEqual(outside)
  })
})
