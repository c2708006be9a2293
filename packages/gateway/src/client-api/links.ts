import { mediaLinks } from './media.ts'

/** Where the vendor's client finds things. Except for files it never dials the host, which is only a label (twilio-wire-protocol 1). */
export interface Links {
  readonly myConversations: string
  readonly conversations: string
  readonly users: string
  readonly currentUser: string
  readonly typing: string
  readonly receipts: string
  readonly sync: string
  /** The only ones that the client dials, so they name this server. */
  readonly media: string
  readonly mediaSet: string
}

const ORIGIN = 'http://conversa'

/** @param origin address of this server as the client knows it, without a slash at its end */
export function linksFor(
  { serviceSid, identity }: { readonly serviceSid: string; readonly identity: string },
  origin: string,
): Links {
  const service = `${ORIGIN}/Client/v2/Services/${serviceSid}`
  const currentUser = `${service}/Users/${encodeURIComponent(identity)}`
  return {
    myConversations: `${currentUser}/Conversations`,
    conversations: `${service}/Conversations`,
    users: `${service}/Users`,
    currentUser,
    typing: `${service}/Typing`,
    receipts: `${service}/Conversations/%s/Messages/%s/Receipts`,
    sync: `${ORIGIN}/v3`,
    ...mediaLinks(origin, serviceSid),
  }
}
