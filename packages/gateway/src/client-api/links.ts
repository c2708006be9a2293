/** Where the vendor's client finds things. It never dials the host, which is only a label (twilio-wire-protocol 1). */
export interface Links {
  readonly myConversations: string
  readonly conversations: string
  readonly users: string
  readonly currentUser: string
  readonly typing: string
  readonly receipts: string
  readonly sync: string
}

const ORIGIN = 'http://conversa'

export function linksFor({ serviceSid, identity }: { readonly serviceSid: string; readonly identity: string }): Links {
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
  }
}
