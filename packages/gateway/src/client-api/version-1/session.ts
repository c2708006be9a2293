import { type Core, Refusal } from '@conversa/core'
import { commandsName, myConversationsName, userInfoName } from '../../sync/names.ts'
import type { Grant } from '../../twilsock/peer.ts'
import { type Answer, created, ok } from '../answer.ts'
import { type Call, Refused } from '../call.ts'
import { mediaLinks } from '../media.ts'

/** Whom a session is for, and the address of this server as they know it. */
export interface SessionOf {
  readonly core: Core
  readonly grant: Grant
  readonly origin: string
}

/**
 * What a client of 1.x has to know before it does anything (twilio-wire-protocol 4.3). Its links are paths, which it puts behind the name
 * of a host of its own. For files that is `https://mcs.…`, which it dials: an `@` makes a user's name of that, and this server the host.
 */
export async function sessionContext({ core, grant, origin }: SessionOf): Promise<object> {
  const { serviceSid, identity } = grant
  const { reachability } = await core.catchUpUser(grant, undefined)
  const service = `/Client/v1/Services/${serviceSid}`
  return {
    identity,
    userInfo: userInfoName(identity),
    myChannels: myConversationsName(identity),
    channels: myConversationsName(identity),
    reachabilityEnabled: reachability !== null,
    userInfosToSubscribe: 100,
    // A cached answer would show an old unread count right after a horizon was set, and a horizon is not to wait for the next one.
    httpCacheInterval: 'PT0S',
    consumptionReportInterval: 'PT0S',
    links: {
      publicChannelsUrl: `${service}/Channels`,
      myChannelsUrl: `${service}/MyChannels`,
      typingUrl: '/v1/typing',
      syncListUrl: `${service}/SyncList`,
      usersUrl: `${service}/Users`,
      mediaServiceUrl: mediaLinks(`@${new URL(origin).host}`, serviceSid).media,
      messagesReceiptsUrl: `/Client/v2/Services/${serviceSid}/Conversations/%s/Messages/%s/Receipts`,
    },
  }
}

/** Opens the list into which the client writes its commands. It is the same for all sessions of a user, and each follows its own answers. */
export function openSession({ grant }: Call, { sync }: { readonly sync: string }): Answer {
  const sid = commandsName(grant.identity)
  const url = `${sync}/Lists/${sid}`
  const links = { items: `${url}/Items`, context: `${url}/Context` }
  return created({ sid, unique_name: null, url, revision: '0', last_event_id: 0, date_expires: null, links })
}

/** @throws Refused for the list of another, and for what is no such list */
export function mustBeOwn({ grant }: Call, list: string): void {
  if (list !== commandsName(grant.identity)) throw new Refused(new Refusal('resource-not-found'))
}

/** The context as it is asked for. The one that is told later has a higher number, or the client would wait for it for ever. */
export async function fetchContext(call: Call, _links: object, list: string): Promise<Answer> {
  mustBeOwn(call, list)
  return ok({ list_sid: list, last_event_id: 0, data: await sessionContext(call) })
}
