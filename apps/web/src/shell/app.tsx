import { ConversaProvider, useClientStatus } from '@conversa/client/react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { watchedSocket } from '../developer/frame-log.ts'
import { forget, type Person, rememberedPerson } from '../sign-in/person.ts'
import { SignInPage } from '../sign-in/sign-in-page.tsx'
import { Problems, textOf } from '../ui/problems.tsx'
import { Shell } from './shell.tsx'

const OPTIONS = { WebSocket: watchedSocket }

/** Everything: the page to sign in, or what somebody sees who is. */
export function App() {
  const [person, setPerson] = useState<Person | undefined>(rememberedPerson)
  if (!person) return <SignInPage signIn={setPerson} />
  const signOut = () => {
    forget()
    setPerson(undefined)
  }
  return (
    <Problems>
      <ConversaProvider key={person.name} fetchToken={person.fetchToken} options={OPTIONS}>
        <Start fetchToken={person.fetchToken} signOut={signOut} />
      </ConversaProvider>
    </Problems>
  )
}

/** Waits for the client. */
function Start({ fetchToken, signOut }: { readonly fetchToken: () => Promise<string>; readonly signOut: () => void }) {
  const { status, client, error, retry } = useClientStatus()
  if (status === 'ready' && client) return <Shell client={client} fetchToken={fetchToken} signOut={signOut} />
  if (status === 'starting') {
    return (
      <main className="start" aria-busy="true">
        <p className="hint">Connecting…</p>
      </main>
    )
  }
  return (
    <main className="start">
      <h1>Unable to sign in</h1>
      <p role="alert">{textOf(error)}</p>
      <div className="dialog-actions">
        <Button className="button" onPress={signOut}>
          Sign in differently
        </Button>
        <Button className="button primary" onPress={retry}>
          Try again
        </Button>
      </div>
    </main>
  )
}
