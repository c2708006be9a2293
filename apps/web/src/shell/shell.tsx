import type { Client } from '@conversa/client'
import { useState } from 'react'
import { ConversationList } from '../conversations/conversation-list.tsx'
import { DeveloperPanel } from '../developer/developer-panel.tsx'
import { OpenRoom } from '../messages/open-room.tsx'
import { usePush } from '../push/use-push.ts'
import { Announcer } from './announcer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { useOpenSid } from './route.ts'
import { TopBar } from './top-bar.tsx'

/** What somebody sees who is signed in: the list, the conversation that is open, and what developers want to see. */
export function Shell({
  client,
  fetchToken,
  signOut,
}: {
  readonly client: Client
  readonly fetchToken: () => Promise<string>
  readonly signOut: () => void
}) {
  const push = usePush(client, fetchToken)
  const sid = useOpenSid()
  const [isWatching, setWatching] = useState(false)
  return (
    <div className="shell" data-open={sid !== undefined}>
      <ConnectionBanner signOut={signOut} />
      <main className="places">
        <nav className="side" aria-label="Conversations">
          <TopBar
            identity={client.user.identity}
            isWatching={isWatching}
            watch={setWatching}
            push={push}
            signOut={() => void push.end().then(signOut)}
          />
          <ConversationList client={client} openSid={sid} />
        </nav>
        <OpenRoom client={client} sid={sid} />
      </main>
      {isWatching && <DeveloperPanel client={client} close={() => setWatching(false)} />}
      <Announcer client={client} openSid={sid} />
    </div>
  )
}
