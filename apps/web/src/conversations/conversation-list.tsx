import type { Client, Conversation } from '@conversa/client'
import { useConversations } from '@conversa/client/react'
import { MessagesSquare, SquarePen } from 'lucide-react'
import { useState } from 'react'
import { Virtuoso } from 'react-virtuoso'
import { IconButton } from '../ui/icon-button.tsx'
import { listParts } from '../ui/list-parts.tsx'
import { textOf } from '../ui/problems.tsx'
import { ConversationEntry } from './conversation-entry.tsx'
import { NewConversation } from './new-conversation.tsx'

const PARTS = listParts('Conversations')

/** The conversations of a user, newest activity first. */
export function ConversationList({ client, openSid }: { readonly client: Client; readonly openSid: string | undefined }) {
  const { conversations, isLoading, hasMore, loadMore, error } = useConversations()
  const [isMaking, setMaking] = useState(false)
  const entry = (_index: number, conversation: Conversation) => (
    <ConversationEntry conversation={conversation} isOpen={conversation.sid === openSid} identity={client.user.identity} />
  )
  return (
    <>
      <div className="list-header">
        <h1>Conversations</h1>
        <IconButton label="New conversation" className="accent" onPress={() => setMaking(true)}>
          <SquarePen />
        </IconButton>
      </div>
      {error && (
        <p className="error" role="alert">
          {textOf(error)}
        </p>
      )}
      {conversations.length === 0 ? (
        <EmptyList isLoading={isLoading} />
      ) : (
        <Virtuoso
          className="list"
          data={conversations as Conversation[]}
          computeItemKey={(_, { sid }) => sid}
          itemContent={entry}
          endReached={() => void (hasMore && loadMore())}
          components={PARTS}
        />
      )}
      <NewConversation client={client} isOpen={isMaking} close={() => setMaking(false)} />
    </>
  )
}

function EmptyList({ isLoading }: { readonly isLoading: boolean }) {
  if (isLoading) return <p className="empty hint">Loading…</p>
  return (
    <div className="empty">
      <MessagesSquare aria-hidden="true" />
      <p>No conversations yet</p>
      <p className="hint">Begin one, or wait until somebody adds you.</p>
    </div>
  )
}
