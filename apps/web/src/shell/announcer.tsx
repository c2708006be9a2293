import type { Client, Message } from '@conversa/client'
import { useEffect, useState } from 'react'
import { titleOf } from '../conversations/names.ts'

/** How many announcements are kept, for who reads them one by one. */
const MOST = 5

/** Reads new messages of others out to who does not see them come. */
export function Announcer({ client, openSid }: { readonly client: Client; readonly openSid: string | undefined }) {
  const [said, setSaid] = useState<readonly { readonly id: string; readonly text: string }[]>([])
  useEffect(() => {
    const added = (message: Message) => {
      if (message.author === client.user.identity) return
      const place = message.conversation.sid === openSid ? '' : ` in ${titleOf(message.conversation)}`
      const text = `${message.author}${place}: ${message.body ?? 'a file'}`
      setSaid((before) => [...before, { id: message.sid, text }].slice(-MOST))
    }
    client.on('messageAdded', added)
    return () => void client.off('messageAdded', added)
  }, [client, openSid])
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label="New messages">
      {said.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  )
}
