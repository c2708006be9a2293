import type { Conversation } from '@conversa/client'
import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { LineField } from '../ui/line-field.tsx'
import { ModalDialog } from '../ui/modal-dialog.tsx'
import { useReport } from '../ui/problems.tsx'

/** Gives a conversation another name. */
export function RenameConversation({
  conversation,
  isOpen,
  close,
}: {
  readonly conversation: Conversation
  readonly isOpen: boolean
  readonly close: () => void
}) {
  return (
    <ModalDialog title="Rename the conversation" isOpen={isOpen} close={close}>
      <RenameForm conversation={conversation} close={close} />
    </ModalDialog>
  )
}

function RenameForm({ conversation, close }: { readonly conversation: Conversation; readonly close: () => void }) {
  const report = useReport()
  const [name, setName] = useState(conversation.friendlyName ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    close()
    conversation.updateFriendlyName(name.trim()).catch(report)
  }
  return (
    <form className="form" onSubmit={submit}>
      <LineField label="Name" value={name} change={setName} isRequired autoFocus />
      <div className="dialog-actions">
        <Button className="button" onPress={close}>
          Cancel
        </Button>
        <Button className="button primary" type="submit" isDisabled={name.trim() === ''}>
          Rename
        </Button>
      </div>
    </form>
  )
}
