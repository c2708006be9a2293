import { Refusal } from '@conversa/core'
import { listItems, openDocument, openList, openMap } from '../sync/objects.ts'
import { type Answer, refused } from './answer.ts'
import { type Call, Refused } from './call.ts'
import { fetchConfiguration, listTemplates } from './configuration.ts'
import { createConversation, deleteConversation, showConversation, updateConversation } from './conversations.ts'
import { type Links, linksFor } from './links.ts'
import { listReceipts, listRecipients, removeMessage, sendMessage, updateMessage } from './messages.ts'
import { fetchMyConversation, listMyConversations, updateMyConversation } from './my-conversations.ts'
import { addParticipant, removeParticipant, updateParticipant } from './participants.ts'
import { endRegistration, endRegistrationOf, registerPush } from './push.ts'
import { startTyping } from './typing.ts'
import { fetchUser, updateUser } from './users.ts'
import { addCommand } from './version-1/command-list.ts'
import { fetchChannel, fetchChannelUser, findMyChannel, listSyncList } from './version-1/resources.ts'
import { fetchContext, openSession } from './version-1/session.ts'

/** Carries one kind of request out; the named segments of its path come last, in their order. */
type Handler = (call: Call, links: Links, ...names: string[]) => Answer | Promise<Answer>

const SERVICE = '/Client/v2/Services/:'
const SERVICE_1 = '/Client/v1/Services/:'

/** Everything that the vendor's client asks through its socket (twilio-wire-protocol 4, 5): `:` stands for a name. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /Client/v2/Configuration': fetchConfiguration,
  'GET /Client/v2/ContentTemplates': listTemplates,
  [`POST ${SERVICE}/Conversations`]: withoutService(createConversation),
  [`GET ${SERVICE}/Conversations/:`]: withoutService(showConversation),
  [`POST ${SERVICE}/Conversations/:`]: withoutService(updateConversation),
  [`DELETE ${SERVICE}/Conversations/:`]: withoutService(deleteConversation),
  [`POST ${SERVICE}/Conversations/:/Participants`]: withoutService(addParticipant),
  [`POST ${SERVICE}/Conversations/:/Participants/:`]: withoutService(updateParticipant),
  [`DELETE ${SERVICE}/Conversations/:/Participants/:`]: withoutService(removeParticipant),
  [`POST ${SERVICE}/Conversations/:/Messages`]: withoutService(sendMessage),
  [`POST ${SERVICE}/Conversations/:/Messages/:`]: withoutService(updateMessage),
  [`DELETE ${SERVICE}/Conversations/:/Messages/:`]: withoutService(removeMessage),
  [`GET ${SERVICE}/Conversations/:/Messages/:/Receipts`]: withoutService(listReceipts),
  [`GET ${SERVICE}/Conversations/:/MessageRecipients`]: withoutService(listRecipients),
  [`GET ${SERVICE}/Users/:`]: withoutService(fetchUser),
  [`POST ${SERVICE}/Users/:`]: withoutService(updateUser),
  [`GET ${SERVICE}/Users/:/Conversations`]: mine(listMyConversations),
  [`GET ${SERVICE}/Users/:/Conversations/:`]: mine(fetchMyConversation),
  [`POST ${SERVICE}/Users/:/Conversations/:`]: mine(updateMyConversation),
  [`POST ${SERVICE}/Typing`]: withoutService(startTyping),
  [`GET ${SERVICE_1}/Channels/:`]: withoutService(fetchChannel),
  [`GET ${SERVICE_1}/MyChannels`]: withoutService(findMyChannel),
  [`GET ${SERVICE_1}/MyChannels/:`]: withoutService(fetchChannel),
  [`GET ${SERVICE_1}/SyncList`]: withoutService(listSyncList),
  [`GET ${SERVICE_1}/Users/:`]: withoutService(fetchChannelUser),
  'POST /v1/typing': startTyping,
  'POST /v1/registrations': registerPush,
  'DELETE /v1/registrations': endRegistrationOf,
  'DELETE /v1/registrations/:': (call, _links, id) => endRegistration(call, id),
  'GET /v3/Documents/:': openDocument,
  'POST /v3/Lists': openSession,
  'GET /v3/Lists/:': openList,
  'GET /v3/Lists/:/Context': fetchContext,
  'POST /v3/Lists/:/Items': addCommand,
  'GET /v3/Lists/:/Items': listItems,
  'GET /v3/Maps/:': openMap,
  'GET /v3/Maps/:/Items': listItems,
  'POST /v4/Subscriptions': (call) => call.subscriptions.requested(call.request.body),
}

/** All that can be asked, each as its method and its path. */
export const ROUTE_NAMES: readonly string[] = Object.keys(ROUTES)

/** The same by the number of segments, split. */
const TABLE = Object.entries(ROUTES).map(([route, handler]) => {
  const [method = '', path = ''] = route.split(' ')
  return { method, segments: path.split('/').filter(Boolean), handler }
})

/** Answers a tunnelled request; whatever is refused or unknown is answered too. @throws only what the store throws */
export async function answerTunnel(call: Call): Promise<Answer> {
  const { method, segments } = call.request
  const found = TABLE.find(
    (route) =>
      route.method === method &&
      route.segments.length === segments.length &&
      route.segments.every((segment, at) => segment === ':' || segment === segments[at]),
  )
  if (!found) return refused(new Refusal('resource-not-found'))
  const names = segments.filter((_, at) => found.segments[at] === ':')
  try {
    return await found.handler(call, linksFor(call.grant, call.origin), ...names)
  } catch (error) {
    if (error instanceof Refused) return refused(error.refusal)
    throw error
  }
}

/** The service is the token's, and no other one is there. */
function withoutService(handler: Handler): Handler {
  return (call, links, serviceSid, ...names) => {
    if (serviceSid !== call.grant.serviceSid) throw new Refused(new Refusal('resource-not-found'))
    return handler(call, links, ...names)
  }
}

/** The user is the token's: nobody sees the list of another. */
function mine(handler: Handler): Handler {
  return withoutService((call, links, identity, ...names) => {
    if (identity !== call.grant.identity) throw new Refused(new Refusal('access-denied'))
    return handler(call, links, ...names)
  })
}
