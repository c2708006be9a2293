import type { Client } from '@conversa/client'
import { useState } from 'react'
import { openConversation } from '../shell/route.ts'
import { DialogForm } from '../ui/dialog-form.tsx'
import { LineField } from '../ui/line-field.tsx'
import { ModalDialog } from '../ui/modal-dialog.tsx'

/** Makes a conversation, with whoever is named, and opens it. */
export function NewConversation({
  client,
  isOpen,
  close,
}: {
  readonly client: Client
  readonly isOpen: boolean
  readonly close: () => void
}) {
  return (
    <ModalDialog title="New conversation" isOpen={isOpen} close={close}>
      <NewConversationForm client={client} close={close} />
    </ModalDialog>
  )
}

function NewConversationForm({ client, close }: { readonly client: Client; readonly close: () => void }) {
  const [name, setName] = useState('')
  const [people, setPeople] = useState('')
  const create = async () => {
    const conversation = await client.createConversation({ friendlyName: name.trim() })
    await conversation.join()
    openConversation(conversation.sid)
    const identities = new Set(people.split(',').map((each) => each.trim()))
    identities.delete('')
    await Promise.all([...identities].map((identity) => conversation.add(identity)))
  }
  return (
    <DialogForm action="Create" isReady={name.trim() !== ''} act={create} close={close}>
      <LineField label="Name" value={name} change={setName} placeholder="Lunch" isRequired autoFocus />
      <LineField label="People (optional)" value={people} change={setPeople} placeholder="bob, carol" />
    </DialogForm>
  )
}
