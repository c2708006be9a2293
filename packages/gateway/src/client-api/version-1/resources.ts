import type { ConversationView } from '@conversa/protocol'
import { objectsOf, userInfoName } from '../../sync/names.ts'
import { type Answer, ok } from '../answer.ts'
import type { Call } from '../call.ts'
import { conversationFields } from '../conversations.ts'
import { myConversationsPage } from '../my-conversations.ts'

/** A conversation as 1.x reads it (twilio-wire-protocol 4.3). */
function channelResource(view: ConversationView): object {
  const { conversation: channel, messages, participants: roster } = objectsOf(view.sid)
  return {
    ...conversationFields(view),
    channel_sid: view.sid,
    channel,
    messages,
    roster,
    last_consumed_message_index: view.membership?.lastReadMessageIndex ?? null,
    members_count: view.participantsCount,
  }
}

export async function fetchChannel(call: Call, _links: object, name: string): Promise<Answer> {
  return ok(channelResource(await call.conversation(name)))
}

/** The conversations that the user is in, page by page. */
export async function listSyncList(call: Call): Promise<Answer> {
  const { conversations, meta } = await myConversationsPage(call)
  return ok({ channels: conversations.map(channelResource), meta })
}

/** The one conversation that is asked about, if the user is in it. */
export async function findMyChannel(call: Call): Promise<Answer> {
  const view = await call.conversation(call.request.params.ChannelSid ?? '')
  return ok({ channels: view.membership ? [channelResource(view)] : [] })
}

export async function fetchChannelUser(call: Call, _links: object, identity: string): Promise<Answer> {
  const { user } = await call.ask('user.get', { identity })
  return ok({ identity: user.identity, sync_unique_name: userInfoName(user.identity) })
}
