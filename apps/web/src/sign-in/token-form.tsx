import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Label } from 'react-aria-components/Label'
import { TextArea } from 'react-aria-components/TextArea'
import { TextField } from 'react-aria-components/TextField'
import { type Person, personByToken } from './person.ts'

/** Signs in by an access token, on every server. */
export function TokenForm({ signIn }: { readonly signIn: (person: Person) => void }) {
  const [token, setToken] = useState('')
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    signIn(personByToken(token.trim()))
  }
  return (
    <form className="form" onSubmit={onSubmit}>
      <TextField className="field" value={token} onChange={setToken} isRequired autoFocus autoComplete="off">
        <Label>Access token</Label>
        <TextArea rows={4} spellCheck={false} placeholder="eyJhbGciOiJIUzI1NiIs…" />
      </TextField>
      <Button className="button primary" type="submit" isDisabled={token.trim() === ''}>
        Sign in
      </Button>
      <p className="hint">
        In production your own back end says who somebody is: it makes an access token with a chat grant, signed with an API key
        of this server. The token stays in this page and is gone with it.
      </p>
    </form>
  )
}
