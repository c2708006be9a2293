import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { TextField } from 'react-aria-components/TextField'
import { textOf } from '../ui/problems.tsx'
import { fetchDevelopmentToken, NotInDevelopment, type Person, personByName, remember } from './person.ts'

/** Signs in by name, on servers in development mode. */
export function NameForm({
  signIn,
  inProduction,
  fail,
}: {
  readonly signIn: (person: Person) => void
  readonly inProduction: (text: string) => void
  readonly fail: (text: string) => void
}) {
  const [name, setName] = useState('')
  const [isBusy, setBusy] = useState(false)
  const submit = async () => {
    fail('')
    setBusy(true)
    try {
      const identity = name.trim()
      await fetchDevelopmentToken(identity)
      remember(identity)
      signIn(personByName(identity))
    } catch (error) {
      setBusy(false)
      if (error instanceof NotInDevelopment) inProduction(error.message)
      else fail(textOf(error))
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    void submit()
  }
  return (
    <form className="form" onSubmit={onSubmit}>
      <TextField className="field" value={name} onChange={setName} isRequired maxLength={256} autoFocus autoComplete="username">
        <Label>Your name</Label>
        <Input placeholder="alice" />
      </TextField>
      <Button className="button primary" type="submit" isDisabled={isBusy || name.trim() === ''}>
        Sign in
      </Button>
      <p className="hint">
        In development mode anybody may be anybody. Open a second window, sign in there under another name, and write to each
        other.
      </p>
    </form>
  )
}
