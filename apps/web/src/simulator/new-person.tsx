import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { LineField } from '../ui/line-field.tsx'
import type { Writing } from './simulation.ts'

/** Lets somebody write who was not written to: what becomes of it the configuration of the address says. */
export function NewPerson({ write }: { readonly write: (writing: Writing) => Promise<boolean> }) {
  const [address, setAddress] = useState('')
  const [proxyAddress, setProxyAddress] = useState('')
  const [body, setBody] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await write({ address: address.trim(), proxyAddress: proxyAddress.trim(), body, subject: null, files: [] })) setBody('')
  }
  return (
    <details className="simulator-new">
      <summary>Write from another phone or mailbox</summary>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <LineField label="From" value={address} change={setAddress} placeholder="+15551234567" isRequired />
        <LineField
          label="To an address of the server"
          value={proxyAddress}
          change={setProxyAddress}
          placeholder="+15557654321"
          isRequired
        />
        <LineField label="Text" value={body} change={setBody} isRequired />
        <Button className="button" type="submit" isDisabled={address === '' || proxyAddress === '' || body === ''}>
          Send
        </Button>
      </form>
    </details>
  )
}
