import type { ConversationView, Membership, Message, Participant, Reachability, User } from '@conversa/protocol'
import { channelName, messagesName, rosterName, userInfoName } from './names.ts'

/*
 * What the items and documents of Sync hold (twilio-wire-protocol 5.1). Always all of it: what is missing in an update counts as
 * taken away.
 */

const iso = (instant: number) => new Date(instant).toISOString()

/** A conversation as everybody in it sees it: nothing in it is one user's own. */
export function channelData(view: ConversationView): object {
  return {
    friendlyName: view.friendlyName,
    uniqueName: view.uniqueName,
    attributes: view.attributes,
    createdBy: view.createdBy,
    dateCreated: iso(view.dateCreated),
    dateUpdated: iso(view.dateUpdated),
    messages: messagesName(view.sid),
    roster: rosterName(view.sid),
    lastMessage: view.lastMessage && { index: view.lastMessage.index, timestamp: iso(view.lastMessage.dateCreated) },
    state: { current: view.state, dateUpdated: iso(view.stateUpdated) },
    bindings: view.bindings,
  }
}

/** What a user has of a conversation that they are in. */
export function membershipData(
  conversationSid: string,
  membership: Pick<Membership, 'lastReadMessageIndex' | 'notificationLevel'>,
): object {
  return {
    channel: channelName(conversationSid),
    messages: messagesName(conversationSid),
    roster: rosterName(conversationSid),
    status: 'joined',
    lastConsumedMessageIndex: membership.lastReadMessageIndex,
    notificationLevel: membership.notificationLevel,
  }
}

export function messageData(message: Message): object {
  const medias = message.media.map(({ sid, category, filename, contentType, size }) => ({
    sid,
    category,
    filename,
    contentType,
    size,
  }))
  return {
    sid: message.sid,
    author: message.author,
    memberSid: message.participantSid,
    text: message.body,
    type: medias.length > 0 ? 'media' : 'text',
    attributes: message.attributes,
    timestamp: iso(message.dateCreated),
    dateUpdated: iso(message.dateUpdated),
    lastUpdatedBy: message.lastUpdatedBy,
    subject: message.subject,
    contentSid: message.contentSid ?? null,
    channelMetadata: false,
    ...(medias.length > 0 && { medias, media: medias[0] }),
    ...(message.delivery && { delivery: message.delivery }),
  }
}

export function participantData({ identity, binding, ...participant }: Participant): object {
  return {
    identity,
    type: binding?.type ?? 'chat',
    roleSid: participant.roleSid,
    attributes: participant.attributes,
    dateCreated: iso(participant.dateCreated),
    dateUpdated: iso(participant.dateUpdated),
    lastConsumedMessageIndex: participant.lastReadMessageIndex,
    lastConsumptionTimestamp: participant.lastReadTimestamp && iso(participant.lastReadTimestamp),
    ...(identity !== null && { userInfo: userInfoName(identity) }),
    bindings:
      binding?.type === 'email'
        ? { email: { name: binding.name ?? '', address: binding.address, level: binding.level ?? 'to' } }
        : {},
  }
}

/** The items of a user's map that the client cannot do without, by key (twilio-wire-protocol 10.6). */
export function profileData({ friendlyName, attributes }: Pick<User, 'friendlyName' | 'attributes'>): Record<string, object> {
  return { friendlyName: { value: friendlyName ?? '' }, attributes: { value: attributes } }
}

/** The item that says how a user can be reached; none where the service does not tell. */
export function reachabilityData(reachability: Reachability | null): Record<string, object> {
  return reachability ? { reachability } : {}
}
