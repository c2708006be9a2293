import { ConversaProvider, useClient, useConnection, useConversation, useConversations } from '@conversa/client/react'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'

function Inbox() {
  const client = useClient()
  const { state } = useConnection()
  const { conversations, isLoading } = useConversations()
  const { status } = useConversation('CH00000000000000000000000000000001')
  return `${client ? 'ready' : 'waiting'}, ${state}, ${conversations.length}, ${isLoading}, ${status}`
}

test('a page is rendered on a server without a socket or a token', () => {
  const WebSocket = vi.fn()
  vi.stubGlobal('WebSocket', WebSocket)
  const fetchToken = vi.fn(() => 'token')
  const page = createElement(ConversaProvider, { fetchToken }, createElement(Inbox))
  expect(renderToString(page)).toBe('waiting, connecting, 0, true, loading')
  expect(fetchToken).not.toHaveBeenCalled()
  expect(WebSocket).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
})

test('a hook without a provider says what is missing', () => {
  expect(() => renderToString(createElement(Inbox))).toThrow('there is no ConversaProvider around')
})
