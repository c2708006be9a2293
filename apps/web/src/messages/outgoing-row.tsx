import type { Conversation } from '@conversa/client'
import { type OutgoingMessage, useConnection, useOutgoing } from '@conversa/client/react'
import { CircleAlert, Clock, File as FileIcon, RotateCcw, X } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { IconButton } from '../ui/icon-button.tsx'
import { textOf } from '../ui/problems.tsx'
import { sizeText } from '../ui/sizes.ts'
import { RichText } from './rich-text.tsx'

/** A message that is on its way, or could not be sent. */
export function OutgoingRow({
  conversation,
  outgoing,
}: {
  readonly conversation: Conversation
  readonly outgoing: OutgoingMessage
}) {
  const { retry, discard } = useOutgoing(conversation)
  const { id, body, files = [], state, progress, error } = outgoing
  return (
    <article className="message" data-own="true" data-first="true" data-state={state} aria-label="You, not sent yet">
      <div className="bubble">
        {files.map((file) => (
          <div className="file-card" key={`${file.name} ${file.size} ${file.lastModified}`}>
            <FileIcon aria-hidden="true" />
            <span className="file-name">{file.name}</span>
            <span className="file-size">{sizeText(file.size)}</span>
          </div>
        ))}
        {body && <RichText text={body} />}
        {state === 'sending' && progress && (
          <div className="progress">
            <progress aria-label="Upload" value={progress.loaded} max={progress.total} />
            <IconButton label="Call the upload off" onPress={() => discard(id)}>
              <X />
            </IconButton>
          </div>
        )}
        <span className="meta">{state === 'sending' ? <Sending /> : 'Not sent'}</span>
      </div>
      {state === 'failed' && (
        <div className="failure" role="alert">
          <CircleAlert aria-hidden="true" />
          <span>{textOf(error)}</span>
          <Button className="button small" onPress={() => void retry(id)}>
            <RotateCcw aria-hidden="true" /> Retry
          </Button>
          <Button className="button small" onPress={() => discard(id)}>
            Discard
          </Button>
        </div>
      )}
    </article>
  )
}

function Sending() {
  const { state } = useConnection()
  return (
    <>
      <Clock aria-hidden="true" /> {state === 'connected' ? 'Sending…' : 'Waiting for a connection'}
    </>
  )
}
