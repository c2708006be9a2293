import type { Conversation } from '@conversa/client'
import { useConversationView } from '@conversa/client/react'
import { FileUp } from 'lucide-react'
import { useState } from 'react'
import { useChosenFiles } from '../composer/chosen-files.ts'
import { Composer } from '../composer/composer.tsx'
import { useDrop } from '../composer/drop.ts'
import { titleOf } from '../conversations/names.ts'
import { ParticipantsPanel } from '../participants/participants-panel.tsx'
import { MessageList } from './message-list.tsx'
import { RoomHeader } from './room-header.tsx'
import { TypingLine } from './typing-line.tsx'

/** One conversation: its messages, who types, and a place to write. */
export function Room({ conversation, identity }: { readonly conversation: Conversation; readonly identity: string }) {
  const title = titleOf(useConversationView(conversation))
  const [showsPeople, setShowsPeople] = useState(false)
  const files = useChosenFiles()
  const { isOver, ...drop } = useDrop(files.add)
  return (
    <>
      <section className="room" aria-label={title} {...drop}>
        <RoomHeader conversation={conversation} identity={identity} showsPeople={showsPeople} showPeople={setShowsPeople} />
        <MessageList conversation={conversation} identity={identity} />
        <TypingLine conversation={conversation} />
        <Composer conversation={conversation} files={files} />
        {isOver && (
          <div className="drop-target" aria-hidden="true">
            <FileUp /> Drop files to send them
          </div>
        )}
      </section>
      {showsPeople && <ParticipantsPanel conversation={conversation} identity={identity} close={() => setShowsPeople(false)} />}
    </>
  )
}
