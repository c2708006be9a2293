import { createHash } from 'node:crypto'
import { ACCOUNTS } from '../end-to-end/in-process-server.ts'

type Shown = Readonly<Record<string, unknown>>

const authorization = `Basic ${Buffer.from(`${ACCOUNTS[0].sid}:${ACCOUNTS[0].authToken}`).toString('base64')}`

/** Everything that REST shows of a service, but addresses: what is compared of two servers. */
export async function shownState(url: string, serviceSid: string): Promise<Readonly<Record<string, unknown>>> {
  const state: Record<string, unknown> = {}
  const get = async (path: string): Promise<Shown> => {
    const response = await fetch(`${url}/v1/Services/${serviceSid}${path}`, { headers: { authorization } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Shown
  }
  const keep = async (path: string) => {
    state[path] = withoutAddresses(await get(path))
  }
  const list = async (path: string, key: string): Promise<Shown[]> => {
    const items: Shown[] = []
    for (let next: string | null = `${url}/v1/Services/${serviceSid}${path}?PageSize=100`; next; ) {
      const page = (await (await fetch(next, { headers: { authorization } })).json()) as Shown
      items.push(...(page[key] as Shown[]))
      next = (page.meta as { next_page_url: string | null }).next_page_url
    }
    const sorted = items
      .map(withoutAddresses)
      .sort((a, b) => (String(a.sid ?? a.conversation_sid) < String(b.sid ?? b.conversation_sid) ? -1 : 1))
    state[path] = sorted
    return sorted
  }
  for (const path of ['', '/Configuration', '/Configuration/Notifications', '/Configuration/Webhooks']) await keep(path)
  await list('/Roles', 'roles')
  for (const { sid } of await list('/Users', 'users')) await list(`/Users/${sid}/Conversations`, 'conversations')
  for (const { sid } of await list('/Conversations', 'conversations')) {
    const room = `/Conversations/${sid}`
    await list(`${room}/Participants`, 'participants')
    await list(`${room}/Webhooks`, 'webhooks')
    for (const message of await list(`${room}/Messages`, 'messages')) {
      if (message.delivery) await list(`${room}/Messages/${message.sid}/Receipts`, 'delivery_receipts')
      for (const file of (message.media ?? []) as Shown[]) state[`media ${file.sid}`] = await digestOf(get, String(file.sid))
    }
  }
  return state
}

async function digestOf(get: (path: string) => Promise<Shown>, sid: string): Promise<string> {
  const media = await get(`/Media/${sid}`)
  const { content } = media.links as { content: string }
  const bytes = Buffer.from(await (await fetch(content)).arrayBuffer())
  return `${media.author} ${media.category} ${createHash('sha256').update(bytes).digest('hex')}`
}

function withoutAddresses({ url: _url, links: _links, ...rest }: Shown): Shown {
  return rest
}
