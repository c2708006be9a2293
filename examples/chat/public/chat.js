import { Client } from '/conversa.js'

const element = (id) => document.getElementById(id)

async function fetchToken() {
  const response = await fetch('/token', { method: 'POST' })
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}

/** The line of a message. Text is set as text: nothing that somebody writes becomes a part of the page. */
function lineOf({ author, body }) {
  const line = document.createElement('li')
  const name = document.createElement('b')
  name.textContent = author
  line.append(name, body ?? '')
  return line
}

/** Shows what is written, from the newest page on, and back as far as somebody likes. */
async function showMessages(conversation) {
  const shown = new Set()
  const linesOf = (messages) => messages.filter(({ sid }) => !shown.has(sid) && shown.add(sid)).map(lineOf)
  // Listening begins before the page is read, so that nothing falls in between; what is in both is shown once.
  const meanwhile = []
  let show = (message) => meanwhile.push(message)
  conversation.on('messageAdded', (message) => show(message))
  let page = await conversation.getMessages(20)
  element('messages').append(...linesOf([...page.items, ...meanwhile]))
  show = (message) => element('messages').append(...linesOf([message]))
  element('earlier').hidden = !page.hasPrevPage
  element('earlier').onclick = async () => {
    page = await page.prevPage()
    element('messages').prepend(...linesOf(page.items))
    element('earlier').hidden = !page.hasPrevPage
  }
}

/** Shows who types. */
function showTypists(conversation) {
  const typists = new Set()
  const show = () => {
    element('typing').textContent = typists.size > 0 ? `${[...typists].join(', ')} typing…` : ''
  }
  conversation.on('typingStarted', ({ identity }) => show(typists.add(identity)))
  conversation.on('typingEnded', ({ identity }) => show(typists.delete(identity)))
}

/** Sends what is written. Without a connection it is sent when there is one. */
function letWrite(conversation) {
  const field = element('send').elements.body
  field.oninput = () => conversation.typing()
  element('send').onsubmit = (event) => {
    event.preventDefault()
    conversation.sendMessage(field.value)
    field.value = ''
  }
}

async function enter() {
  const { url } = await (await fetch('/settings')).json()
  const client = await Client.create(await fetchToken(), { url, tokenProvider: fetchToken })
  const showConnection = () => {
    element('connection').textContent = client.connectionState
  }
  client.on('connectionStateChanged', showConnection)
  showConnection()
  const conversation = await client.getConversationByUniqueName('lounge')
  await showMessages(conversation)
  showTypists(conversation)
  letWrite(conversation)
  element('sign-in').hidden = true
  element('room').hidden = false
}

element('sign-in').onsubmit = async (event) => {
  event.preventDefault()
  const name = element('sign-in').elements.name.value
  await fetch('/sign-in', { method: 'POST', body: JSON.stringify({ name }) })
  await enter()
}
