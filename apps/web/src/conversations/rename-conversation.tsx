import type { Conversation } from '@conversa/client'
import { useState } from 'react'
import { DialogForm } from '../ui/dialog-form.tsx'
import { LineField } from '../ui/line-field.tsx'
import { ModalDialog } from '../ui/modal-dialog.tsx'

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
  const [name, setName] = useState(conversation.friendlyName ?? '')
  const rename = () => conversation.updateFriendlyName(name.trim())
  return (
    <DialogForm action="Rename" isReady={name.trim() !== ''} act={rename} close={close}>
      <LineField label="Name" value={name} change={setName} isRequired autoFocus />
    </DialogForm>
  )
}
