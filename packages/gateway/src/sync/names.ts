import { isUserEvent } from '@conversa/core'
import type { ConversationEvent, UserEvent } from '@conversa/protocol'

/*
 * The objects of Sync that the vendor's client keeps (twilio-wire-protocol 5.1). Their names say what they show, and a name is its own
 * SID: so it survives restarts, is the same on every node, and nothing has to be stored about it.
 */

/** What an object shows. */
export type SyncObject =
  | { readonly kind: 'channel'; readonly conversationSid: string }
  | { readonly kind: 'messages'; readonly conversationSid: string }
  | { readonly kind: 'roster'; readonly conversationSid: string }
  | { readonly kind: 'my_conversations'; readonly identity: string }
  | { readonly kind: 'user_info'; readonly identity: string }
  /** Where a client of 1.x writes its commands. */
  | { readonly kind: 'commands'; readonly identity: string }

/** Of Sync's three forms, the one that an object has. */
export type SyncForm = 'document' | 'list' | 'map'

export const FORMS: Readonly<Record<SyncObject['kind'], SyncForm>> = {
  channel: 'document',
  messages: 'list',
  roster: 'map',
  my_conversations: 'map',
  user_info: 'map',
  commands: 'list',
}

export const channelName = (conversationSid: string) => `${conversationSid}.channel`
export const messagesName = (conversationSid: string) => `${conversationSid}.messages`
export const rosterName = (conversationSid: string) => `${conversationSid}.roster`
export const myConversationsName = (identity: string) => `${encoded(identity)}.my_conversations`
export const userInfoName = (identity: string) => `${encoded(identity)}.user_info`
export const commandsName = (identity: string) => `${encoded(identity)}.commands`

/** The objects of a conversation by what the client calls them. */
export function objectsOf(conversationSid: string): { conversation: string; messages: string; participants: string } {
  return {
    conversation: channelName(conversationSid),
    messages: messagesName(conversationSid),
    participants: rosterName(conversationSid),
  }
}

/** The objects that show the scope of an event: its revision is theirs. */
export function namesIn(event: ConversationEvent | UserEvent): readonly string[] {
  if (isUserEvent(event)) return [myConversationsName(event.identity)]
  return [channelName, messagesName, rosterName].map((nameOf) => nameOf(event.conversationSid))
}

/** What a name shows; undefined when it is none of ours. */
export function objectNamed(name: string): SyncObject | undefined {
  const at = name.lastIndexOf('.')
  const [key, kind] = [name.slice(0, at), name.slice(at + 1)]
  switch (kind) {
    case 'channel':
    case 'messages':
    case 'roster':
      return { kind, conversationSid: key }
    case 'my_conversations':
    case 'user_info':
    case 'commands':
      return { kind, identity: Buffer.from(key, 'base64url').toString() }
    default:
      return undefined
  }
}

/** Names stand in paths and may hold anything; the alphabet of base64url needs no escaping there. */
function encoded(identity: string): string {
  return Buffer.from(identity).toString('base64url')
}
