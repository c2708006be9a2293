import type { Client } from '@conversa/client'
import { useConversation } from '@conversa/client/react'
import { MessageCircleMore } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { closeConversation } from '../shell/route.ts'
import { textOf } from '../ui/problems.tsx'
import { Room } from './room.tsx'

const GONE = 'You are not in this conversation any more.'

/** The conversation that the address names, or what there is to say in its place. */
export function OpenRoom({ client, sid }: { readonly client: Client; readonly sid: string | undefined }) {
  const { status, conversation, error } = useConversation(sid)
  if (sid && status === 'ready' && conversation) {
    return <Room key={conversation.sid} conversation={conversation} identity={client.user.identity} />
  }
  if (sid && status === 'loading') return <section className="room" aria-label="Conversation" aria-busy="true" />
  return (
    <section className="room" aria-label="Conversation">
      <div className="empty">
        <MessageCircleMore aria-hidden="true" />
        {sid ? (
          <>
            <p>{status === 'gone' ? GONE : textOf(error)}</p>
            <Button className="button" onPress={closeConversation}>
              Back to the list
            </Button>
          </>
        ) : (
          <>
            <p>No conversation is open</p>
            <p className="hint">Choose one from the list, or begin a new one.</p>
          </>
        )}
      </div>
    </section>
  )
}
