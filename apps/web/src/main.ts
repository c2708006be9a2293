import { Client, type Conversation } from '@conversa/client'
import { ConversationList } from './conversation-list.ts'
import { element } from './element.ts'
import { Room } from './room.ts'
import { fetchToken, signInPage } from './sign-in.ts'

const app = document.querySelector('#app') as HTMLElement
const IDENTITY = 'conversa.identity'

async function start(identity: string): Promise<void> {
  const client = await Client.create(await fetchToken(identity), { tokenProvider: () => fetchToken(identity) })
  sessionStorage.setItem(IDENTITY, identity)
  app.replaceChildren(shell(client, identity))
}

/** The page of somebody who is signed in. */
function shell(client: Client, identity: string): HTMLElement {
  const connection = element('span', { class: 'connection', role: 'status' })
  const problem = element('span', { class: 'error', role: 'alert' })
  const place = element('section', { class: 'room' }, element('p', { class: 'empty' }, 'Choose a conversation, or make one.'))
  const failed = (error: unknown) => {
    problem.textContent = error instanceof Error ? error.message : String(error)
  }
  let room: Room | undefined
  const show = (conversation: Conversation | undefined) => {
    room?.close()
    room = conversation && new Room(conversation, identity, { back: () => show(undefined), failed })
    list.select(conversation?.sid)
    problem.textContent = ''
    root.dataset.open = String(conversation !== undefined)
    root.lastElementChild?.replaceWith(room?.root ?? place)
  }
  const list = new ConversationList(client, { open: show, failed })
  const drawConnection = (state: string) => {
    connection.dataset.state = state
    connection.textContent = state
  }
  client.on('connectionStateChanged', drawConnection)
  drawConnection(client.connectionState)
  const signOut = () => {
    sessionStorage.removeItem(IDENTITY)
    client
      .shutdown()
      .catch(failed)
      .finally(() => app.replaceChildren(signInPage(start)))
  }
  const bar = element(
    'header',
    { class: 'bar' },
    element('strong', {}, 'Conversa'),
    element('span', { class: 'who' }, identity),
    problem,
    connection,
    element('button', { onclick: signOut }, 'Sign out'),
  )
  const root = element('div', { class: 'shell', 'data-open': 'false' }, bar, list.root, place)
  return root
}

const remembered = sessionStorage.getItem(IDENTITY)
if (remembered === null) app.replaceChildren(signInPage(start))
else start(remembered).catch(() => app.replaceChildren(signInPage(start)))
