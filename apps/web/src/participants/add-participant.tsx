import type { Conversation } from '@conversa/client'
import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Tab, TabList, TabPanel, TabPanels, Tabs } from 'react-aria-components/Tabs'
import { LineField } from '../ui/line-field.tsx'
import { textOf } from '../ui/problems.tsx'

/** Adds somebody, in the ways in which the user may: of the app, or by their phone. */
export function AddParticipant({
  conversation,
  mayInvite,
  mayCall,
}: {
  readonly conversation: Conversation
  /** Whether people of the app may be added. */
  readonly mayInvite: boolean
  /** Whether people may be added by their phone. */
  readonly mayCall: boolean
}) {
  const [problem, setProblem] = useState('')
  const attempt = (adding: Promise<unknown>) => {
    setProblem('')
    adding.catch((error) => setProblem(textOf(error)))
  }
  if (!mayInvite && !mayCall) return null
  return (
    <section className="add-participant" aria-label="Add somebody">
      <Tabs className="tabs" onSelectionChange={() => setProblem('')}>
        <TabList className="tab-list" aria-label="Ways to take part">
          {mayInvite && (
            <Tab id="app" className="tab">
              In the app
            </Tab>
          )}
          {mayCall && (
            <Tab id="phone" className="tab">
              By phone
            </Tab>
          )}
        </TabList>
        <TabPanels>
          {mayInvite && (
            <TabPanel id="app">
              <ByIdentity add={(identity) => attempt(conversation.add(identity))} />
            </TabPanel>
          )}
          {mayCall && (
            <TabPanel id="phone">
              <ByPhone add={(proxy, address) => attempt(conversation.addNonChatParticipant(proxy, address))} />
            </TabPanel>
          )}
        </TabPanels>
      </Tabs>
      <p className="error" role="alert">
        {problem}
      </p>
    </section>
  )
}

function ByIdentity({ add }: { readonly add: (identity: string) => void }) {
  const [identity, setIdentity] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add(identity.trim())
    setIdentity('')
  }
  return (
    <form className="form" onSubmit={submit}>
      <LineField label="Identity" value={identity} change={setIdentity} placeholder="bob" isRequired />
      <Button className="button primary" type="submit" isDisabled={identity.trim() === ''}>
        Add
      </Button>
    </form>
  )
}

function ByPhone({ add }: { readonly add: (proxy: string, address: string) => void }) {
  const [address, setAddress] = useState('')
  const [proxy, setProxy] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add(proxy.trim(), address.trim())
    setAddress('')
  }
  return (
    <form className="form" onSubmit={submit}>
      <LineField label="Their number" value={address} change={setAddress} placeholder="+15551234567" type="tel" isRequired />
      <LineField
        label="Number that speaks to them"
        value={proxy}
        change={setProxy}
        placeholder="+15557654321"
        type="tel"
        isRequired
      />
      <p className="hint">With “whatsapp:” before both numbers they take part by WhatsApp.</p>
      <Button className="button primary" type="submit" isDisabled={address.trim() === '' || proxy.trim() === ''}>
        Add
      </Button>
    </form>
  )
}
