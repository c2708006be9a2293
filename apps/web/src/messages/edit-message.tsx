import type { Message } from '@conversa/client'
import { type KeyboardEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { useReport } from '../ui/problems.tsx'

/** Changes a message in its place: Enter saves, Escape leaves it as it was. */
export function EditMessage({
  message,
  body,
  close,
}: {
  readonly message: Message
  readonly body: string
  readonly close: () => void
}) {
  const report = useReport()
  const [text, setText] = useState(body)
  const save = () => {
    close()
    if (text.trim() !== body) message.updateBody(text.trim()).catch(report)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close()
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    save()
  }
  return (
    <div className="edit">
      <textarea
        aria-label="Edit the message"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={onKeyDown}
        // biome-ignore lint/a11y/noAutofocus: who chose to edit wants to write here.
        autoFocus
      />
      <div className="dialog-actions">
        <Button className="button small" onPress={close}>
          Cancel
        </Button>
        <Button className="button small primary" onPress={save} isDisabled={text.trim() === ''}>
          Save
        </Button>
      </div>
    </div>
  )
}
